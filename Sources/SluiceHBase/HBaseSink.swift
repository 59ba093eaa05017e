import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// Puts, deletes and counters. Each batch is one transaction; mutations of a row keep their order.
struct HBaseSink: Sink {
    let store: TableStore
    let options: HBaseOptions
    let schema: HBaseSchema
    /// Per table column its position in the rows, or -1: the column is NULL.
    private let inputs: [Int]

    init(store: TableStore, table: ResolvedTable, request: SinkRequest) throws(SQLError) {
        self.store = store
        options = try HBaseOptions(table)
        schema = try HBaseSchema(table, options)
        var inputs = Array(repeating: -1, count: table.columns.count)
        for (position, column) in request.columns.enumerated() where inputs.indices.contains(column) {
            inputs[column] = position
        }
        self.inputs = inputs
        guard inputs[schema.rowKey] >= 0 else {
            throw SQLError(
                .columnMismatch,
                "rows for \"\(table.name)\" need the row key \"\(table.columns[schema.rowKey].name)\"")
        }
        if schema.hasIncrements && request.input != .appendOnly && !request.input.isEmpty {
            throw SQLError(
                .changelogMismatch, "table \"\(table.name)\" has counters and takes inserts only",
                hint: "write a query without updates, such as a window aggregation")
        }
    }

    func position(_ column: Int?) -> Int? {
        guard let column else { return nil }
        // A declared metadata column that the rows do not carry is not the same as one that is NULL.
        return inputs[column] >= 0 ? inputs[column] : nil
    }

    func position(of column: Int) -> Int { inputs[column] }

    func open(
        subtask: Int, of parallelism: Int, _ context: ConnectorContext
    ) throws(JobError) -> any SinkWriter {
        do throws(SQLError) {
            let table = try store.ensure(schema.descriptor(options.tableName))
            return HBaseSinkWriter(self, table)
        } catch {
            throw JobError(error, domain: .external)
        }
    }
}

/// Encodes batches and applies them.
final class HBaseSinkWriter: SinkWriter {
    private let sink: HBaseSink
    private let table: StoredTable
    private var key: [UInt8] = []
    private var value: [UInt8] = []

    init(_ sink: HBaseSink, _ table: StoredTable) {
        self.sink = sink
        self.table = table
    }

    func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? {
        do throws(SQLError) {
            try table.write { (writer) throws(SQLError) in try apply(batch, writer) }
            return nil
        } catch {
            throw JobError(error, domain: error.code == .tableStore ? .external : .user)
        }
    }

    /// Everything has been handed over already.
    func flush() throws(JobError) {}

    func finish() throws(JobError) {
        do throws(SQLError) { try table.sync() } catch { throw JobError(error, domain: .external) }
    }

    func close() {}

    // MARK: Rows

    /// A declared qualifier with its column in this batch.
    private struct Target {
        var family: Int
        var qualifier: HBaseSchema.Qualifier
        /// Nil: NULL in every row.
        var column: Column?
        /// Where the whole family is NULL.
        var familyValidity: Bitmap?

        func isNull(_ row: Int) -> Bool {
            if let familyValidity, !familyValidity[row] { return true }
            return column?.isNull(row) ?? true
        }
    }

    private func apply(_ batch: RecordBatch, _ writer: TableWriter) throws(SQLError) {
        let keys = batch.columns[sink.position(of: sink.schema.rowKey)].flattened
        let targets = try resolve(batch, writer)
        let times = sink.position(sink.schema.timestampColumn).map { batch.columns[$0].int64s }
        let ttls = sink.position(sink.schema.ttlColumn).map { batch.columns[$0].int64s }
        var counters = CounterSums(columns: targets.count)
        for row in 0..<batch.rowCount {
            let kind = batch.kind(row)
            if kind == .updateBefore { continue }
            key.removeAll(keepingCapacity: true)
            if keys.isNull(row) { throw nullKey() }
            _ = sink.schema.rowKeyCodec.append(keys, row, to: &key)
            // HBase has no row without a key; the row is left out.
            if key.isEmpty { continue }
            let time = try metadata(times, row, "timestamp").map { CellCodec.floorMillis($0) }
            let ttl = try metadata(ttls, row, "ttl")
            if kind == .delete {
                try delete(targets, time, writer)
            } else {
                try put(targets, row, time, ttl, &counters, writer)
            }
        }
        try counters.forEach { (key, number, sum) throws(SQLError) in
            let target = targets[number]
            try target.qualifier.name.withBytes { (qualifier) throws(SQLError) in
                _ = try writer.increment(row: key, family: target.family, qualifier: qualifier, by: sum)
            }
        }
    }

    private func nullKey() -> SQLError {
        SQLError(.notNull, "the row key \"\(sink.schema.rowKeyCodec.label)\" is NULL")
    }

    private func metadata(_ column: FixedColumn<Int64>?, _ row: Int, _ name: String) throws(SQLError)
        -> Int64?
    {
        guard let column else { return nil }
        if column.isNull(row) { throw SQLError(.notNull, "the metadata column \"\(name)\" is NULL") }
        return column[row]
    }

    private func resolve(_ batch: RecordBatch, _ writer: TableWriter) throws(SQLError) -> [Target] {
        var targets: [Target] = []
        for family in sink.schema.families {
            let index = try writer.familyIndex(Array(family.name.utf8))
            let position = sink.position(of: family.column)
            var fields: [Column] = []
            var validity: Bitmap?
            if position >= 0, case .row(let column) = batch.columns[position].flattened {
                fields = column.fields.map { $0.flattened }
                validity = column.validity
            }
            for (number, qualifier) in family.qualifiers.enumerated() {
                targets.append(
                    Target(
                        family: index, qualifier: qualifier,
                        column: number < fields.count ? fields[number] : nil, familyValidity: validity))
            }
        }
        return targets
    }

    private func put(
        _ targets: [Target], _ row: Int, _ time: Int64?, _ ttl: Int64?, _ counters: inout CounterSums,
        _ writer: TableWriter
    ) throws(SQLError) {
        try key.withBytes { (key) throws(SQLError) in
            let at: TableWriter.PutTime
            if let time { at = .explicit(time) } else { at = try writer.putTime(row: key) }
            for (number, target) in targets.enumerated() {
                let isNull = target.isNull(row)
                if target.qualifier.isIncrement {
                    if !isNull, let amount = target.column?.int64s[row] { counters.add(amount, key, number) }
                    continue
                }
                if isNull && sink.options.ignoresNullValue { continue }
                value.removeAll(keepingCapacity: true)
                if isNull {
                    target.qualifier.codec.appendNull(to: &value)
                } else if let column = target.column {
                    _ = target.qualifier.codec.append(column, row, to: &value)
                }
                try write(target, key, at, ttl, writer)
            }
        }
    }

    private func write(
        _ target: Target, _ key: UnsafeRawBufferPointer, _ time: TableWriter.PutTime, _ ttl: Int64?,
        _ writer: TableWriter
    ) throws(SQLError) {
        try target.qualifier.name.withBytes { (qualifier) throws(SQLError) in
            try value.withBytes { (value) throws(SQLError) in
                try writer.put(
                    row: key, family: target.family, qualifier: qualifier, time: time, ttl: ttl, value: value)
            }
        }
    }

    /// Per declared qualifier the newest version, or the one at the row's timestamp.
    private func delete(_ targets: [Target], _ time: Int64?, _ writer: TableWriter) throws(SQLError) {
        try key.withBytes { (key) throws(SQLError) in
            for target in targets {
                try target.qualifier.name.withBytes { (qualifier) throws(SQLError) in
                    try writer.deleteVersion(
                        row: key, family: target.family, qualifier: qualifier, timestamp: time)
                }
            }
        }
    }
}
