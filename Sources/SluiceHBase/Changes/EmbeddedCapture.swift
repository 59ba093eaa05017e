import SluiceBase
import SluiceConnect
import SluiceTableStore

/// The edit log of a table of the embedded store.
struct EmbeddedCapture: ChangeCapture {
    let store: TableStore
    let layout: ChangesLayout

    var description: String { "the edit log of \"\(layout.tableName)\" in the embedded store" }

    func open(
        _ start: FeedStart, isBounded: Bool, _ context: ConnectorContext
    ) throws(JobError) -> any ChangeFeed {
        let table = try layout.rows.open(store)
        do throws(SQLError) {
            try check(table)
            let log = try table.editLog()
            let after = try position(start, table, log)
            let feed = EmbeddedFeed(
                table, peer: layout.options.peerID, after: after, end: isBounded ? log.last : nil,
                families: layout.captured, context)
            try feed.hold()
            return feed
        } catch {
            throw JobError(error, domain: .external)
        }
    }

    /// The families must be there, and their edits must be kept.
    private func check(_ table: StoredTable) throws(SQLError) {
        let known = try table.descriptor().families
        for name in layout.captured {
            guard let family = known.first(where: { $0.name == name }) else {
                let list = known.map { "\"\($0.name)\"" }.joined(separator: ", ")
                throw SQLError(
                    .tableStore, "the table \"\(table.name)\" has no family \"\(name)\"",
                    hint: "its families are \(list)")
            }
            guard family.replicationScope != 0 else {
                throw SQLError(
                    .tableStore,
                    "the edits of the family \"\(name)\" of \"\(table.name)\" are not kept: its "
                        + "REPLICATION_SCOPE is 0", hint: "set it to 1")
            }
        }
    }

    private func position(
        _ start: FeedStart, _ table: StoredTable, _ log: EditLogRange
    ) throws(SQLError) -> Int64 {
        switch start {
        case .latest: return log.last
        case .position(let bytes): return EmbeddedFeed.sequence(bytes)
        case .earliest:
            guard log.isComplete else { throw trimmed("'scan.startup.mode' = 'earliest'", table, log) }
            return log.origin
        case .timestamp(let millis):
            if let last = try table.lastEdit(before: millis) { return max(last, log.origin) }
            guard log.isComplete else { throw trimmed("changes since \(millis)", table, log) }
            return log.origin
        }
    }

    private func trimmed(_ wanted: String, _ table: StoredTable, _ log: EditLogRange) -> SQLError {
        SQLError(
            .tableStore,
            "\(wanted): the edit log of \"\(table.name)\" begins at edit \(log.first ?? 0), older ones have "
                + "been removed",
            hint: "'scan.startup.mode' = 'initial' reads the rows first; the oldest edit was written at "
                + "\(log.firstWritten), which 'scan.startup.timestamp-millis' may say")
    }
}

/// Reads an edit log as it grows, whoever writes it: another process's commits are seen as well.
final class EmbeddedFeed: ChangeFeed {
    private static let shortestPause: Int64 = 2_000_000
    private static let longestPause: Int64 = 50_000_000
    /// The position is written so often at most, because every time is a transaction of the table.
    private static let acknowledgePause: Int64 = 1_000_000_000

    private let table: StoredTable
    private let peer: String?
    private let context: ConnectorContext
    private let families: [[UInt8]]
    private var sequence: Int64
    /// Nil: never.
    private let end: Int64?
    private var pause = EmbeddedFeed.shortestPause
    private var passed: Int64
    private var acknowledged: Int64
    private var nextAcknowledge: Int64 = 0

    init(
        _ table: StoredTable, peer: String?, after sequence: Int64, end: Int64?, families: [String] = [],
        _ context: ConnectorContext
    ) {
        self.table = table
        self.peer = peer
        self.context = context
        self.sequence = sequence
        self.end = end
        self.families = families.map { Array($0.utf8) }
        passed = sequence
        acknowledged = sequence
    }

    /// Keeps what is to be read.
    func hold() throws(SQLError) {
        if let peer { try table.setEditReader(peer, position: sequence) }
    }

    /// Reading goes by numbers: nothing written later can be missed.
    func prepare() throws(JobError) -> WakeUp? { nil }

    func poll(maxEdits: Int) throws(JobError) -> FeedProgress {
        if let end, sequence >= end { return .finished }
        var batch = EditBatch()
        do throws(SQLError) {
            let region = batch.region(table.name.description)
            let count = try table.readEdits(after: sequence, limit: max(1, maxEdits)) {
                (edit) throws(SQLError) in
                if let end, edit.sequence > end { return }
                sequence = edit.sequence
                try add(edit, region, to: &batch)
            }
            if count == 0 {
                pause = min(pause * 2, Self.longestPause)
                return .wait(.at(nanos: context.clock.monotonicNanos() &+ pause))
            }
        } catch {
            throw JobError(error, domain: .external)
        }
        pause = Self.shortestPause
        if batch.isEmpty {
            if let end, sequence >= end { return .finished }
            return .wait(.at(nanos: context.clock.monotonicNanos()))
        }
        return .edits(batch)
    }

    private func add(_ edit: BorrowedEdit, _ region: Int, to batch: inout EditBatch) throws(SQLError) {
        guard edit.row.count > 0 else {
            throw SQLError(
                .tableStore, "the table \"\(table.name)\" was emptied: its rows went without edits",
                hint: "run the job again with 'scan.startup.mode' = 'initial'")
        }
        var isBegun = false
        let isWhole = edit.forEachCell { cell in
            guard isCaptured(cell.family) else { return }
            if !isBegun {
                isBegun = true
                batch.beginEdit(
                    row: edit.row, region: region, sequence: edit.sequence, writeTime: edit.written)
            }
            batch.addCell(
                cell.type, family: cell.family, qualifier: cell.qualifier, timestamp: cell.timestamp,
                ttl: cell.ttl, value: cell.value)
        }
        guard isWhole else { throw table.damaged(edit.sequence) }
    }

    private func isCaptured(_ family: UnsafeRawBufferPointer) -> Bool {
        families.contains { $0.withUnsafeBytes { compareBytes($0, family) == 0 } }
    }

    // MARK: Positions

    static func bytes(_ sequence: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        HBaseBytes.append(int64: sequence, to: &bytes)
        return bytes
    }

    static func sequence(_ bytes: [UInt8]) -> Int64 {
        max(0, bytes.withUnsafeBytes { HBaseBytes.int64($0) } ?? 0)
    }

    func position() -> [UInt8] { Self.bytes(sequence) }

    func skip(to position: [UInt8]) { sequence = max(sequence, Self.sequence(position)) }

    func acknowledge(_ position: [UInt8]) throws(JobError) {
        passed = max(passed, Self.sequence(position))
        let now = context.clock.monotonicNanos()
        guard now >= nextAcknowledge else { return }
        nextAcknowledge = now &+ Self.acknowledgePause
        do throws(SQLError) {
            try remember()
        } catch {
            throw JobError(error, domain: .external)
        }
    }

    private func remember() throws(SQLError) {
        guard let peer, passed > acknowledged else { return }
        acknowledged = passed
        try table.setEditReader(peer, position: passed)
    }

    var bufferedBytes: Int { 0 }

    /// A position that cannot be written only holds back more than needed.
    func close() { try? remember() }
}
