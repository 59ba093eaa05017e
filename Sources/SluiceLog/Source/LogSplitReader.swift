import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceLogStore

/// Reads one partition. At the end of an unbounded one it looks again after 1 ms, then after ever longer times up to
/// 50 ms: writers may be other processes, which cannot wake it.
final class LogSplitReader: SplitReader {
    private static let shortest: Int64 = 1_000_000
    private static let longest: Int64 = 50_000_000
    /// A batch ends with about so many bytes.
    private static let batchBytes = 1 << 20

    private let table: LogTable
    private let rows: RecordReader
    private let topic: LogTopic
    private let place: LogSplit
    private let context: ConnectorContext
    private var log: LogReader?
    private var records: LogRecordCursor?
    private var at: LogPosition
    private var pause = LogSplitReader.shortest
    /// Rows below are with whoever asked for them.
    private var given: Int64
    private var stored: Int64
    private var nextStore: Int64

    init(
        _ table: LogTable, _ rows: RecordReader, _ topic: LogTopic, _ place: LogSplit,
        _ position: LogPosition,
        _ context: ConnectorContext
    ) {
        self.table = table
        self.rows = rows
        self.topic = topic
        self.place = place
        self.context = context
        at = position
        given = position.next
        stored = position.next
        nextStore = context.clock.monotonicNanos() &+ (table.autoCommitMillis ?? 0) &* 1_000_000
    }

    func poll(maxRows: Int) throws(JobError) -> Polled {
        try storePosition()
        while !isAtStop, rows.count < maxRows, rows.bytes < LogSplitReader.batchBytes {
            guard let record = try nextRecord() else { break }
            try rows.add(record)
            at.next = record.offset + 1
        }
        try rows.decodeWaiting()
        if rows.count > 0 {
            pause = LogSplitReader.shortest
            given = at.next
            return .rows(rows.finish())
        }
        // Records that gave no row, as a NULL value does.
        if rows.bytes > 0 { _ = rows.finish() }
        given = at.next
        if isAtStop { return .finished }
        defer { pause = min(pause * 2, LogSplitReader.longest) }
        return .wait(.at(nanos: context.clock.monotonicNanos() &+ pause))
    }

    private var isAtStop: Bool { at.stop.map { at.next >= $0 } ?? false }

    /// nil: there is none for now.
    private func nextRecord() throws(JobError) -> LogRecordView? {
        while true {
            if var cursor = records {
                let record = try inLog { () throws(LogError) in try cursor.next() }
                records = record == nil ? nil : cursor
                guard let record else { continue }
                if record.offset >= at.next { return record }
                continue
            }
            let reader = log ?? topic.partitions[place.partition].follow(from: at.next)
            log = reader
            do throws(LogError) {
                guard let batch = try reader.nextBatch() else { return nil }
                records = batch.records
            } catch {
                try goOn(after: error, reader)
            }
        }
    }

    /// Retention may be faster than the reader.
    private func goOn(after error: LogError, _ reader: LogReader) throws(JobError) {
        guard case .outOfRange(let offset, let kept) = error else {
            throw JobError(error.sqlError, domain: .external)
        }
        let next: Int64
        switch table.reset ?? .none {
        case .earliest: next = kept.lowerBound
        case .latest: next = kept.upperBound
        case .none: throw JobError(LogSource.notKept(offset, kept, place.topic, place.partition))
        }
        context.report(
            .notice(
                table: table.table.name,
                text:
                    "offsets \(offset) to \(next - 1) of partition \(place.partition) were removed before they were read"
            ))
        at.next = next
        reader.seek(to: next)
    }

    /// Of the group, now and then: rows that were asked for before this call have left the reader.
    private func storePosition() throws(JobError) {
        guard let group = table.group, let millis = table.autoCommitMillis, given > stored else { return }
        let now = context.clock.monotonicNanos()
        guard now >= nextStore else { return }
        nextStore = now &+ millis &* 1_000_000
        stored = given
        try inLog { () throws(LogError) in
            try topic.setPosition(of: group, partition: place.partition, to: stored)
        }
    }

    func position() -> [UInt8] { at.encoded }

    var bufferedBytes: Int { rows.heldBytes + (log?.heldBytes ?? 0) }

    func close() {
        log?.close()
        log = nil
        records = nil
    }
}
