import SluiceBase
import SluiceColumns

/// Which of the values of a group MIN, MAX, FIRST_VALUE and LAST_VALUE keep; NULLs are passed over.
enum ValueChoice { case smallest, largest, first, last }

/// MIN, MAX, FIRST_VALUE and LAST_VALUE of fixed-width values over rows that are only added.
final class ChoiceAccumulator<Value: StateValue>: Accumulator {
    struct State: BitwiseCopyable {
        var value: Value
        var isSet: Bool
    }

    private let argument: Int
    private let filter: Int?
    private let choice: ValueChoice
    private var states = StateArray<State>()

    init(_ call: AggregateCall, _ choice: ValueChoice) {
        argument = call.arguments[0]
        filter = call.filter
        self.choice = choice
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
        // A loop for each choice: it must not be asked for every row.
        switch choice {
        case .largest:
            input.forEach(column.validity) { (row, group, _) in
                let value = values[row]
                if !states[group].isSet || Value.precedes(states[group].value, value) {
                    states[group] = State(value: value, isSet: true)
                }
            }
        case .smallest:
            input.forEach(column.validity) { (row, group, _) in
                let value = values[row]
                if !states[group].isSet || Value.precedes(value, states[group].value) {
                    states[group] = State(value: value, isSet: true)
                }
            }
        case .first:
            input.forEach(column.validity) { (row, group, _) in
                if !states[group].isSet { states[group] = State(value: values[row], isSet: true) }
            }
        case .last:
            input.forEach(column.validity) { (row, group, _) in
                states[group] = State(value: values[row], isSet: true)
            }
        }
        withExtendedLifetime(column) {}
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? ChoiceAccumulator<Value> else { return }
        take(other.states.pointer[from], into: states.pointer + into)
    }

    /// A state of rows that came after those of `mine`.
    @inline(__always)
    private func take(_ theirs: State, into mine: UnsafeMutablePointer<State>) {
        guard theirs.isSet else { return }
        if mine.pointee.isSet {
            switch choice {
            case .largest: guard Value.precedes(mine.pointee.value, theirs.value) else { return }
            case .smallest: guard Value.precedes(theirs.value, mine.pointee.value) else { return }
            case .first: return
            case .last: break
            }
        }
        mine.pointee = theirs
    }

    @_specialize(where Value == Int32)
    @_specialize(where Value == Int64)
    @_specialize(where Value == Double)
    func merge(_ other: any Accumulator, first: Int, into: UnsafeBufferPointer<UInt32>) {
        guard let other = other as? ChoiceAccumulator<Value> else { return }
        let mine = states.pointer
        let theirs = other.states.pointer + first
        for at in 0..<into.count { take(theirs[at], into: mine + Int(into[at])) }
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
