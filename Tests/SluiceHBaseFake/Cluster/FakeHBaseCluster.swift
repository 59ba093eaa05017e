public import SluiceBase
public import SluiceNet

/// An HBase in memory: ZooKeeper, masters, region servers, `hbase:meta`, tables, and what goes wrong with them. One
/// thread, all time and chance from outside: on a `SimulatedTransport` a seed repeats a run exactly;
/// `FakeHBaseServer` puts the same cluster on sockets.
public final class FakeHBaseCluster {
    /// Where everything listens.
    public struct Layout {
        public var zooKeepers: [Endpoint]
        public var masters: [Endpoint]
        public var regionServers: [Endpoint]

        public init(zooKeepers: [Endpoint], masters: [Endpoint], regionServers: [Endpoint]) {
            self.zooKeepers = zooKeepers
            self.masters = masters
            self.regionServers = regionServers
        }

        /// Names on a simulated network.
        public init(regionServers: Int, zooKeepers: Int = 1) {
            self.zooKeepers = (1...zooKeepers).map { Endpoint(host: "zk\($0)", port: 2181) }
            masters = [Endpoint(host: "master", port: 16000)]
            self.regionServers = (0..<regionServers).map { Endpoint(host: "rs\($0)", port: 16020) }
        }
    }

    public let world: any FakeWorld
    public let layout: Layout
    public var random: RandomSource
    public let faults = FaultScript()
    public let clusterID = "17681965-2d7d-4b34-8493-d4c2c03fcfc5"
    public internal(set) var keepers: [FakeZooKeeper] = []
    public internal(set) var masters: [FakeServer] = []
    public internal(set) var servers: [FakeServer] = []
    public internal(set) var tables: [FakeTableName: FakeTable] = [:]
    public internal(set) var namespaces: Set<String> = ["default", "hbase"]
    /// Which region server has hbase:meta; nil: none just now.
    public internal(set) var metaServer: Int? = 0
    /// Until when hbase:meta is being opened at its server.
    var metaOpensAt: Int64 = 0
    /// Connections that were closed without a word, and why.
    public internal(set) var refusedConnections: [String] = []
    /// How long a call waits before it is run.
    public var serviceNanos: ClosedRange<Int64> = 20_000...300_000
    /// How long a region is nowhere when it moves, splits or merges; then how long it opens.
    public var transitionNanos: ClosedRange<Int64> = 2_000_000...20_000_000
    /// How long meta keeps a split parent.
    public var parentNanos: Int64 = 1_000_000_000
    /// How long the cluster takes to see that a server died and to open its regions elsewhere.
    public var recoveryNanos: Int64 = 2_000_000_000
    /// Answers have some cells inline although the connection has a codec.
    public var inlineProbability = 0.0
    public var leaseNanos: Int64 = 60_000_000_000
    /// Multi: results over this many bytes are refused, action by action.
    public var largestResult = 100 << 20
    /// Which release the servers are of.
    public var version = FakeVersion.v2_6
    /// Regions have so many replicas beside themselves, which `hbase:meta` lists.
    public var replicas = 0
    /// Whether the servers have the gzip codec, and how many blocks came packed with it.
    public var hasCompressor = true
    public internal(set) var packedBlocks = 0
    /// Region moves, splits, merges, server deaths so far.
    public internal(set) var moves = 0
    public internal(set) var splits = 0
    public internal(set) var merges = 0
    public internal(set) var deaths = 0

    /// Hears of every cell that is written, in the order of writing.
    public var onWrite: ((FakeCell) -> Void)?

    public var peers: [String: FakeReplicationPeer] = [:]

    /// Rows of hbase:meta, and of which state of the tables they are.
    var metaRows: (state: [String: Int], rows: [FakeMeta.Row]) = ([:], [])
    var sequence: UInt64 = 1000
    private var lastRegionID: Int64 = 0
    var lastScanner: UInt64 = 0x8000_0000_0000_0000
    var procedures: [UInt64: FakeProcedure] = [:]
    var procedureNonces: [FakeNonce: UInt64] = [:]
    var lastProcedure: UInt64 = 100
    private var lastMillis: Int64 = 0

    public init(world: any FakeWorld, layout: Layout, seed: UInt64) {
        self.world = world
        self.layout = layout
        random = RandomSource(seed: seed)
        keepers = layout.zooKeepers.map { _ in FakeZooKeeper(cluster: self) }
        masters = layout.masters.map {
            FakeServer(index: nil, endpoint: $0, startCode: nextStartCode(), cluster: self)
        }
        servers = layout.regionServers.enumerated().map {
            FakeServer(index: $0.offset, endpoint: $0.element, startCode: nextStartCode(), cluster: self)
        }
    }

    /// A cluster on the simulated network of the transport.
    public convenience init(on transport: SimulatedTransport, regionServers: Int, seed: UInt64) {
        self.init(world: transport, layout: Layout(regionServers: regionServers), seed: seed)
        for (endpoint, listener) in listeners { transport.listen(endpoint, listener) }
    }

    public var listeners: [(Endpoint, any FakeListener)] {
        var all: [(Endpoint, any FakeListener)] = []
        for (endpoint, keeper) in zip(layout.zooKeepers, keepers) { all.append((endpoint, keeper)) }
        for server in masters + servers { all.append((server.endpoint, server)) }
        return all
    }

    // MARK: Time and chance

    /// The servers' clock: milliseconds since 1970.
    public var millis: Int64 { 1_800_000_000_000 + world.now / 1_000_000 }

    func nextSequence() -> UInt64 {
        sequence += 1
        return sequence
    }

    private func nextStartCode() -> Int64 {
        lastMillis = max(millis, lastMillis + 1)
        return lastMillis
    }

    func newStartCode() -> Int64 { nextStartCode() }

    func nextRegionID() -> Int64 {
        lastRegionID = max(millis, lastRegionID + 1)
        return lastRegionID
    }

    func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    func serviceTime() -> Int64 { Int64.random(in: serviceNanos, using: &random) }

    func transitionTime() -> Int64 { Int64.random(in: transitionNanos, using: &random) }

    func fault(for call: FakeCall, service: String, server: FakeServer) -> FaultAction? {
        guard !faults.rules.isEmpty else { return nil }
        var seen = FaultCall(
            service: service, method: call.method, server: server.index, onMeta: false, continuesScan: false)
        if call.method == "Scan", let request = try? FakeMessage("ScanRequest", call.param, known: 11) {
            seen.continuesScan = request.has(3)
            if seen.continuesScan, let id = try? request.uint(3) {
                seen.onMeta = server.scanners[id]?.isMeta ?? false
            } else if let region = try? request.message(1, "RegionSpecifier", known: 2) {
                seen.onMeta = (try? region.bytes(2)) == FakeMeta.regionName
            }
        }
        if call.method == "Multi" {
            let param = call.param
            seen.startKeys = {
                guard let request = try? FakeMessage("MultiRequest", param, known: 3) else { return [] }
                let actions = (try? request.messages(1, "RegionAction", known: 4)) ?? []
                return actions.compactMap { action in
                    guard let region = try? action.message(1, "RegionSpecifier", known: 2) else { return nil }
                    return (try? region.bytes(2)).map { Array(FakeMeta.Key($0).start) }
                }
            }
        }
        return faults.action(on: seen, &random)
    }

    // MARK: Tables

    /// Makes an enabled table with these split keys, its regions spread over the live servers. `regionID`: the number
    /// in their names, a time in milliseconds.
    @discardableResult
    public func createTable(
        _ name: FakeTableName, families: [FakeFamily], splits: [[UInt8]] = [], regionID: Int64? = nil
    ) -> FakeTable {
        let table = FakeTable(name: name, families: families)
        makeRegions(of: table, splits: splits, id: regionID ?? nextRegionID())
        tables[name] = table
        return table
    }

    func makeRegions(of table: FakeTable, splits: [[UInt8]], id: Int64) {
        table.store.nowMillis = { [unowned self] in self.millis }
        let bounds: [[UInt8]] = [[]] + splits + [[]]
        let live = servers.indices.filter { servers[$0].isAlive }
        table.regions = (0...splits.count).map { i in
            let region = FakeRegion(table: table, id: id, start: bounds[i], end: bounds[i + 1])
            if !live.isEmpty { open(region, at: live[i % live.count]) }
            return region
        }
    }

    func open(_ region: FakeRegion, at index: Int) {
        region.state = .open
        region.server = index
        region.listedServer = (index, servers[index].startCode)
        region.openSequence = nextSequence()
        region.inTransition = false
        region.hints[index] = nil
    }

    public func region(named name: [UInt8]) -> FakeRegion? {
        // The table is what stands before the first comma, the start key what stands before the last one.
        let key = FakeMeta.Key(name)
        let table = String(decoding: key.table, as: UTF8.self)
        for candidate in tables.values where candidate.name.full == table {
            if let region = candidate.region(of: Array(key.start)), region.name == name { return region }
            return candidate.parents.first { $0.name == name }
        }
        return nil
    }

    func region(encoded: String) -> FakeRegion? {
        for table in tables.values {
            if let region = table.regions.first(where: { $0.encodedName == encoded }) { return region }
        }
        return nil
    }

    public var allRegions: [FakeRegion] { tables.values.flatMap { $0.regions } }

    /// The visible cells of a row as the newest reader sees them.
    public func cells(of row: [UInt8], in table: FakeTable, versions: Int = 1) -> [FakeCell] {
        var selection = FakeSelection()
        selection.maxVersions = versions
        return table.store.read(row, selection) { table.family($0)?.versions ?? 1 }
    }

    /// Every row that has a visible cell, in order.
    public func rows(of table: FakeTable) -> [(row: [UInt8], cells: [FakeCell])] {
        table.store.allRows().compactMap { row in
            let found = cells(of: row, in: table)
            return found.isEmpty ? nil : (row, found)
        }
    }

    /// Writes a cell past all servers.
    public func put(_ cell: FakeCell, into table: FakeTable) {
        var cell = cell
        cell.sequence = nextSequence()
        if cell.timestamp == FakeCell.latest { cell.timestamp = millis }
        onWrite?(cell)
        table.store.insert(cell, versions: table.family(cell.family)?.versions ?? 1)
    }
}
