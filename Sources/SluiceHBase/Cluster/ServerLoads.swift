import SluiceHBaseClient
import SluiceTableStore

/// What region servers tell the master every few seconds (`ClusterStatus.live_servers` of ClusterStatus.proto): load
/// of each region, and the server's own time of the report.
struct ServerLoads {
    struct Region {
        var storeMegabytes: Int64 = 0
        var memstoreMegabytes: Int64 = 0
        var reads: Int64 = 0
        var writes: Int64 = 0
        var stores: Int64 = 0
        var storeFiles: Int64 = 0
        /// 0 to 1: the share of its bytes that are on its server; nil: not told.
        var locality: Double?
    }

    /// By the region's full name.
    private(set) var regions: [[UInt8]: Region] = [:]
    /// Milliseconds of the servers' clocks at their last reports, by host and port.
    private(set) var servers: [HBaseServerInfo] = []
    private(set) var reportTimes: [String: Int64] = [:]

    init() {}

    init(_ reply: HBaseReply) {
        // Fields that cannot be read are left out: this is for looking only.
        reply.frame.withMessage { message in
            var reader = ProtobufReader(message)
            while let field = try? reader.next() {
                guard field == 1, let status = try? reader.bytes() else {
                    try? reader.skip()
                    continue
                }
                readStatus(status)
            }
        }
    }

    private mutating func readStatus(_ bytes: UnsafeRawBufferPointer) {
        var reader = ProtobufReader(bytes)
        while let field = try? reader.next() {
            if field == 2, let server = try? reader.bytes() {
                readServer(server)
            } else {
                try? reader.skip()
            }
        }
    }

    private mutating func readServer(_ bytes: UnsafeRawBufferPointer) {
        var reader = ProtobufReader(bytes)
        var name = ""
        while let field = try? reader.next() {
            if field == 1, let server = try? reader.message(ServerName.self) {
                name = "\(server.host):\(server.port)"
            } else if field == 2, let load = try? reader.bytes() {
                readLoad(load, name)
            } else {
                try? reader.skip()
            }
        }
    }

    private mutating func readLoad(_ bytes: UnsafeRawBufferPointer, _ server: String) {
        var reader = ProtobufReader(bytes)
        var own = HBaseServerInfo(name: server, regions: 0, usedHeapMegabytes: 0, maxHeapMegabytes: 0)
        defer { servers.append(own) }
        while let field = try? reader.next() {
            if field == 3, let used = try? reader.uint64() {
                own.usedHeapMegabytes = Int64(clamping: used)
            } else if field == 4, let most = try? reader.uint64() {
                own.maxHeapMegabytes = Int64(clamping: most)
            } else if field == 5, let region = try? reader.bytes() {
                own.regions += 1
                readRegion(region)
            } else if field == 8, let time = try? reader.uint64() {
                reportTimes[server] = Int64(clamping: time)
            } else {
                try? reader.skip()
            }
        }
    }

    private mutating func readRegion(_ bytes: UnsafeRawBufferPointer) {
        var reader = ProtobufReader(bytes)
        var name: [UInt8] = []
        var region = Region()
        while let field = try? reader.next() {
            switch field {
            case 1: name = (try? reader.bytes()).flatMap { Self.specifier($0) } ?? name
            case 2: region.stores = Int64(clamping: (try? reader.uint64()) ?? 0)
            case 3: region.storeFiles = Int64(clamping: (try? reader.uint64()) ?? 0)
            case 16: region.locality = (try? reader.float()).map { Double($0) }
            case 5: region.storeMegabytes = Int64(clamping: (try? reader.uint64()) ?? 0)
            case 6: region.memstoreMegabytes = Int64(clamping: (try? reader.uint64()) ?? 0)
            case 8: region.reads = Int64(clamping: (try? reader.uint64()) ?? 0)
            case 9: region.writes = Int64(clamping: (try? reader.uint64()) ?? 0)
            default: try? reader.skip()
            }
        }
        if !name.isEmpty { regions[name] = region }
    }

    /// `RegionSpecifier.value`.
    private static func specifier(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var reader = ProtobufReader(bytes)
        while let field = try? reader.next() {
            if field == 2 { return try? reader.array() }
            try? reader.skip()
        }
        return nil
    }

    func describe(_ location: RegionLocation) -> HBaseRegionInfo {
        var info = HBaseRegionInfo(
            table: location.region.table.description, name: location.nameText,
            startKey: location.region.startKey, endKey: location.region.endKey,
            server: "\(location.server.host):\(location.server.port)", state: "OPEN")
        if let load = regions[location.name] {
            info.storeMegabytes = load.storeMegabytes
            info.memstoreMegabytes = load.memstoreMegabytes
            info.readRequests = load.reads
            info.writeRequests = load.writes
            info.stores = load.stores
            info.storeFiles = load.storeFiles
            info.locality = load.locality
        }
        return info
    }
}
