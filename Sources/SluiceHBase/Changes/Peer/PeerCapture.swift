import SluiceBase
import SluiceConnect
import SluiceHBaseClient
import SluiceNet
import SluiceTableStore

/// The edits of a table of a cluster, which ships them to this process as to a replication peer: nothing is installed
/// on its servers (C1).
struct PeerCapture: ChangeCapture {
    let layout: ChangesLayout
    let cluster: ClusterOptions
    let clusters: ClusterPool
    let options: PeerOptions
    /// Where spools are, by peer.
    let folder: String

    init(
        _ layout: ChangesLayout, _ cluster: ClusterOptions, _ clusters: ClusterPool, folder: String
    ) throws(SQLError) {
        self.layout = layout
        self.cluster = cluster
        self.clusters = clusters
        self.folder = folder
        options = try PeerOptions(layout.table.options)
        if options.quorum == nil, case .servers = cluster.registry {
            throw SQLError(
                .connectorOption,
                "table \"\(layout.table.name)\" names its cluster by 'hbase.bootstrap.servers': where the nodes of a "
                    + "replication peer belong is not known", hint: "give 'peer.zookeeper.quorum' as well")
        }
        switch layout.options.startup {
        case .initial, .latest: break
        case .earliest where layout.options.shape == .edits: break
        case .timestamp where layout.options.shape == .edits && !layout.options.isBounded: break
        case .earliest, .timestamp:
            throw SQLError(
                .unsupported,
                "table \"\(layout.table.name)\": a cluster ships the edits of its newest logs, older rows would not be "
                    + "known", hint: "'scan.startup.mode' = 'initial', or 'changelog.mode' = 'edits'")
        }
        if layout.options.isBounded, layout.options.startup == .earliest {
            throw SQLError(
                .unsupported,
                "table \"\(layout.table.name)\": how far a cluster's logs go is not known, so that "
                    + "'scan.bounded.mode' = 'latest' has no end", hint: "'scan.startup.mode' = 'initial'")
        }
    }

    /// Beside the tables of the embedded store.
    static func folder(of store: TableStore) -> String {
        let parts = store.folder.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return parts.joined(separator: "/") + "/changes"
    }

    var description: String {
        let name = options.id.map { "replication peer \"\($0)\"" } ?? "a replication peer of this job"
        return "\(name) of \"\(layout.tableName)\" at \(cluster.description)"
    }

    private var quorum: [Endpoint] {
        if let quorum = options.quorum { return quorum }
        if case .zooKeeper(let quorum, _) = cluster.registry { return quorum }
        return []
    }

    func open(
        _ start: FeedStart, isBounded: Bool, _ context: ConnectorContext
    ) throws(JobError) -> any ChangeFeed {
        if isBounded { return EndedFeed() }
        let table = try ClusterTable(layout.rows.options, cluster, clusters)
        // What is wrong for good is told within seconds.
        try Preflight(table, layout.rows.schema, for: .reading).check()
        let startMillis = context.clock.nowMicros() / 1000
        var random = SystemRandomNumberGenerator()
        let seed = random.next()
        let id = options.id ?? "sluice_\(String(startMillis, radix: 36))_\(String(seed >> 40, radix: 36))"
        if options.id == nil, case .position = start {
            throw JobError(
                SQLError(
                    .connectorOption,
                    "table \"\(layout.table.name)\" cannot go on where it was: it has no 'peer-id'"),
                domain: .user)
        }
        let signal = FeedSignal(context.waker)
        do throws(SQLError) {
            let disk = SystemDisk()
            let spool = try EditSpool(
                folder: spoolFolder(id), limit: options.spoolBytes,
                isSerial: options.isSerial, disk: disk, clock: context.clock
            ) { signal.wake() }
            do throws(SQLError) {
                if options.id == nil {
                    try PeerLeftovers.mark(spoolFolder(id), cluster: cluster.description, disk)
                }
                return try feed(table, id, spool, signal, start, UInt64(startMillis), seed, context)
            } catch {
                spool.close()
                throw error
            }
        } catch {
            throw JobError(error, domain: .external)
        }
    }

    private var spools: String { options.spoolFolder ?? folder }

    /// Spools that go with their jobs; no `peer-id` has a "-".
    private var spoolsOfJobs: String { spools + "/of-jobs" }

    private func spoolFolder(_ id: String) -> String {
        (options.id == nil ? spoolsOfJobs : spools) + "/" + id
    }

    private func feed(
        _ table: ClusterTable, _ id: String, _ spool: EditSpool, _ signal: FeedSignal, _ start: FeedStart,
        _ startMillis: UInt64, _ seed: UInt64, _ context: ConnectorContext
    ) throws(SQLError) -> PeerFeed {
        var settings = ReplicationPeer.Settings(
            quorum: quorum, node: "\(options.parent)/\(id)", advertisedHost: options.host)
        settings.listen = options.listen
        settings.advertisedPort = options.port
        settings.zooKeeperTLS = cluster.zooKeeperTLS
        settings.zooKeeperPrincipal = cluster.settings.zooKeeperPrincipal
        var config = ReplicationPeerConfig(
            clusterKey: settings.clusterKey,
            tables: [
                .init(table: table.name, families: layout.captured.map { Array($0.utf8) })
            ])
        config.isSerial = options.isSerial
        let plan = PeerSetup.Plan(
            id: id, table: table.name, families: layout.captured, config: config,
            setsScope: options.setsScope, isTemporary: options.id == nil)
        let leftovers = PeerLeftovers(in: spoolsOfJobs, cluster: cluster.description, SystemDisk())
        let setup = PeerSetup(plan, table, leftovers: leftovers, seed: seed) { signal.wake() }
        let peer: ReplicationPeer
        do throws(NetworkError) {
            peer = try ReplicationPeer(
                settings, startCode: startMillis, seed: seed, sink: spool,
                authenticator: HBaseClient.authenticator(cluster.settings)
            ) { signal.wake() }
        } catch {
            throw SQLError(.connectorIO, error.message, hint: "'peer.listen' says where to listen")
        }
        return try PeerFeed(layout, setup, peer, spool, signal, start, folder: spoolFolder(id), context)
    }
}

/// Wakes the reader of a feed, as long as there is one.
final class FeedSignal: Sendable {
    private let waker: Lock<(any Waker)?>

    init(_ waker: any Waker) { self.waker = Lock(waker) }

    func wake() { waker.withLock { $0 }?.wake() }

    func end() { waker.withLock { $0 = nil } }
}

/// The feed of a bounded input: whatever is there when it begins is in the rows that are read, and nothing else.
final class EndedFeed: ChangeFeed {
    func prepare() throws(JobError) -> WakeUp? { nil }
    func poll(maxEdits: Int) throws(JobError) -> FeedProgress { .finished }
    func position() -> [UInt8] { [] }
    func skip(to position: [UInt8]) {}
    func acknowledge(_ position: [UInt8]) throws(JobError) {}
    var bufferedBytes: Int { 0 }
    func close() {}
}
