import SluiceBase
import SluiceConnect
import SluiceHBaseClient
import SluiceLogStore
import SluiceTableStore

/// The edits of a table as a cluster ships them: they come over the network into a spool on disk, whence they are read
/// in order.
final class PeerFeed: ChangeFeed {
    /// How often what was passed on is removed from the spool.
    private static let trimNanos: Int64 = 10_000_000_000
    /// How long it stays there: what is passed on has not reached a sink yet, and a job that is killed wants it again.
    private static let keepNanos: Int64 = 30_000_000_000
    /// So far may the clocks of region servers be behind that of ZooKeeper before edits are missed: images pass over what
    /// they have already.
    private static let clockMillis: Int64 = 5000
    private static let markNanos: Int64 = 1_000_000_000
    private static let farewellMillis: Int64 = 15_000
    /// Nothing heard: how it goes is looked at so often.
    private static let lookNanos: Int64 = 1_000_000_000
    /// A peer that cannot register fails the job after so long.
    private static let registerNanos: Int64 = 30_000_000_000

    private let layout: ChangesLayout
    private let setup: PeerSetup
    private let peer: ReplicationPeer
    private let spool: EditSpool
    private let signal: FeedSignal
    private let context: ConnectorContext
    private let folder: String
    private let cursor: SpoolCursor
    private let families: [[UInt8]]
    private let table: [UInt8]
    /// Edits written before are not wanted, in milliseconds since 1970 by the servers' clock.
    private var oldest = Int64.min
    private var startsNow = false
    private var isRegistered = false
    private var isEnabling = false
    private let openedAt: Int64
    private var acknowledged: Int64
    private var trimmed: Int64
    private var nextTrim: Int64 = 0
    /// How far it had come at times of the last half minute, oldest first.
    private var marks: [(nanos: Int64, offset: Int64)] = []
    private var nextMark: Int64 = 0
    /// Entries of the spool that could not be read, as far as they were told.
    private var toldDamaged = 0
    private var isClosed = false

    init(
        _ layout: ChangesLayout, _ setup: PeerSetup, _ peer: ReplicationPeer, _ spool: EditSpool,
        _ signal: FeedSignal, _ start: FeedStart, folder: String, _ context: ConnectorContext
    ) throws(SQLError) {
        self.layout = layout
        self.setup = setup
        self.peer = peer
        self.spool = spool
        self.signal = signal
        self.folder = folder
        self.context = context
        families = layout.captured.map { Array($0.utf8) }
        table = Array(layout.tableName.clientTable.description.utf8)
        openedAt = context.clock.monotonicNanos()
        do throws(LogError) {
            let bounds = try spool.bounds()
            var from = bounds.lowerBound
            switch start {
            case .earliest: break
            case .latest: startsNow = true
            case .timestamp(let millis): oldest = millis
            case .position(let bytes): from = max(from, Self.offset(bytes))
            }
            // A spool that lost what was not durable ends before the position.
            from = min(from, bounds.upperBound)
            cursor = try spool.cursor(from: from)
            acknowledged = from
            trimmed = from
        } catch {
            peer.close()
            throw error.sqlError
        }
        setup.start()
    }

    // MARK: Beginning

    func prepare() throws(JobError) -> WakeUp? {
        tell()
        if !isRegistered {
            if peer.status.isRegistered {
                isRegistered = true
                setup.registered()
            } else if context.clock.monotonicNanos() - openedAt > Self.registerNanos {
                let reason = peer.status.trouble ?? "ZooKeeper does not answer"
                throw JobError(
                    SQLError(
                        .connectorIO,
                        "the nodes of replication peer \"\(setup.plan.id)\" cannot be made: \(reason)",
                        hint: "'peer.zookeeper.quorum' and 'peer.znode.parent' say where they are to be"),
                    domain: .external, retry: .backoff)
            }
        }
        switch setup.status {
        case .failed(let error): throw error
        case .busy: return .at(nanos: context.clock.monotonicNanos() &+ 20_000_000)
        case .ready:
            if startsNow {
                startsNow = false
                let margin = layout.options.shape == .rows ? Self.clockMillis : 0
                oldest = peer.registeredMillis.map { $0 - margin } ?? oldest
            }
            return nil
        }
    }

    /// Passes on what somebody should know.
    private func tell() {
        let name = layout.table.name
        let removed = setup.takeRemoved()
        if !removed.isEmpty {
            let parent = peer.settings.node.dropLast(setup.plan.id.count)
            peer.removeNodes(of: removed.map { parent + $0 })
        }
        for text in setup.takeNotices() + peer.takeNotes() {
            context.report(.notice(table: name, text: text))
        }
    }

    // MARK: Reading

    func poll(maxEdits: Int) throws(JobError) -> FeedProgress {
        if !isEnabling {
            isEnabling = true
            setup.enable()
        }
        if case .failed(let error) = setup.status { throw error }
        var batch = EditBatch()
        do throws(LogError) {
            while batch.edits.count < maxEdits, batch.byteCount < 4 << 20, let entry = try cursor.next() {
                add(entry, to: &batch)
            }
        } catch {
            throw JobError(error.sqlError, domain: .external)
        }
        tellDamage()
        if !batch.isEmpty { return .edits(batch) }
        tell()
        if let failure = spool.failure {
            throw JobError(
                SQLError(.connectorIO, "edits cannot be kept in \"\(folder)\": \(failure)"),
                domain: .external,
                retry: .backoff)
        }
        return .wait(.at(nanos: context.clock.monotonicNanos() &+ Self.pollNanos))
    }

    private func tellDamage() {
        while toldDamaged < cursor.damaged {
            toldDamaged += 1
            context.report(
                .skippedRow(
                    table: layout.table.name, reason: "an entry that is kept in \"\(folder)\" cannot be read")
            )
        }
    }

    /// The signal ends the wait early where the runtime has one wait for both.
    private static let pollNanos: Int64 = 20_000_000

    private func add(_ entry: WALEntry, to batch: inout EditBatch) {
        guard entry.table == table, entry.writeTimeMillis >= oldest else { return }
        let isWhole: Bool = entry.cells.withUnsafeBytes { raw in
            guard let rows = try? WALRows(raw) else { return false }
            let region = batch.region(String(decoding: entry.region, as: UTF8.self))
            let sequence = Int64(truncatingIfNeeded: entry.sequence)
            var part: Int32 = 0
            for row in 0..<rows.rowCount {
                var isBegun = false
                rows.forEachCell(ofRow: row) { cell in
                    guard let type = SluiceTableStore.CellType(rawValue: cell.type.rawValue),
                        isCaptured(cell.family)
                    else { return }
                    if !isBegun {
                        isBegun = true
                        batch.beginEdit(
                            row: cell.row, region: region, sequence: sequence, part: part,
                            writeTime: entry.writeTimeMillis)
                    }
                    batch.addCell(
                        type, family: cell.family, qualifier: cell.qualifier, timestamp: cell.timestamp,
                        ttl: cell.timeToLiveMillis, value: cell.value)
                }
                part += 1
            }
            for load in rows.bulkLoads {
                add(load, entry, region, part, to: &batch)
                part += 1
            }
            return true
        }
        if !isWhole {
            context.report(
                .skippedRow(
                    table: layout.table.name,
                    reason:
                        "entry \(entry.sequence) of region \(String(decoding: entry.region, as: UTF8.self)) "
                        + "cannot be read"))
        }
    }

    private func add(
        _ load: BulkLoadMarker, _ entry: WALEntry, _ region: Int, _ part: Int32, to batch: inout EditBatch
    ) {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let files = load.files.filter { file in families.contains(file.family) }
        guard !files.isEmpty else { return }
        batch.beginEdit(
            .bulkLoad, row: nothing, region: region, sequence: Int64(truncatingIfNeeded: entry.sequence),
            part: part,
            writeTime: entry.writeTimeMillis)
        for file in files {
            file.family.withUnsafeBytes { family in
                Array(file.path.utf8).withUnsafeBytes { path in
                    batch.addCell(
                        .put, family: family, qualifier: nothing, timestamp: entry.writeTimeMillis,
                        value: path)
                }
            }
        }
    }

    private func isCaptured(_ family: UnsafeRawBufferPointer) -> Bool {
        families.contains { $0.withUnsafeBytes { compareBytes($0, family) == 0 } }
    }

    // MARK: Positions

    private static func bytes(_ offset: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        HBaseBytes.append(int64: offset, to: &bytes)
        return bytes
    }

    private static func offset(_ bytes: [UInt8]) -> Int64 {
        max(0, bytes.withUnsafeBytes { HBaseBytes.int64($0) } ?? 0)
    }

    func position() -> [UInt8] { Self.bytes(cursor.offset) }

    /// A scan of a cluster does not say which edits it has seen: all are delivered.
    func skip(to position: [UInt8]) {}

    func acknowledge(_ position: [UInt8]) throws(JobError) {
        let reached = Self.offset(position)
        if reached > acknowledged {
            acknowledged = reached
            spool.acknowledge(reached)
        }
        let now = context.clock.monotonicNanos()
        if now >= nextMark, acknowledged > (marks.last?.offset ?? trimmed) {
            nextMark = now &+ Self.markNanos
            marks.append((now, acknowledged))
        }
        guard now >= nextTrim else { return }
        nextTrim = now &+ Self.trimNanos
        try trim(now)
    }

    private func trim(_ now: Int64) throws(JobError) {
        let due = marks.prefix { now &- $0.nanos >= Self.keepNanos }
        guard let offset = due.last?.offset else { return }
        marks.removeFirst(due.count)
        do throws(LogError) {
            try spool.trim(offset)
            trimmed = offset
        } catch {
            throw JobError(error.sqlError, domain: .external)
        }
    }

    var bufferedBytes: Int { cursor.heldBytes }

    // MARK: The end

    func close() {
        if isClosed { return }
        isClosed = true
        signal.end()
        let id = setup.plan.id
        if setup.plan.isTemporary {
            let error = setup.mayBeAdded ? setup.remove(waitMillis: Self.farewellMillis) : nil
            peer.close(removesNodes: error == nil)
            if let error {
                note(
                    "the replication peer \"\(id)\" of this job could not be removed (\(error.message)): the cluster "
                        + "keeps logs for it until sluice hbase peer-remove \(id)")
            }
        } else {
            peer.close()
            if setup.isAdded {
                note(
                    "the cluster keeps its logs for the replication peer \"\(id)\" until it is read again; "
                        + "sluice hbase peer-remove \(id) ends that")
            }
        }
        cursor.close()
        try? trim(context.clock.monotonicNanos())
        spool.close()
        setup.close()
        if setup.plan.isTemporary { FolderRemoval.remove(folder, SystemDisk()) }
    }

    private func note(_ text: String) { context.report(.notice(table: layout.table.name, text: text)) }
}
