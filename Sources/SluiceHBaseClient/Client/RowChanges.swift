/// Changes of one row that can go as one: puts, of which the last value of a column and time stays, and increments
/// without results, which add up. None of them has been sent before.
///
/// What one change could do is what the many would have done one after the other; but versions of a column whose
/// times the server would have filled in become one version, the last.
struct RowChanges {
    let kind: MutationBatch.Kind
    /// Attributes of increments.
    let fields: [UInt8]
    private let row: [UInt8]
    private var places: [[UInt8]: Int] = [:]
    private var columns: [PreparedColumn] = []
    private var times: [Int64] = []
    private var values: [[UInt8]] = []
    private var sums: [Int64] = []

    /// nil: the operation must go alone.
    init?(_ part: MutationBatch.Part, of batch: MutationBatch) {
        guard let fields = RowChanges.fields(part, batch) else { return nil }
        kind = part.kind
        self.fields = fields
        row = batch.bytes.withUnsafeBytes { Array($0.slice(part.row, Int(part.rowLength))) }
        guard add(part, of: batch) else { return nil }
    }

    /// The attributes of an operation that may be combined; nil: it may not.
    private static func fields(_ part: MutationBatch.Part, _ batch: MutationBatch) -> [UInt8]? {
        guard part.cellCount > 0, part.timestamp == Int64.max else { return nil }
        if part.kind == .put { return part.settings < 0 ? [] : nil }
        guard part.kind == .increment, part.settings >= 0 else { return nil }
        let settings = batch.settings[Int(part.settings)]
        guard !settings.wantsResult, settings.condition == nil, settings.ledger == nil else { return nil }
        return settings.fields
    }

    /// False: the operation is of another kind, has attributes of its own, or is of another row.
    mutating func add(_ part: MutationBatch.Part, of batch: MutationBatch) -> Bool {
        guard part.kind == kind, RowChanges.fields(part, batch) == fields else { return false }
        return batch.bytes.withUnsafeBytes { bytes in
            guard row.withUnsafeBytes({ $0.equals(bytes.slice(part.row, Int(part.rowLength))) }) else {
                return false
            }
            var cells = CellBlockReader(bytes.slice(part.cells, part.cellsEnd - part.cells))
            var found: [CellView] = []
            while let cell = try? cells.next() { found.append(cell) }
            guard found.count == Int(part.cellCount) else { return false }
            if kind == .increment, found.contains(where: { $0.value.count != 8 }) { return false }
            for cell in found { add(cell) }
            return true
        }
    }

    private mutating func add(_ cell: CellView) {
        var name: [UInt8] = [UInt8(truncatingIfNeeded: cell.family.count)]
        name.append(contentsOf: cell.family)
        name.append(contentsOf: cell.qualifier)
        if kind == .put { withUnsafeBytes(of: cell.timestamp) { name.append(contentsOf: $0) } }
        let amount = kind == .increment ? Int64(bigEndian: cell.value.loadUnaligned(as: Int64.self)) : 0
        if let place = places[name] {
            if kind == .increment { sums[place] &+= amount } else { values[place] = Array(cell.value) }
            return
        }
        places[name] = columns.count
        columns.append(PreparedColumn(family: Array(cell.family), qualifier: Array(cell.qualifier)))
        times.append(cell.timestamp)
        values.append(kind == .put ? Array(cell.value) : [])
        sums.append(amount)
    }

    /// One operation that stands for all.
    func batch(of table: HBaseTable) -> MutationBatch {
        var builder = MutationBatchBuilder(table: table)
        if kind == .put { builder.beginPut(row) } else { builder.beginIncrement(row) }
        for (place, column) in columns.enumerated() {
            if kind == .increment {
                builder.increment(column, by: sums[place])
            } else {
                values[place].withUnsafeBytes { builder.cell(column, value: $0, timestamp: times[place]) }
            }
        }
        if kind == .increment { builder.withoutResult(attributes: fields) }
        return builder.finish()
    }
}
