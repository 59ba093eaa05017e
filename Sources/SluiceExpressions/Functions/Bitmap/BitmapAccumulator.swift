import SluiceBase
import SluiceColumns

/// The bitmap aggregates: a set of the values, or a set operation over bitmaps, as a bitmap or as its size.
///
/// A group counts in how many inputs a value is, which answers all of them and takes rows back too.
final class BitmapAccumulator: Accumulator {
    enum Operation: Sendable { case build, and, or, xor }

    private struct State {
        var inputs: Int64 = 0
        var counts: [UInt32: Int64] = [:]
    }

    private let operation: Operation
    private let isCardinality: Bool
    private let argument: Int
    private let filter: Int?
    private var states: [State] = []
    private var entries = 0

    init(_ call: AggregateCall, _ operation: Operation, isCardinality: Bool) {
        self.operation = operation
        self.isCardinality = isCardinality
        argument = call.arguments.first ?? 0
        filter = call.filter
    }

    func resize(_ count: Int) {
        while states.count < count { states.append(State()) }
    }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) throws(SQLError) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = batch.columns[argument]
        if operation == .build {
            let values = column.int32s
            input.forEach(values.validity) { (row, group, weight) in
                states[group].inputs += weight
                add(UInt32(bitPattern: values[row]), weight, group)
            }
            return
        }
        let values = column.bytes
        try input.forEach(values.validity) { (row, group, weight) throws(SQLError) in
            guard let bitmap = RoaringBitmap(bytes: values.bytes(at: row)) else {
                throw SQLError(.evaluation, "a bitmap aggregate got bytes that are no bitmap")
            }
            states[group].inputs += weight
            for value in bitmap.values { add(value, weight, group) }
        }
    }

    private func add(_ value: UInt32, _ weight: Int64, _ group: Int) {
        let count = (states[group].counts[value] ?? 0) + weight
        if count == 0 {
            states[group].counts[value] = nil
            entries -= 1
        } else {
            if count == weight { entries += 1 }
            states[group].counts[value] = count
        }
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? BitmapAccumulator else { return }
        states[into].inputs += other.states[from].inputs
        for (value, count) in other.states[from].counts { add(value, count, into) }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let state = states[group]
        guard state.inputs > 0 else { return out.appendNull() }
        let kept = state.counts.filter { entry in
            switch operation {
            case .build, .or: return entry.value > 0
            case .and: return entry.value == state.inputs
            case .xor: return entry.value % 2 != 0
            }
        }
        if isCardinality { return out.append(.int64(Int64(kept.count))) }
        var bytes: [UInt8] = []
        RoaringBitmap(kept.keys).serialize(to: &bytes)
        out.append(.bytes(bytes))
    }

    func reset(_ group: Int) {
        entries -= states[group].counts.count
        states[group] = State()
    }

    var byteCount: Int { states.count * 32 + Swift.max(entries, 0) * 24 }
}

/// `BITMAP_BUILD_AGG`, `BITMAP_OR_AGG` and their kind, and the `…_CARDINALITY_AGG` forms.
let bitmapAggregates: [AggregateDefinition] = {
    let operations: [(String, BitmapAccumulator.Operation)] = [
        ("BUILD", .build), ("AND", .and), ("OR", .or), ("XOR", .xor),
    ]
    return operations.flatMap { name, operation in
        [false, true].map { isCardinality in
            let full = "BITMAP_\(name)" + (isCardinality ? "_CARDINALITY_AGG" : "_AGG")
            let wanted = operation == .build ? "integer" : "bitmap"
            return AggregateDefinition(
                full, signature: "\(full)(\(wanted))",
                resolve: { (site, _) throws(SQLError) in
                    try AggregateTyping.expect(site, 1...1)
                    let kind = site.arguments[0].type.kind
                    let fits = operation == .build ? kind.isInteger && kind != .bigint : kind.isBinary
                    guard fits else { throw AggregateTyping.mismatch(site, 0, "a value of type \(wanted)") }
                    return isCardinality ? .bigint : .bytes
                },
                makeAccumulator: { (call, _) throws(SQLError) in
                    BitmapAccumulator(call, operation, isCardinality: isCardinality)
                })
        }
    }
}()
