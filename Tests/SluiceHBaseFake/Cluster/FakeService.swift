import SluiceNet

/// Answers one call at one server; throws `FakeException` as the server does.
struct FakeService {
    let server: FakeServer
    let peer: FakeRPCPeer
    let call: FakeCall

    var cluster: FakeHBaseCluster { server.cluster }

    func answer(service: String) throws -> FakeAnswer {
        switch (service, call.method) {
        case ("ClientService", "Get"): return try get()
        case ("ClientService", "Mutate"): return try mutate()
        case ("ClientService", "Multi"): return try multi()
        case ("ClientService", "Scan"): return try scan()
        case ("ClientMetaService", _): return try registry()
        case ("MasterService", _): return try FakeMaster(server: server, call: call).answer()
        case ("AdminService", _): return try admin()
        default: throw unknownMethod()
        }
    }

    func unknownMethod() -> FakeException {
        .doNotRetryIO("java.lang.UnsupportedOperationException: \(call.method)")
    }

    // MARK: Regions

    static func specifiedName(_ message: FakeMessage) throws -> (encoded: Bool, name: [UInt8]) {
        let type = try message.requiredUInt(1)
        return (type == 2, try message.requiredBytes(2))
    }

    /// The open region that a specifier names; throws what a server says that does not have it.
    func region(_ specifier: FakeMessage) throws -> FakeRegion {
        let (encoded, name) = try Self.specifiedName(specifier)
        let printed = String(decoding: name, as: UTF8.self)
        guard !encoded, let region = cluster.region(named: name) else {
            throw notServing(printed)
        }
        guard region.server == server.index, region.state != .split, region.state != .closed else {
            if let index = server.index, let target = region.hints[index] {
                let there = cluster.servers[target]
                var moved = FakeException(
                    "exceptions.RegionMovedException",
                    "Region moved to: hostname=\(there.endpoint.host) port=\(there.endpoint.port) "
                        + "startCode=\(there.startCode). As of locationSeqNum=\(region.openSequence).")
                moved.host = there.endpoint.host
                moved.port = there.endpoint.port
                throw moved
            }
            throw notServing(printed)
        }
        guard region.state == .open else {
            throw FakeException(
                "exceptions.RegionOpeningException", "Region \(printed) is opening on \(server.serverName)")
        }
        return region
    }

    private func notServing(_ region: String) -> FakeException {
        FakeException("NotServingRegionException", "\(region) is not online on \(server.serverName)")
    }

    func check(_ row: [UInt8], in region: FakeRegion) throws {
        guard !row.isEmpty else { throw FakeException(fullName: "java.io.IOException", "Row length is 0") }
        guard region.contains(row) else {
            throw FakeException(
                "regionserver.WrongRegionException",
                "Requested row out of range for row lock on HRegion \(region.printedName)")
        }
    }

    func check(family: [UInt8], of table: FakeTable) throws {
        guard table.family(family) != nil else {
            throw FakeException(
                "regionserver.NoSuchColumnFamilyException",
                "Column family \(String(decoding: family, as: UTF8.self)) does not exist in region",
                doNotRetry: true)
        }
    }

    // MARK: Get

    func get() throws -> FakeAnswer {
        let request = try FakeMessage("GetRequest", call.param, known: 2)
        let specifier = try request.requiredMessage(1, "RegionSpecifier", known: 2)
        let get = try FakeGet(try request.requiredMessage(2, "Get", known: 15))
        let region = try region(specifier)
        var answer = FakeAnswer()
        let result = try read(get, in: region)
        answer.message.message(1, encode(result, exists: get.existenceOnly, &answer.block))
        return answer
    }

    func read(_ get: FakeGet, in region: FakeRegion) throws -> [FakeCell] {
        try check(get.row, in: region)
        for column in get.selection.columns { try check(family: column.family, of: region.table) }
        let table = region.table
        let cells = table.store.read(get.row, get.selection) { table.family($0)?.versions ?? 1 }
        guard let filter = get.filter, !cells.isEmpty else { return cells }
        return filter.apply(cells) ?? []
    }

    /// The message Result; its cells go into the block when the connection has a codec.
    func encode(
        _ cells: [FakeCell], exists: Bool = false, inline: Bool = false, _ block: inout [UInt8]
    ) -> FakeWriter {
        var result = FakeWriter()
        if exists {
            result.int(2, 0)
            result.bool(3, !cells.isEmpty)
        } else if peer.usesCellBlocks, !inline, !cluster.chance(cluster.inlineProbability) {
            for cell in cells { cell.encode(&block) }
            result.int(2, cells.count)
            if !cells.isEmpty { result.bool(4, false) }
        } else {
            for cell in cells { result.message(1, cell.message()) }
            if !cells.isEmpty {
                result.bool(4, false)
                result.bool(5, false)
            }
        }
        return result
    }

    // MARK: Registry

    private func registry() throws -> FakeAnswer {
        _ = try FakeMessage(call.method, call.param, known: 0)
        var answer = FakeAnswer()
        switch call.method {
        case "GetClusterId": answer.message.string(1, cluster.clusterID)
        case "GetActiveMaster":
            if let master = cluster.activeMaster { answer.message.message(1, master.serverNameMessage()) }
        case "GetMasters":
            for master in cluster.masters where master.isAlive {
                answer.message.message(1) {
                    $0.message(1, master.serverNameMessage())
                    $0.bool(2, master === cluster.activeMaster)
                }
            }
        case "GetMetaRegionLocations":
            guard let index = cluster.metaServer else { break }
            answer.message.message(1) {
                $0.message(1, FakeMeta.info())
                $0.message(2, cluster.servers[index].serverNameMessage())
                $0.int(3, -1)
            }
        case "GetBootstrapNodes" where cluster.version >= .v2_5:
            for server in cluster.servers where server.isAlive {
                answer.message.message(1, server.serverNameMessage())
            }
        default: throw unknownMethod()
        }
        return answer
    }

    // MARK: Administration of one server

    private func admin() throws -> FakeAnswer {
        var answer = FakeAnswer()
        switch call.method {
        case "GetOnlineRegion":
            for region in cluster.allRegions where region.server == server.index && region.state == .open {
                answer.message.message(1, region.info())
            }
        case "GetRegionInfo":
            let request = try FakeMessage("GetRegionInfoRequest", call.param, known: 3)
            let region = try region(try request.requiredMessage(1, "RegionSpecifier", known: 2))
            answer.message.message(1, region.info())
        case "FlushRegion":
            let request = try FakeMessage("FlushRegionRequest", call.param, known: 4)
            _ = try region(try request.requiredMessage(1, "RegionSpecifier", known: 2))
            answer.message.uint(1, UInt64(cluster.millis))
            answer.message.bool(2, true)
        case "CompactRegion":
            let request = try FakeMessage("CompactRegionRequest", call.param, known: 3)
            _ = try region(try request.requiredMessage(1, "RegionSpecifier", known: 2))
        case "RollWALWriter", "UpdateConfiguration": break
        case "GetServerInfo":
            answer.message.message(1) { $0.message(1, server.serverNameMessage()) }
        default: throw unknownMethod()
        }
        return answer
    }
}
