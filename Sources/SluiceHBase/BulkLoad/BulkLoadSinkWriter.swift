import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceHBaseClient
import SluiceTableStore

/// Encodes the rows of one subtask as cells and sorts them.
final class BulkLoadSinkWriter: SinkWriter {
    private let plan: SinkPlan
    private let job: BulkLoadJob
    private let part: Int
    private let sorter: CellSorter
    private let families: [[UInt8]]
    private var key: [UInt8] = []
    private var value: [UInt8] = []
    private var cell: [UInt8] = []
    private let context: ConnectorContext
    private var isFinished = false
    /// Set at the end of the rows, when the sorter belongs to the job.
    private var endedBytes: Int?

    var bufferedBytes: Int { endedBytes ?? sorter.bufferedBytes }

    init(_ plan: SinkPlan, _ job: BulkLoadJob, _ context: ConnectorContext, subtask: Int) {
        self.context = context
        self.plan = plan
        self.job = job
        part = subtask
        sorter = job.sorter(part: subtask)
        families = plan.schema.families.map { Array($0.name.utf8) }
    }

    func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? {
        do throws(SQLError) {
            let rows = SinkRows(plan, batch)
            for row in 0..<batch.rowCount {
                guard batch.kind(row) == .insert else {
                    throw SQLError(
                        .changelogMismatch, "a bulk load of \"\(plan.tableName)\" takes inserted rows only")
                }
                guard try rows.encodeKey(row, into: &key) else { continue }
                try add(rows, row)
            }
            return nil
        } catch {
            throw JobError(error, domain: error.code == .connectorIO ? .external : .user)
        }
    }

    /// Everything is loaded at the end.
    func flush() throws(JobError) {}

    func endOfRows() throws(JobError) {
        endedBytes = sorter.bufferedBytes
        do throws(SQLError) {
            try job.end(part: part, sorter, context.waker)
        } catch {
            throw JobError(error, domain: .external)
        }
    }

    func poll() throws(JobError) -> WakeUp? {
        guard endedBytes != nil else { return nil }
        switch job.outcome {
        case nil: return .signal
        case .failure(let error): throw JobError(error, domain: .external)
        case .success(let summary):
            if part == 0, !isFinished {
                for notice in summary.notices {
                    let text = "\"\(plan.tableName)\": \(notice)"
                    context.report(.notice(table: plan.tableName, text: text))
                }
            }
            isFinished = true
            endedBytes = 0
            return nil
        }
    }

    func finish() throws(JobError) {}

    func close() {
        if isFinished { return }
        // A job that fails or is cancelled loads nothing more.
        job.giveUp()
        if endedBytes == nil { job.discard(sorter) }
    }

    // MARK: Cells

    private func add(_ rows: SinkRows, _ row: Int) throws(SQLError) {
        guard key.count <= Int(Int16.max) else {
            throw SQLError(
                .malformedRow, "a row key of \"\(plan.tableName)\" has \(key.count) bytes: HBase takes 32767")
        }
        let time = try rows.timestamp(row) ?? job.nowMillis
        let timeToLive = try rows.timeToLive(row)
        var size = 0
        for target in rows.targets {
            let isNull = target.isNull(row)
            if isNull && plan.options.sink.ignoresNullValue { continue }
            value.removeAll(keepingCapacity: true)
            target.append(row, isNull: isNull, to: &value)
            if let timeToLive { appendTag(timeToLive) }
            encode(families[target.family], target.qualifier.name, time)
            size += cell.count
            guard size <= plan.options.sink.maxRecordSize else {
                throw SQLError(
                    .malformedRow,
                    "a row of \"\(plan.tableName)\" has more than \(plan.options.sink.maxRecordSize) bytes",
                    hint: "'sink.max-record-size' is the limit")
            }
            try cell.withBytes { (cell) throws(SQLError) in try sorter.add(cell) }
        }
    }

    /// One tag of kind 8, the time to live in milliseconds: int16 length with the kind, kind, int64. Then the length of
    /// the tags, as `HFileWriter` takes them.
    private func appendTag(_ timeToLive: Int64) {
        HBaseBytes.append(int16: 9, to: &value)
        value.append(8)
        HBaseBytes.append(int64: timeToLive, to: &value)
        HBaseBytes.append(int16: 11, to: &value)
    }

    /// The layout of `StoredCell`: lengths, key, value.
    private func encode(_ family: [UInt8], _ qualifier: [UInt8], _ time: Int64) {
        cell.removeAll(keepingCapacity: true)
        HBaseBytes.append(
            int32: Int32(truncatingIfNeeded: 12 + key.count + family.count + qualifier.count), to: &cell)
        HBaseBytes.append(int32: Int32(truncatingIfNeeded: value.count), to: &cell)
        HBaseBytes.append(int16: Int16(truncatingIfNeeded: key.count), to: &cell)
        cell += key
        cell.append(UInt8(truncatingIfNeeded: family.count))
        cell += family
        cell += qualifier
        HBaseBytes.append(int64: time, to: &cell)
        cell.append(SluiceHBaseClient.CellType.put.rawValue)
        cell += value
    }
}
