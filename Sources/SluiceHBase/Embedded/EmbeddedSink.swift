import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// Puts, deletes and counters in the embedded store. Each batch is one transaction; mutations of a row keep their
/// order.
struct EmbeddedSink: Sink {
    let store: TableStore
    let plan: SinkPlan

    func open(
        subtask: Int, of parallelism: Int, _ context: ConnectorContext
    ) throws(JobError) -> any SinkWriter {
        do throws(SQLError) {
            let table = try store.ensure(plan.schema.descriptor(plan.options.tableName))
            return EmbeddedSinkWriter(plan, table, context)
        } catch {
            throw JobError(error, domain: .external)
        }
    }
}

/// Encodes batches and applies them.
final class EmbeddedSinkWriter: SinkWriter {
    private let plan: SinkPlan
    private let table: StoredTable
    private let clock: any Clock
    private let metrics = SinkMetrics()
    private var writtenBytes = 0
    private var key: [UInt8] = []
    private var value: [UInt8] = []

    init(_ plan: SinkPlan, _ table: StoredTable, _ context: ConnectorContext) {
        self.plan = plan
        clock = context.clock
        context.publish(metrics)
        self.table = table
    }

    func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? {
        do throws(SQLError) {
            let start = clock.monotonicNanos()
            writtenBytes = 0
            try table.write { (writer) throws(SQLError) in try apply(batch, writer) }
            metrics.countOut(records: batch.rowCount, bytes: writtenBytes)
            metrics.batchEnded(nanos: clock.monotonicNanos() &- start)
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

    private func apply(_ batch: RecordBatch, _ writer: TableWriter) throws(SQLError) {
        let rows = SinkRows(plan, batch)
        var families: [Int] = []
        for family in plan.schema.families {
            families.append(try writer.familyIndex(Array(family.name.utf8)))
        }
        var counters = CounterSums(columns: rows.targets.count)
        for row in 0..<batch.rowCount {
            let kind = batch.kind(row)
            if kind == .updateBefore { continue }
            guard try rows.encodeKey(row, into: &key) else { continue }
            let time = try rows.timestamp(row)
            let ttl = try rows.timeToLive(row)
            if kind == .delete {
                try delete(rows, families, time, writer)
            } else {
                try put(rows, families, row, time, ttl, &counters, writer)
            }
        }
        try counters.forEach { (key, number, sum) throws(SQLError) in
            let target = rows.targets[number]
            try target.qualifier.name.withBytes { (qualifier) throws(SQLError) in
                _ = try writer.increment(
                    row: key, family: families[target.family], qualifier: qualifier, by: sum)
            }
        }
    }

    private func put(
        _ rows: SinkRows, _ families: [Int], _ row: Int, _ time: Int64?, _ ttl: Int64?,
        _ counters: inout CounterSums, _ writer: TableWriter
    ) throws(SQLError) {
        try key.withBytes { (key) throws(SQLError) in
            let at: TableWriter.PutTime
            if let time { at = .explicit(time) } else { at = try writer.putTime(row: key) }
            for (number, target) in rows.targets.enumerated() {
                let isNull = target.isNull(row)
                if target.qualifier.isIncrement {
                    if !isNull, let amount = target.amounts?[row] { counters.add(amount, key, number) }
                    continue
                }
                if isNull && plan.options.sink.ignoresNullValue { continue }
                value.removeAll(keepingCapacity: true)
                target.append(row, isNull: isNull, to: &value)
                writtenBytes += key.count + value.count
                try target.qualifier.name.withBytes { (qualifier) throws(SQLError) in
                    try value.withBytes { (value) throws(SQLError) in
                        try writer.put(
                            row: key, family: families[target.family], qualifier: qualifier, time: at,
                            ttl: ttl, value: value)
                    }
                }
            }
        }
    }

    private func delete(
        _ rows: SinkRows, _ families: [Int], _ time: Int64?, _ writer: TableWriter
    ) throws(SQLError) {
        try key.withBytes { (key) throws(SQLError) in
            switch plan.options.sink.deleteMode {
            case .row: try writer.deleteRow(key, timestamp: time)
            case .family:
                for family in families { try writer.deleteFamily(row: key, family: family, timestamp: time) }
            case .latest, .all:
                let isLatest = plan.options.sink.deleteMode == .latest
                for target in rows.targets {
                    let family = families[target.family]
                    try target.qualifier.name.withBytes { (qualifier) throws(SQLError) in
                        if isLatest {
                            try writer.deleteVersion(
                                row: key, family: family, qualifier: qualifier, timestamp: time)
                        } else {
                            try writer.deleteColumn(
                                row: key, family: family, qualifier: qualifier, timestamp: time)
                        }
                    }
                }
            }
        }
    }
}
