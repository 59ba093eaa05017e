import Glibc
import SluiceBase
import SluiceColumns

/// LISTAGG over rows that are only added: the text so far, per group.
final class TextAccumulator: Accumulator {
    private let argument: Int
    private let filter: Int?
    private let separator: [UInt8]
    private var texts: [[UInt8]?] = []
    private var held = 0

    init(_ call: AggregateCall) {
        argument = call.arguments[0]
        filter = call.filter
        separator = TextAccumulator.separator(call)
    }

    static func separator(_ call: AggregateCall) -> [UInt8] {
        if case .bytes(let bytes)? = call.literals.first { return bytes }
        return [UInt8(ascii: ",")]
    }

    func resize(_ count: Int) {
        while texts.count > count {
            if case .some(.some(let text)) = texts.popLast() { held -= text.count + 32 }
        }
        while texts.count < count { texts.append(nil) }
    }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, nil)
        let column = batch.columns[argument].bytes
        input.forEach(column.validity) { (row, group, _) in append(column.bytes(at: row), group) }
    }

    private func append(_ value: UnsafeRawBufferPointer, _ group: Int) {
        if texts[group] == nil {
            texts[group] = Array(value)
            held += value.count + 32
        } else {
            texts[group]?.append(contentsOf: separator)
            texts[group]?.append(contentsOf: value)
            held += value.count + separator.count
        }
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? TextAccumulator, let text = other.texts[from] else { return }
        text.withUnsafeBytes { append($0, into) }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        guard let text = texts[group], case .bytes(let builder) = out.storage else { return out.appendNull() }
        builder.append(text)
    }

    func reset(_ group: Int) {
        held -= texts[group].map { $0.count + 32 } ?? 0
        texts[group] = nil
    }

    var byteCount: Int { texts.count * 8 + held }
}

/// LISTAGG over rows that may be taken away again.
final class RetractableTextAccumulator: Accumulator {
    private let argument: Int
    private let filter: Int?
    private let separator: [UInt8]
    private var states = ArrivalLists()

    init(_ call: AggregateCall) {
        argument = call.arguments[0]
        filter = call.filter
        separator = TextAccumulator.separator(call)
    }

    func resize(_ count: Int) { states.resize(count) }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = batch.columns[argument]
        input.forEach(column.validity) { (row, group, weight) in
            states.change(group, column.datum(row), weight)
        }
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? RetractableTextAccumulator else { return }
        states.merge(other.states[from], into: into)
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let values = states[group].values
        guard !values.isEmpty, case .bytes(let builder) = out.storage else { return out.appendNull() }
        var text: [UInt8] = []
        for (index, value) in values.enumerated() {
            if index > 0 { text += separator }
            if case .bytes(let bytes) = value { text += bytes }
        }
        builder.append(text)
    }

    func reset(_ group: Int) { states.reset(group) }
    var byteCount: Int { states.byteCount }
}

/// ARRAY_AGG: values in arrival order or in the order of ORDER BY; NULL without rows. NULLs are kept unless
/// IGNORE NULLS.
final class ArrayAccumulator: Accumulator {
    private let argument: Int
    private let filter: Int?
    private let ignoreNulls: Bool
    private let order: [SortKey]
    /// Each value is a ROW of the element and the order columns if there is an order.
    private var states = ArrivalLists()

    init(_ call: AggregateCall) {
        argument = call.arguments[0]
        filter = call.filter
        ignoreNulls = call.ignoreNulls
        order = call.order
    }

    func resize(_ count: Int) { states.resize(count) }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = batch.columns[argument]
        let keys = order.map { batch.columns[$0.column] }
        input.forEach(ignoreNulls ? column.validity : nil) { (row, group, weight) in
            var value = column.datum(row)
            if !keys.isEmpty { value = .row([value] + keys.map { $0.datum(row) }) }
            states.change(group, value, weight)
        }
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? ArrayAccumulator else { return }
        states.merge(other.states[from], into: into)
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let values = states[group].values
        guard !values.isEmpty, case .list(let builder) = out.storage else { return out.appendNull() }
        for value in order.isEmpty ? values : sorted(values) { builder.values.append(value) }
        builder.endRow()
    }

    private func sorted(_ values: [Datum]) -> [Datum] {
        let rows: [(Int, [Datum])] = values.enumerated().map { index, value in
            if case .row(let fields) = value { return (index, fields) }
            return (index, [value])
        }
        let ordered = rows.sorted { left, right in
            for (index, key) in order.enumerated() {
                let result = DatumOrder.compare(left.1[index + 1], right.1[index + 1], key)
                if result != 0 { return result < 0 }
            }
            return left.0 < right.0
        }
        return ordered.map { $0.1[0] }
    }

    func reset(_ group: Int) { states.reset(group) }
    var byteCount: Int { states.byteCount }
}

/// COLLECT: a MULTISET of the values that are not NULL; empty without any.
final class CollectAccumulator: Accumulator {
    struct State {
        var counts: [Datum: Int64] = [:]
        /// In the order of first arrival.
        var values: [Datum] = []
        /// Of `values`, with what a dictionary needs for each.
        private(set) var byteCount = 0

        /// How many bytes more, or fewer, are held.
        mutating func add(_ value: Datum, _ weight: Int64) -> Int {
            let before = byteCount
            if let count = counts[value] {
                counts[value] = count &+ weight
            } else {
                counts[value] = weight
                values.append(value)
                byteCount += value.byteCount + 48
            }
            if counts[value] == 0 {
                counts[value] = nil
                values.removeAll { $0 == value }
                byteCount -= value.byteCount + 48
            }
            return byteCount - before
        }
    }

    private let argument: Int
    private let filter: Int?
    private var states: [State] = []
    private var held = 0

    init(_ call: AggregateCall) {
        argument = call.arguments[0]
        filter = call.filter
    }

    func resize(_ count: Int) {
        while states.count > count { held -= states.popLast()?.byteCount ?? 0 }
        while states.count < count { states.append(State()) }
    }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = batch.columns[argument]
        input.forEach(column.validity) { (row, group, weight) in
            held += states[group].add(column.datum(row), weight)
        }
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? CollectAccumulator else { return }
        let state = other.states[from]
        for value in state.values { held += states[into].add(value, state.counts[value] ?? 0) }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        guard case .map(let builder) = out.storage else { return out.appendNull() }
        let state = states[group]
        for value in state.values {
            guard let count = state.counts[value], count > 0 else { continue }
            builder.keys.append(value)
            builder.values.append(.int32(Int32(clamping: count)))
        }
        builder.endRow()
    }

    func reset(_ group: Int) {
        held -= states[group].byteCount
        states[group] = State()
    }

    var byteCount: Int { states.count * MemoryLayout<State>.stride + held }
}
