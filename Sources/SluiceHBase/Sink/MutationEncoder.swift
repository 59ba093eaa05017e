import SluiceBase
import SluiceHBaseClient

/// What marks increments as applied: a cell per row and writer that holds the number of the writer's last batch there.
/// With a checkpoint, name and number come back from it, and what is replayed counts once.
///
/// The name is random, because two writers with one name that run at the same time would take each other's increments
/// for their own. So every run has its own cells; the writer deletes them at its clean end, and those of runs that
/// ended otherwise have a time to live. That must be longer than anything that was sent can be on its way, and than
/// the age of a checkpoint from which a job goes on.
struct LedgerIdentity: Sendable, Hashable {
    /// The qualifier of the ledger's cells; different for every writer.
    var name: [UInt8]
    /// The number of the next batch; never negative, only grows.
    var next: Int64

    /// Rows that have a cell of this writer; nil: too many to remember.
    private(set) var rows: Set<[UInt8]>? = []

    /// Of the qualifiers of all writers.
    static let prefix = Array("_sluice:".utf8)

    private static let mostRows = 10_000

    mutating func remember(_ row: UnsafeRawBufferPointer) {
        guard let count = rows?.count else { return }
        if count >= LedgerIdentity.mostRows {
            rows = nil
        } else {
            rows?.insert([UInt8](row))
        }
    }

    /// - Parameter seed: random, so that two jobs never share a name.
    init(seed: UInt64, subtask: Int) {
        let digits = String(seed, radix: 16)
        name = LedgerIdentity.prefix + Array("\(digits):\(subtask)".utf8)
        next = 1
    }
}

/// Makes the mutations of a buffer's rows.
struct MutationEncoder {
    private let table: HBaseTable
    private let schema: HBaseSchema
    private let options: SinkOptions
    /// Of the schema's qualifiers in order.
    private let columns: [PreparedColumn]
    private let isCounter: [Bool]
    private let families: [[UInt8]]
    private let ledgerFamily: [UInt8]

    init(_ plan: SinkPlan) {
        table = plan.options.tableName.clientTable
        schema = plan.schema
        options = plan.options.sink
        var columns: [PreparedColumn] = []
        var isCounter: [Bool] = []
        var counterFamily: [UInt8]?
        for family in plan.schema.families {
            let name = Array(family.name.utf8)
            for qualifier in family.qualifiers {
                columns.append(PreparedColumn(family: name, qualifier: qualifier.name))
                isCounter.append(qualifier.isIncrement)
                if qualifier.isIncrement, counterFamily == nil { counterFamily = name }
            }
        }
        self.columns = columns
        self.isCounter = isCounter
        families = plan.schema.families.map { Array($0.name.utf8) }
        ledgerFamily = plan.options.sink.ledgerFamily.map { Array($0.utf8) } ?? counterFamily ?? []
    }

    /// The mutations that may go out at once, and those that must wait until these are done: puts of rows that are
    /// deleted first.
    func encode(_ buffer: WriteBuffer, ledger: inout LedgerIdentity) -> (MutationBatch, MutationBatch) {
        var first = MutationBatchBuilder(table: table)
        var second = MutationBatchBuilder(table: table)
        first.reserveCapacity(operations: buffer.rowCount, bytes: buffer.byteCount * 2)
        let offset = ledger.next
        var usedLedger = false
        for (number, row) in buffer.rows.enumerated() {
            let key = buffer.key(number)
            if row.isDelete { delete(key, row, &first) }
            if row.hasPut {
                if row.isSecond {
                    put(key, number, row, buffer, &second)
                } else {
                    put(key, number, row, buffer, &first)
                }
            }
            guard row.hasSums else { continue }
            if options.isExactlyOnce {
                usedLedger = true
                first.beginLedgerIncrement(key)
                increments(number, buffer, &first)
                first.endLedgerIncrement(
                    family: ledgerFamily, qualifier: ledger.name, offset: offset,
                    timeToLiveMillis: options.ledgerMillis)
                ledger.remember(key)
            } else {
                first.beginIncrement(key)
                increments(number, buffer, &first)
                first.withoutResult()
            }
        }
        if usedLedger { ledger.next &+= 1 }
        return (first.finish(), second.finish())
    }

    /// Deletes of the writer's ledger cells, for its clean end; nil: nothing, or more than was remembered.
    func ledgerDeletes(_ ledger: LedgerIdentity) -> MutationBatch? {
        guard let rows = ledger.rows, !rows.isEmpty else { return nil }
        let column = PreparedColumn(family: ledgerFamily, qualifier: ledger.name)
        var builder = MutationBatchBuilder(table: table)
        for row in rows {
            builder.beginDelete(row)
            builder.deleteColumn(column, timestamp: MutationBatchBuilder.latest)
        }
        return builder.finish()
    }

    private func put(
        _ key: UnsafeRawBufferPointer, _ number: Int, _ row: WriteBuffer.Row, _ buffer: WriteBuffer,
        _ builder: inout MutationBatchBuilder
    ) {
        builder.beginPut(key)
        for column in columns.indices where !isCounter[column] {
            guard let value = buffer.value(number, column) else { continue }
            builder.cell(columns[column], value: value, timestamp: row.timestamp)
        }
        if row.timeToLive != WriteBuffer.none { builder.timeToLive(milliseconds: row.timeToLive) }
    }

    private func increments(_ number: Int, _ buffer: WriteBuffer, _ builder: inout MutationBatchBuilder) {
        for column in columns.indices where isCounter[column] {
            guard let sum = buffer.sum(number, column) else { continue }
            builder.increment(columns[column], by: sum)
        }
    }

    private func delete(
        _ key: UnsafeRawBufferPointer, _ row: WriteBuffer.Row, _ builder: inout MutationBatchBuilder
    ) {
        switch options.deleteMode {
        case .row: builder.beginDelete(key, timestamp: row.timestamp)
        case .family:
            builder.beginDelete(key)
            for family in families { builder.deleteFamily(family, timestamp: row.timestamp) }
        case .latest:
            builder.beginDelete(key)
            for column in columns { builder.deleteVersion(column, timestamp: row.timestamp) }
        case .all:
            builder.beginDelete(key)
            for column in columns { builder.deleteColumn(column, timestamp: row.timestamp) }
        }
    }
}
