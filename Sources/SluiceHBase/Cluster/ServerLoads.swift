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
    }

    /// By the region's full name.
    private(set) var regions: [[UInt8]: Region] = [:]
    /// Milliseconds of the servers' clocks at their last reports, by host and port.
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
        while let field = try? reader.next() {
            if field == 5, let region = try? reader.bytes() {
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
        }
        return info
    }
}
