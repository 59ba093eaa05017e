import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceLogStore

/// Gathers records for each partition and appends them in batches of about 256 KiB, or when told to flush.
///
/// At least once: after `flush` the records are durable. Exactly once: they go into the transaction's own files, and
/// into the topic when it is committed. A partition that another process is writing to is tried again a millisecond
/// later, and the writer takes no more rows until then.
final class LogSinkWriter: SinkWriter {
    private static let batchBytes = 256 * 1024
    /// Beyond it a batch goes in the middle of the rows of one call: the log takes batches of so many bytes only.
    private static let largestBytes = 16 << 20
    private static let pauseNanos: Int64 = 1_000_000

    private let table: LogTable
    private let rows: RecordWriter
    private var places: RecordPlaces
    private let partitions: [LogPartition]
    private let batches: [LogBatchBuilder]
    private let transaction: LogTransaction?
    private let clock: any Clock
    private var isPrepared = false

    init(
        _ table: LogTable, _ rows: RecordWriter, _ places: RecordPlaces, _ partitions: [LogPartition],
        transaction: LogTransaction?, _ context: ConnectorContext
    ) {
        self.table = table
        self.rows = rows
        self.places = places
        self.partitions = partitions
        self.transaction = transaction
        batches = partitions.map { _ in LogBatchBuilder(capacity: 4096) }
        clock = context.clock
    }

    func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? {
        guard try appendLarge() else { return .at(nanos: clock.monotonicNanos() &+ LogSinkWriter.pauseNanos) }
        let now = floorDivide(clock.nowMicros(), 1000)
        places.nextBatch()
        try rows.write(batch) { (message) throws(LogError) in
            let place = places.place(message.key)
            if batches[place].byteCount >= LogSinkWriter.largestBytes {
                _ = try partitions[place].append(batches[place])
                batches[place].removeAll()
            }
            try batches[place].append(
                timestamp: message.millis ?? now, key: message.key, value: message.value,
                headers: message.headers)
        }
        return nil
    }

    /// False: somebody else is writing to one of the partitions.
    private func appendLarge() throws(JobError) -> Bool {
        for (partition, batch) in zip(partitions, batches) where batch.byteCount >= LogSinkWriter.batchBytes {
            guard try append(batch, to: partition, waits: false) else { return false }
        }
        return true
    }

    private func append(
        _ batch: LogBatchBuilder, to partition: LogPartition, waits: Bool
    ) throws(JobError) -> Bool {
        do throws(LogError) {
            guard try partition.append(batch, waits: waits) != nil else { return false }
        } catch {
            throw failure(error)
        }
        batch.removeAll()
        return true
    }

    func flush() throws(JobError) {
        for (partition, batch) in zip(partitions, batches) where !batch.isEmpty {
            _ = try append(batch, to: partition, waits: true)
        }
        guard table.guarantee == .atLeastOnce else { return }
        do throws(LogError) { for partition in partitions { try partition.sync() } } catch {
            throw failure(error)
        }
    }

    func finish() throws(JobError) { try flush() }

    func prepareCommit() throws(JobError) -> [UInt8] {
        try flush()
        guard let transaction else { return [] }
        do throws(LogError) { try transaction.prepare() } catch { throw failure(error) }
        isPrepared = true
        return Array(transaction.name.utf8)
    }

    private func failure(_ error: LogError) -> JobError {
        var cause = error.sqlError
        cause.message = "table \"\(table.table.name)\": \(cause.message)"
        return JobError(cause, domain: .external)
    }

    var bufferedBytes: Int { batches.reduce(rows.heldBytes) { $0 + $1.heldBytes } }

    func close() {
        for partition in partitions { partition.close() }
        // What was not prepared is nobody's.
        if !isPrepared { transaction?.abandon() }
    }
}
