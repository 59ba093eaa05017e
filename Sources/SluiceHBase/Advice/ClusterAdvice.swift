/// One thing about a cluster that could be better, and what to do about it.
public struct ClusterAdvice: Sendable, Hashable {
    public enum Topic: String, Sendable {
        case storeFiles = "store files"
        case largeRegion = "large region"
        case smallRegions = "small regions"
        case hotRegion = "hot region"
        case memstore = "memstore"
        case locality = "locality"
        case manyRegions = "many regions"
        case balance = "balance"
        case heap = "heap"
    }

    public var topic: Topic
    /// A table, region or server.
    public var subject: String
    public var finding: String
    public var advice: String

    public init(_ topic: Topic, _ subject: String, _ finding: String, _ advice: String) {
        self.topic = topic
        self.subject = subject
        self.finding = finding
        self.advice = advice
    }
}

/// A region server's load, as it last told the master.
public struct HBaseServerInfo: Sendable {
    public var name: String
    public var regions: Int
    public var usedHeapMegabytes: Int64
    public var maxHeapMegabytes: Int64

    public init(name: String, regions: Int, usedHeapMegabytes: Int64, maxHeapMegabytes: Int64) {
        self.name = name
        self.regions = regions
        self.usedHeapMegabytes = usedHeapMegabytes
        self.maxHeapMegabytes = maxHeapMegabytes
    }
}

/// Looks at the loads of regions and servers for what slows HBase down. Changes nothing.
public struct ClusterAdvisor {
    /// A store with more files than this is read slowly; HBase itself stops writes at sixteen.
    static let manyFiles = 8.0
    /// Megabytes: twice HBase's default size for a split.
    static let largeRegion: Int64 = 20 << 10
    /// Megabytes: below this on average, and with so many of them, regions cost more than they give.
    static let smallRegion: Int64 = 128
    static let manySmallRegions = 16
    /// Megabytes: twice HBase's default size for a flush.
    static let largeMemstore: Int64 = 256
    static let mostRegionsPerServer = 250
    static let poorLocality = 0.7
    static let fullHeap = 0.9
    /// A region with this much of its table's requests, and three times its part, is hot.
    static let hotShare = 0.34
    static let fewestRequests: Int64 = 10_000

    private let regions: [HBaseRegionInfo]
    private let servers: [HBaseServerInfo]

    public init(regions: [HBaseRegionInfo], servers: [HBaseServerInfo]) {
        self.regions = regions
        self.servers = servers
    }

    /// What was found, the regions' part first.
    public func advise() -> [ClusterAdvice] {
        var found: [ClusterAdvice] = []
        for region in regions { found += advise(region) }
        var tables: [String] = []
        for region in regions where !tables.contains(region.table) { tables.append(region.table) }
        for table in tables { found += advise(table, regions.filter { $0.table == table }) }
        return found + adviseServers()
    }

    private func advise(_ region: HBaseRegionInfo) -> [ClusterAdvice] {
        var found: [ClusterAdvice] = []
        if let files = region.storeFiles, let stores = region.stores, stores > 0,
            Double(files) / Double(stores) > Self.manyFiles
        {
            found.append(
                ClusterAdvice(
                    .storeFiles, region.name,
                    "\(files) store files in \(stores) \(stores == 1 ? "store" : "stores"): a read looks into each",
                    "compact the table (sluice hbase compact \(region.table)); if they come back, writes are "
                        + "flushed in small pieces: raise hbase.hregion.memstore.flush.size or spread the keys"
                ))
        }
        if let size = region.storeMegabytes, size > Self.largeRegion {
            found.append(
                ClusterAdvice(
                    .largeRegion, region.name, "\(size) MB in one region: compactions are long, moves slow",
                    "split it, and look at hbase.hregion.max.filesize, which should have split it"))
        }
        if let size = region.memstoreMegabytes, size > Self.largeMemstore {
            found.append(
                ClusterAdvice(
                    .memstore, region.name, "\(size) MB in memory that are not flushed",
                    "flush the region; look at the server's log for flushes that fail or wait for compactions"
                ))
        }
        return found
    }

    private func advise(_ table: String, _ regions: [HBaseRegionInfo]) -> [ClusterAdvice] {
        var found: [ClusterAdvice] = []
        let sizes = regions.compactMap(\.storeMegabytes)
        if regions.count >= Self.manySmallRegions, sizes.count == regions.count {
            let average = sizes.reduce(0, +) / Int64(regions.count)
            if average < Self.smallRegion {
                found.append(
                    ClusterAdvice(
                        .smallRegions, table, "\(regions.count) regions of \(average) MB on average",
                        "merge neighbours (merge_region in HBase's shell), or switch the region normalizer on"
                    ))
            }
        }
        found += hot(regions)
        let local = regions.filter { ($0.storeMegabytes ?? 0) > 0 && $0.locality != nil }
        let localities = local.compactMap(\.locality)
        if !localities.isEmpty, localities.contains(where: { $0 > 0 }) {
            let average = localities.reduce(0, +) / Double(localities.count)
            if average < Self.poorLocality {
                found.append(
                    ClusterAdvice(
                        .locality, table,
                        "only \(Int(average * 100)) % of its bytes are on the servers that serve it",
                        "a major compaction writes them anew where they are served: sluice hbase compact \(table)"
                    ))
            }
        }
        return found
    }

    private func hot(_ regions: [HBaseRegionInfo]) -> [ClusterAdvice] {
        func requests(_ region: HBaseRegionInfo) -> Int64 {
            (region.readRequests ?? 0) &+ (region.writeRequests ?? 0)
        }
        let all = regions.reduce(Int64(0)) { $0 &+ requests($1) }
        guard all >= Self.fewestRequests, regions.count > 1 else { return [] }
        var found: [ClusterAdvice] = []
        for region in regions {
            let share = Double(requests(region)) / Double(all)
            guard share > Self.hotShare, share >= min(3 / Double(regions.count), 0.8) else { continue }
            let start = region.startKey.isEmpty ? "the first key" : "\"\(region.startText)\""
            found.append(
                ClusterAdvice(
                    .hotRegion, region.name,
                    "\(Int(share * 100)) % of the table's requests go to this one of \(regions.count) regions, "
                        + "from \(start) on",
                    "sluice advise rowkey --table \(region.table) tells whether the keys are sequential; "
                        + "'row-key.salt-buckets' spreads them, a split helps when several keys are hot"))
        }
        return found
    }

    private func adviseServers() -> [ClusterAdvice] {
        var found: [ClusterAdvice] = []
        for server in servers {
            if server.regions > Self.mostRegionsPerServer {
                found.append(
                    ClusterAdvice(
                        .manyRegions, server.name, "\(server.regions) regions on one server",
                        "merge small regions or add servers: each region has memory stores of its own, which are "
                            + "flushed early and small when memory is short"))
            }
            let share = Double(server.usedHeapMegabytes) / Double(max(server.maxHeapMegabytes, 1))
            if server.maxHeapMegabytes > 0, share > Self.fullHeap {
                found.append(
                    ClusterAdvice(
                        .heap, server.name,
                        "\(server.usedHeapMegabytes) of \(server.maxHeapMegabytes) MB of the heap are in use",
                        "give the server more memory, or fewer regions; long pauses look like a lost server"))
            }
        }
        let counts = servers.map(\.regions)
        if let most = counts.max(), let fewest = counts.min(), most > 10, most > 2 * max(fewest, 1) {
            let server = servers.first { $0.regions == most }?.name ?? ""
            found.append(
                ClusterAdvice(
                    .balance, server, "\(most) regions here, \(fewest) on another server",
                    "run the balancer (balancer in HBase's shell), and see that it is switched on"))
        }
        return found
    }
}
