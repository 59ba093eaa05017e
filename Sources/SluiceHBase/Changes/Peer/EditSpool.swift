import SluiceBase
import SluiceHBaseClient
import SluiceLogStore
import SluiceNet

/// Where edits that region servers ship wait until they are passed on: a log on disk. A shipment is acknowledged when
/// the log is durable (C5); what comes twice is sorted out before (C7). While more than `limit` bytes wait nothing more
/// is taken: answers are held back, and the servers keep their logs.
///
/// Shipments are taken from the loop's thread, written by a thread of its own (many with one sync), and read by the
/// feed's.
final class EditSpool: ReplicationSink {
    private struct Shipment: Sendable {
        var entries: [WALEntry]
        var bytes: Int
        var done: @Sendable (ShipmentVerdict) -> Void
    }

    private struct State {
        var window: ShipmentWindow
        var waiting: [Shipment] = []
        var isWorking = false
        var isClosed = false
        /// Nothing is kept any more; why.
        var failure: String?
        /// What was appended and not yet acknowledged: up to which offset, and how many bytes.
        var parts: [(end: Int64, bytes: Int)] = []
        var acknowledged: Int64 = 0
        var keptBytes = 0
        var repeated = 0
        var isFull = false

        /// Room for more. The reader may be faster than the sync after which a part is added.
        mutating func releaseAcknowledged() {
            var passed = 0
            while passed < parts.count, parts[passed].end <= acknowledged {
                keptBytes -= parts[passed].bytes
                passed += 1
            }
            parts.removeFirst(passed)
        }
    }

    /// Records written in one go; entries larger than a record are cut.
    private static let groupBytes = 16 << 20
    private static let batchBytes = 4 << 20

    let limit: Int
    private let pieceBytes: Int
    private let partition: LogPartition
    private let worker = BlockingWorker()
    private let state: Lock<State>
    private let lock: Lock<(any DiskLock)?>
    private let changed: @Sendable () -> Void

    /// Opens the folder, makes it if need be, and reads what is in it.
    ///
    /// - Parameter changed: called when there is more to read, on the spool's thread.
    /// Errors: somebody else has it; it cannot be read or written.
    init(
        folder: String, limit: Int, isSerial: Bool, disk: any Disk, clock: any Clock,
        pieceBytes: Int = SpoolRecord.pieceBytes, changed: @escaping @Sendable () -> Void
    ) throws(SQLError) {
        self.limit = limit
        self.pieceBytes = max(1, pieceBytes)
        self.changed = changed
        do throws(DiskError) {
            try disk.makeDurableDirectory(folder)
            let file = try disk.lockFile(folder + "/in-use")
            let isOurs = try file.acquire(waits: false)
            lock = Lock(file)
            guard isOurs else { throw DiskError("lock", folder, code: 11) }
        } catch {
            if error.operation == "lock", error.code == 11 {
                throw SQLError(
                    .connectorIO, "another job receives the edits that are kept in \"\(folder)\"",
                    hint: "give each of them a 'peer-id' of its own")
            }
            throw SQLError(.connectorIO, error.description)
        }
        partition = LogPartition(
            disk: disk, path: folder + "/log", settings: LogSettings(segmentBytes: 32 << 20), clock: clock)
        state = Lock(State(window: ShipmentWindow(isSerial: isSerial, width: 1024)))
        do throws(LogError) { try restore() } catch { throw error.sqlError }
    }

    /// Learns from what is there which entries have come already.
    private func restore() throws(LogError) {
        let bounds = try partition.bounds()
        let cursor = SpoolCursor(try partition.reader(from: bounds.lowerBound), from: bounds.lowerBound)
        var window = state.withLock { $0.window }
        var parts: [(end: Int64, bytes: Int)] = []
        var bytes = 0
        while let found = try cursor.next({ states in _ = try? window.restore(states) }) {
            _ = window.insert(found.region, found.sequence)
            parts.append((cursor.offset, found.byteCount))
            bytes += found.byteCount
        }
        state.withLock { [window, parts] state in
            state.window = window
            state.parts = parts
            state.keptBytes = bytes
        }
    }

    // MARK: Taking

    func keep(_ entries: [WALEntry], _ done: @escaping @Sendable (ShipmentVerdict) -> Void) {
        var bytes = 0
        for entry in entries { bytes += entry.byteCount }
        let shipment = Shipment(entries: entries, bytes: bytes, done: done)
        let failure: String? = state.withLock { state in
            if state.failure == nil { state.waiting.append(shipment) }
            return state.failure
        }
        if let failure { return done(.failed(failure)) }
        work()
    }

    /// Has the writer look for work, unless it does.
    private func work() {
        let starts = state.withLock { state -> Bool in
            guard !state.isWorking, !state.waiting.isEmpty, !state.isClosed else { return false }
            if state.keptBytes >= limit {
                state.isFull = true
                return false
            }
            state.isFull = false
            state.isWorking = true
            return true
        }
        guard starts else { return }
        do throws(NetworkError) {
            try worker.submit { [self] in write() }
        } catch {
            fail(error.message, [])
        }
    }

    /// On the writer's thread.
    private func write() {
        while true {
            let (group, window) = state.withLock { state -> ([Shipment], ShipmentWindow) in
                var group: [Shipment] = []
                var bytes = 0
                if !state.isClosed {
                    while let next = state.waiting.first, bytes < Self.groupBytes,
                        state.keptBytes + bytes < limit
                    {
                        bytes += next.bytes
                        group.append(next)
                        state.waiting.removeFirst()
                    }
                }
                if group.isEmpty { state.isWorking = false }
                return (group, state.window)
            }
            if group.isEmpty {
                // What came in between, or was held back for want of room.
                work()
                return
            }
            do throws(LogError) {
                try write(group, window)
            } catch {
                return fail(error.sqlError.message, group)
            }
        }
    }

    private func write(_ group: [Shipment], _ known: ShipmentWindow) throws(LogError) {
        var window = known
        var repeated = 0
        var parts: [(end: Int64, bytes: Int)] = []
        let builder = LogBatchBuilder()
        var unfinished = 0
        func flush() throws(LogError) {
            guard !builder.isEmpty, let offsets = try partition.append(builder) else { return }
            builder.removeAll()
            parts.append((offsets.upperBound, unfinished))
            unfinished = 0
        }
        for shipment in group {
            for entry in shipment.entries {
                guard window.insert(entry.region, entry.sequence) else {
                    repeated += 1
                    continue
                }
                try SpoolRecord.append(entry, cutAt: pieceBytes, to: builder, flush)
                unfinished += entry.byteCount
                if builder.byteCount >= Self.batchBytes { try flush() }
            }
        }
        try flush()
        if !parts.isEmpty { try partition.sync() }
        state.withLock { [window, parts] state in
            state.window = window
            state.parts += parts
            for part in parts { state.keptBytes += part.bytes }
            state.releaseAcknowledged()
            state.repeated += repeated
        }
        for shipment in group { shipment.done(.kept) }
        if !parts.isEmpty { changed() }
    }

    private func fail(_ reason: String, _ group: [Shipment]) {
        let all = state.withLock { state -> [Shipment] in
            state.failure = reason
            state.isWorking = false
            let all = group + state.waiting
            state.waiting = []
            return all
        }
        for shipment in all { shipment.done(.failed(reason)) }
        changed()
    }

    // MARK: Looking

    /// Why nothing is kept any more; nil: all is well.
    var failure: String? { state.withLock { $0.failure } }
    /// Entries that came again.
    var repeatedCount: Int { state.withLock { $0.repeated } }
    var keptBytes: Int { state.withLock { $0.keptBytes } }
    /// Answers are held back until something is acknowledged.
    var isFull: Bool { state.withLock { $0.isFull } }

    func bounds() throws(LogError) -> Range<Int64> { try partition.bounds() }

    func cursor(from offset: Int64) throws(LogError) -> SpoolCursor {
        SpoolCursor(try partition.reader(from: offset), from: offset)
    }

    // MARK: Forgetting

    /// What lies below the offset has been passed on: room for more.
    func acknowledge(_ offset: Int64) {
        state.withLock { state in
            state.acknowledged = max(state.acknowledged, offset)
            state.releaseAcknowledged()
        }
        work()
    }

    /// Removes what lies below the offset, after it has written down which entries were there.
    func trim(_ offset: Int64) throws(LogError) {
        let states = state.withLock { $0.window }.states
        let builder = LogBatchBuilder()
        for state in states {
            try SpoolRecord.append(state: state, to: builder)
            if builder.byteCount >= Self.batchBytes {
                _ = try partition.append(builder)
                builder.removeAll()
            }
        }
        if !builder.isEmpty { _ = try partition.append(builder) }
        try partition.sync()
        try partition.trim(below: offset)
    }

    /// Takes nothing more; what waits is not answered.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.waiting = []
        }
        // The writer may be in the middle of a group.
        for _ in 0..<500 {
            if !(state.withLock { $0.isWorking }) { break }
            SpoolPause.tenMilliseconds()
        }
        partition.close()
        lock.withLock { lock in
            lock?.close()
            lock = nil
        }
    }
}
