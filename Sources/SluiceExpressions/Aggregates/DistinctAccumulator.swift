import Glibc
import SluiceBase
import SluiceColumns

/// DISTINCT around an aggregate: counts each value per group and passes on the first arrival and the last departure.
///
/// One hash index holds the values of all groups; the entries of a group form a chain, so that a group can be merged
/// or forgotten as a whole.
final class DistinctAccumulator: Accumulator {
    private let arguments: [Int]
    private let filter: Int?
    private let inner: any Accumulator
    private var index = DistinctIndex()
    private var acceptedRows: [Int32] = []
    private var acceptedGroups: [UInt32] = []
    private var acceptedWeights: [Int8] = []
    private var key = ByteScratch(capacity: 256)
    private let encoder: RowEncoder
    private let types: [DataType]
    private let isBytes: Bool
    /// ARRAY_AGG takes NULLs as a value too.
    private let keepsNulls: Bool

    init(_ call: AggregateCall, _ inner: any Accumulator) {
        arguments = call.arguments
        filter = call.filter
        self.inner = inner
        types = call.argumentTypes
        encoder = RowEncoder(types)
        keepsNulls = call.name.uppercased() == "ARRAY_AGG" && !call.ignoreNulls
        isBytes = types.count == 1 && types[0].physical == .bytes && !keepsNulls
    }

    func resize(_ count: Int) {
        index.resize(count)
        inner.resize(count)
    }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) throws(SQLError) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        acceptedRows.removeAll(keepingCapacity: true)
        acceptedGroups.removeAll(keepingCapacity: true)
        acceptedWeights.removeAll(keepingCapacity: true)
        var anyRemoved = false
        let columns = arguments.map { batch.columns[$0].flattened }
        let validity = columns.count == 1 && !keepsNulls ? columns[0].validity : nil
        input.forEach(validity) { (row, group, weight) in
            let change = count(columns, row, group, weight)
            if change == 0 { return }
            acceptedRows.append(Int32(truncatingIfNeeded: row))
            acceptedGroups.append(UInt32(truncatingIfNeeded: group))
            acceptedWeights.append(change)
            anyRemoved = anyRemoved || change < 0
        }
        try passOn(batch, anyRemoved)
    }

    @inline(__always)
    private func count(_ columns: [Column], _ row: Int, _ group: Int, _ weight: Int64) -> Int8 {
        switch columns[0] {
        case .int64(let column) where columns.count == 1 && !keepsNulls:
            return index.add(group, number: column[row], weight)
        case .int32(let column) where columns.count == 1 && !keepsNulls:
            return index.add(group, number: Int64(column[row]), weight)
        case .bytes(let column) where columns.count == 1 && !keepsNulls:
            return index.add(group, bytes: column.bytes(at: row), weight)
        default:
            key.removeAll()
            encoder.encode(columns, row: row, into: &key)
            return index.add(group, bytes: key.bytes, weight)
        }
    }

    private func passOn(_ batch: RecordBatch, _ anyRemoved: Bool) throws(SQLError) {
        if acceptedRows.isEmpty { return }
        let rows = acceptedRows
        let groups = acceptedGroups
        let weights = acceptedWeights
        var failure: SQLError?
        rows.withUnsafeBufferPointer { rows in
            groups.withUnsafeBufferPointer { groups in
                weights.withUnsafeBufferPointer { weights in
                    do throws(SQLError) {
                        try inner.update(
                            batch, rows: rows, groups: groups, weights: anyRemoved ? weights : nil)
                    } catch { failure = error }
                }
            }
        }
        if let failure { throw failure }
    }

    /// Values that this group does not have yet are fed to the inner aggregate as a batch of their own: its states
    /// cannot be merged, for values on both sides would count twice.
    func merge(_ other: any Accumulator, from: Int, into: Int) throws(SQLError) {
        guard let other = other as? DistinctAccumulator else { return }
        let builders = types.map { ColumnBuilder($0, capacity: 16) }
        var weights: [Int8] = []
        // Bytes are copied first: the other index may be this one, which grows below.
        let values = other.index.chain(from).map { entry -> (DistinctIndex.Entry, [UInt8]) in
            (entry, entry.length == .max ? [] : Array(other.index.bytes(entry)))
        }
        for (entry, bytes) in values {
            let isNumber = entry.length == .max
            let change =
                isNumber
                ? index.add(into, number: entry.key, entry.count)
                : bytes.withUnsafeBytes { index.add(into, bytes: $0, entry.count) }
            if change == 0 { continue }
            weights.append(change)
            if isNumber {
                append(entry.key, to: builders[0])
            } else if isBytes, case .bytes(let builder) = builders[0].storage {
                builder.append(bytes)
            } else {
                bytes.withUnsafeBytes { encoder.decode($0, into: builders) }
            }
        }
        if weights.isEmpty { return }
        let count = weights.count
        let width = (arguments.max() ?? 0) + 1
        var columns = [Column](repeating: .constant(.null, type: .null, count: count), count: width)
        for (argument, builder) in zip(arguments, builders) { columns[argument] = builder.finish() }
        acceptedRows = (0..<count).map { Int32($0) }
        acceptedGroups = [UInt32](repeating: UInt32(truncatingIfNeeded: into), count: count)
        acceptedWeights = weights
        try passOn(RecordBatch(columns: columns, rowCount: count), weights.contains { $0 < 0 })
    }

    private func append(_ number: Int64, to builder: ColumnBuilder) {
        switch builder.storage {
        case .int32(let builder): builder.append(Int32(truncatingIfNeeded: number))
        case .int64(let builder): builder.append(number)
        default: builder.appendNull()
        }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) { inner.appendResult(group, to: out) }

    func reset(_ group: Int) {
        index.reset(group)
        inner.reset(group)
    }

    var byteCount: Int { index.byteCount + inner.byteCount }
}
