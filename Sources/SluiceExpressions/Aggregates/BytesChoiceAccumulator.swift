import SluiceBase
import SluiceColumns

/// MIN, MAX, FIRST_VALUE and LAST_VALUE of strings over rows that are only added: one block of memory per group, reused
/// while values fit.
final class BytesChoiceAccumulator: Accumulator {
    struct State: BitwiseCopyable {
        var start: UnsafeMutableRawPointer?
        var length: UInt32
        var capacity: UInt32
        var isSet: Bool
    }

    private let argument: Int
    private let filter: Int?
    private let choice: ValueChoice
    private var states = StateArray<State>()
    private var held = 0

    init(_ call: AggregateCall, _ choice: ValueChoice) {
        argument = call.arguments[0]
        filter = call.filter
        self.choice = choice
    }

    deinit { for index in 0..<states.count { states.pointer[index].start?.deallocate() } }

    func resize(_ count: Int) {
        if count < states.count { for index in count..<states.count { reset(index) } }
        states.resize(count)
    }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, nil)
        let column = batch.columns[argument].bytes
        input.forEach(column.validity) { (row, group, _) in take(column.bytes(at: row), group) }
    }

    @inline(__always)
    private func take(_ value: UnsafeRawBufferPointer, _ group: Int) {
        let state = states.pointer + group
        if state.pointee.isSet {
            switch choice {
            case .first: return
            case .last: break
            case .smallest: if Comparison.bytes(value, bytes(state)) >= 0 { return }
            case .largest: if Comparison.bytes(value, bytes(state)) <= 0 { return }
            }
        }
        store(value, state)
    }

    private func bytes(_ state: UnsafeMutablePointer<State>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: state.pointee.start, count: Int(state.pointee.length))
    }

    private func store(_ value: UnsafeRawBufferPointer, _ state: UnsafeMutablePointer<State>) {
        if value.count > Int(state.pointee.capacity) {
            state.pointee.start?.deallocate()
            let room = Swift.max(16, value.count + value.count / 2)
            held += room - Int(state.pointee.capacity)
            state.pointee.start = .allocate(byteCount: room, alignment: 8)
            state.pointee.capacity = UInt32(clamping: room)
        }
        if let start = state.pointee.start, let from = value.baseAddress, value.count > 0 {
            start.copyMemory(from: from, byteCount: value.count)
        }
        state.pointee.length = UInt32(clamping: value.count)
        state.pointee.isSet = true
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? BytesChoiceAccumulator else { return }
        let state = other.states.pointer + from
        if state.pointee.isSet { take(other.bytes(state), into) }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let state = states.pointer + group
        guard state.pointee.isSet, case .bytes(let builder) = out.storage else { return out.appendNull() }
        builder.append(bytes(state))
    }

    func reset(_ group: Int) {
        let state = states.pointer + group
        state.pointee.start?.deallocate()
        held -= Int(state.pointee.capacity)
        states.clear(group)
    }

    var byteCount: Int { states.byteCount + held }
}
