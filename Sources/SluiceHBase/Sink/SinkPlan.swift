import SluiceBase
import SluiceColumns
import SluiceConnect

/// What a sink writes where: the table's schema and which of its columns the rows carry.
struct SinkPlan: Sendable {
    let tableName: String
    let options: HBaseOptions
    let schema: HBaseSchema
    let salt: Salt
    /// Per table column its position in the rows, or -1: the column is NULL.
    private let inputs: [Int]

    init(
        _ table: ResolvedTable, _ request: SinkRequest, _ environment: HBaseEnvironment
    ) throws(SQLError) {
        tableName = table.name
        options = try HBaseOptions(table, environment)
        schema = try HBaseSchema(table, options)
        salt = Salt(buckets: options.saltBuckets)
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

    /// Nil: the column is not declared or the rows do not carry it, which is not the same as being NULL.
    func position(_ column: Int?) -> Int? {
        guard let column, inputs[column] >= 0 else { return nil }
        return inputs[column]
    }
}

/// The rows of one batch as a sink sees them.
struct SinkRows {
    /// A declared qualifier with its column in this batch.
    struct Target {
        /// Position in the schema's families.
        var family: Int
        var qualifier: HBaseSchema.Qualifier
        /// Nil: NULL in every row.
        var column: Column?
        /// Where the whole family is NULL.
        var familyValidity: Bitmap?
        /// Of a counter.
        var amounts: FixedColumn<Int64>?

        func isNull(_ row: Int) -> Bool {
            if let familyValidity, !familyValidity[row] { return true }
            return column?.isNull(row) ?? true
        }

        /// Appends the cell's bytes, or what stands for NULL.
        func append(_ row: Int, isNull: Bool, to out: inout [UInt8]) {
            if isNull {
                qualifier.codec.appendNull(to: &out)
            } else if let column {
                _ = qualifier.codec.append(column, row, to: &out)
            }
        }
    }

    private let plan: SinkPlan
    private let keys: Column
    private let times: FixedColumn<Int64>?
    private let timesToLive: FixedColumn<Int64>?
    /// The declared qualifiers, family by family.
    let targets: [Target]

    init(_ plan: SinkPlan, _ batch: RecordBatch) {
        self.plan = plan
        keys = batch.columns[plan.position(plan.schema.rowKey) ?? 0].flattened
        times = plan.position(plan.schema.timestampColumn).map { batch.columns[$0].int64s }
        timesToLive = plan.position(plan.schema.ttlColumn).map { batch.columns[$0].int64s }
        var targets: [Target] = []
        for (index, family) in plan.schema.families.enumerated() {
            var fields: [Column] = []
            var validity: Bitmap?
            if let position = plan.position(family.column),
                case .row(let column) = batch.columns[position].flattened
            {
                fields = column.fields.map { $0.flattened }
                validity = column.validity
            }
            for (number, qualifier) in family.qualifiers.enumerated() {
                let column = number < fields.count ? fields[number] : nil
                targets.append(
                    Target(
                        family: index, qualifier: qualifier, column: column, familyValidity: validity,
                        amounts: qualifier.isIncrement ? column?.int64s : nil))
            }
        }
        self.targets = targets
    }

    /// The row's stored key. False: it has no bytes, and HBase has no such row; it is left out (B4).
    func encodeKey(_ row: Int, into key: inout [UInt8]) throws(SQLError) -> Bool {
        key.removeAll(keepingCapacity: true)
        if keys.isNull(row) {
            throw SQLError(.notNull, "the row key \"\(plan.schema.rowKeyCodec.label)\" is NULL")
        }
        _ = plan.schema.rowKeyCodec.append(keys, row, to: &key)
        if key.isEmpty { return false }
        plan.salt.apply(&key)
        return true
    }

    var hasTimesToLive: Bool { timesToLive != nil }

    /// Milliseconds; nil: the store's clock.
    func timestamp(_ row: Int) throws(SQLError) -> Int64? {
        guard let micros = try metadata(times, row, "timestamp") else { return nil }
        let millis = CellCodec.floorMillis(micros)
        guard millis >= 0 else {
            throw SQLError(
                .malformedRow,
                "the metadata column \"timestamp\" is \(millis) ms after 1970, a time that HBase does not read"
            )
        }
        return millis
    }

    /// Milliseconds; nil: for ever.
    func timeToLive(_ row: Int) throws(SQLError) -> Int64? { try metadata(timesToLive, row, "ttl") }

    private func metadata(
        _ column: FixedColumn<Int64>?, _ row: Int, _ name: String
    ) throws(SQLError) -> Int64? {
        guard let column else { return nil }
        if column.isNull(row) { throw SQLError(.notNull, "the metadata column \"\(name)\" is NULL") }
        return column[row]
    }
}
