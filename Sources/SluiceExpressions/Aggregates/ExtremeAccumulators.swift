import SluiceBase
import SluiceColumns

/// MIN and MAX of fixed-width values over rows that are only added.
final class ExtremeAccumulator<Value: StateValue>: Accumulator {
    struct State: BitwiseCopyable {
        var value: Value
        var isSet: Bool
    }

    private let argument: Int
    private let filter: Int?
    private let wantsMax: Bool
    private var states = StateArray<State>()

    init(_ call: AggregateCall, wantsMax: Bool) {
        argument = call.arguments[0]
        filter = call.filter
        self.wantsMax = wantsMax
    }

    func resize(_ count: Int) { states.resize(count) }

    // Calls come through `any Accumulator`, where nothing is specialised by itself.
    @_specialize(where Value == Int32)
    @_specialize(where Value == Int64)
    @_specialize(where Value == Int128)
    @_specialize(where Value == Double)
    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, nil)
        let column = Value.typed(batch.columns[argument])
        let states = self.states.pointer
        let values = column.base
        if wantsMax {
            input.forEach(column.validity) { (row, group, _) in
                let value = values[row]
                if !states[group].isSet || Value.precedes(states[group].value, value) {
                    states[group] = State(value: value, isSet: true)
                }
            }
        } else {
            input.forEach(column.validity) { (row, group, _) in
                let value = values[row]
                if !states[group].isSet || Value.precedes(value, states[group].value) {
                    states[group] = State(value: value, isSet: true)
                }
            }
        }
        withExtendedLifetime(column) {}
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? ExtremeAccumulator<Value> else { return }
        let state = other.states.pointer[from]
        guard state.isSet else { return }
        let mine = states.pointer[into]
        let better =
            wantsMax ? Value.precedes(mine.value, state.value) : Value.precedes(state.value, mine.value)
        if !mine.isSet || better { states.pointer[into] = state }
    }

    @_specialize(where Value == Int32)
    @_specialize(where Value == Int64)
    @_specialize(where Value == Double)
    func merge(_ other: any Accumulator, first: Int, into: UnsafeBufferPointer<UInt32>) {
        guard let other = other as? ExtremeAccumulator<Value> else { return }
        let mine = states.pointer
        let theirs = other.states.pointer + first
        for at in 0..<into.count where theirs[at].isSet {
            let group = Int(into[at])
            let better =
                wantsMax
                ? Value.precedes(mine[group].value, theirs[at].value)
                : Value.precedes(theirs[at].value, mine[group].value)
            if !mine[group].isSet || better { mine[group] = theirs[at] }
        }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let state = states.pointer[group]
        if state.isSet { Value.append(state.value, to: out) } else { out.appendNull() }
    }

    @_specialize(where Value == Int32)
    @_specialize(where Value == Int64)
    @_specialize(where Value == Double)
    func appendResults(_ groups: UnsafeBufferPointer<UInt32>, to out: ColumnBuilder) {
        guard let builder = Value.builder(out) else { return }
        let states = self.states.pointer
        builder.reserve(groups.count)
        let start = builder.count
        let target = builder.pointer + start
        var unset = false
        for at in 0..<groups.count {
            let state = states[Int(groups[at])]
            target[at] = state.value
            unset = unset || !state.isSet
        }
        builder.count += groups.count
        guard unset else { return }
        for at in 0..<groups.count where !states[Int(groups[at])].isSet { builder.markNull(start + at) }
    }

    func reset(_ group: Int) { states.clear(group) }
    var byteCount: Int { states.byteCount }
}

/// FIRST_VALUE and LAST_VALUE of fixed-width values over rows that are only added; NULLs are passed over.
final class EdgeAccumulator<Value: StateValue>: Accumulator {
    struct State: BitwiseCopyable {
        var value: Value
        var isSet: Bool
    }

    private let argument: Int
    private let filter: Int?
    private let wantsLast: Bool
    private var states = StateArray<State>()

    init(_ call: AggregateCall, wantsLast: Bool) {
        argument = call.arguments[0]
        filter = call.filter
        self.wantsLast = wantsLast
    }

    func resize(_ count: Int) { states.resize(count) }

    // Calls come through `any Accumulator`, where nothing is specialised by itself.
    @_specialize(where Value == Int32)
    @_specialize(where Value == Int64)
    @_specialize(where Value == Int128)
    @_specialize(where Value == Double)
    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, nil)
        let column = Value.typed(batch.columns[argument])
        let states = self.states.pointer
        let values = column.base
        let wantsLast = self.wantsLast
        input.forEach(column.validity) { (row, group, _) in
            if wantsLast || !states[group].isSet { states[group] = State(value: values[row], isSet: true) }
        }
        withExtendedLifetime(column) {}
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? EdgeAccumulator<Value> else { return }
        let state = other.states.pointer[from]
        if state.isSet, wantsLast || !states.pointer[into].isSet { states.pointer[into] = state }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let state = states.pointer[group]
        if state.isSet { Value.append(state.value, to: out) } else { out.appendNull() }
    }

    @_specialize(where Value == Int32)
    @_specialize(where Value == Int64)
    @_specialize(where Value == Double)
    func appendResults(_ groups: UnsafeBufferPointer<UInt32>, to out: ColumnBuilder) {
        guard let builder = Value.builder(out) else { return }
        let states = self.states.pointer
        builder.reserve(groups.count)
        let start = builder.count
        let target = builder.pointer + start
        var unset = false
        for at in 0..<groups.count {
            let state = states[Int(groups[at])]
            target[at] = state.value
            unset = unset || !state.isSet
        }
        builder.count += groups.count
        guard unset else { return }
        for at in 0..<groups.count where !states[Int(groups[at])].isSet { builder.markNull(start + at) }
    }

    func reset(_ group: Int) { states.clear(group) }
    var byteCount: Int { states.byteCount }
}

/// MIN, MAX, FIRST_VALUE and LAST_VALUE of strings over rows that are only added: one block of memory per group, reused
/// while values fit.
final class BytesStateAccumulator: Accumulator {
    enum Choice { case smallest, largest, first, last }

    struct State: BitwiseCopyable {
        var start: UnsafeMutableRawPointer?
        var length: UInt32
        var capacity: UInt32
        var isSet: Bool
    }

    private let argument: Int
    private let filter: Int?
    private let choice: Choice
    private var states = StateArray<State>()
    private var held = 0

    init(_ call: AggregateCall, _ choice: Choice) {
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
        guard let other = other as? BytesStateAccumulator else { return }
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
