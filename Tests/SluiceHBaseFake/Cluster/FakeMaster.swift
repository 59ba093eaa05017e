import SluiceNet

/// A change of the cluster that takes its time; clients ask for it by its number.
struct FakeProcedure {
    var finishesAt: Int64
    var submitted: Int64
    var error: FakeException?
}

/// What the active master answers.
struct FakeMaster {
    let server: FakeServer
    let call: FakeCall

    var cluster: FakeHBaseCluster { server.cluster }

    func answer() throws -> FakeAnswer {
        guard cluster.activeMaster === server else {
            throw FakeException("ipc.ServerNotRunningYetException", "Server is not the active master")
        }
        var answer = FakeAnswer()
        switch call.method {
        case "IsMasterRunning": answer.message.bool(1, true)
        case "CreateTable": try createTable(&answer.message)
        case "DeleteTable": try deleteTable(&answer.message)
        case "truncateTable": try truncate(&answer.message)
        case "EnableTable": try setState(.enabled, "EnableTableRequest", &answer.message)
        case "DisableTable": try setState(.disabled, "DisableTableRequest", &answer.message)
        case "ModifyTable": try modify(&answer.message)
        case "FlushTable" where cluster.version >= .v2_6:
            let request = try FakeMessage("FlushTableRequest", call.param, known: 4)
            _ = try table(request)
            procedure(request, group: 3, &answer.message)
        case "GetTableNames": try names(&answer.message)
        case "GetTableDescriptors": try descriptors(&answer.message)
        case "GetTableState":
            let table = try table(try FakeMessage("GetTableStateRequest", call.param, known: 1))
            answer.message.message(1) { $0.uint(1, table.state.rawValue) }
        case "getProcedureResult": try procedureResult(&answer.message)
        case "GetClusterStatus": status(&answer.message)
        case "ListNamespaceDescriptors":
            for name in cluster.namespaces.sorted() { answer.message.message(1) { $0.string(1, name) } }
        case "CreateNamespace": try createNamespace(&answer.message)
        case "MoveRegion": try move()
        case "SplitRegion": try split(&answer.message)
        case "MergeTableRegions": try merge(&answer.message)
        case "ListDecommissionedRegionServers": break
        default:
            if try answerPeers(&answer.message) { return answer }
            throw FakeException.doNotRetryIO("java.lang.UnsupportedOperationException: \(call.method)")
        }
        return answer
    }

    // MARK: Procedures

    /// The number of the change; the same for a call that is repeated with its nonce.
    private func procedure(
        _ request: FakeMessage, group: Int, _ message: inout FakeWriter, _ change: () -> Void = {}
    ) {
        let nonce = FakeNonce(
            group: (try? request.uint(group)) ?? 0, nonce: (try? request.uint(group + 1)) ?? 0)
        if nonce.nonce != 0, let known = cluster.procedureNonces[nonce] { return message.uint(1, known) }
        change()
        cluster.lastProcedure += 1
        let id = cluster.lastProcedure
        let wait = Int64.random(in: 1_000_000...400_000_000, using: &cluster.random)
        cluster.procedures[id] = FakeProcedure(
            finishesAt: cluster.world.now + wait, submitted: cluster.millis, error: nil)
        if nonce.nonce != 0 { cluster.procedureNonces[nonce] = id }
        message.uint(1, id)
    }

    /// True when the call only repeats one that was carried out.
    private func isRepeated(_ request: FakeMessage, group: Int) -> Bool {
        let nonce = FakeNonce(
            group: (try? request.uint(group)) ?? 0, nonce: (try? request.uint(group + 1)) ?? 0)
        return nonce.nonce != 0 && cluster.procedureNonces[nonce] != nil
    }

    private func procedureResult(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("GetProcedureResultRequest", call.param, known: 1)
        guard let procedure = cluster.procedures[try request.requiredUInt(1)] else {
            return message.uint(1, 0)
        }
        let isDone = cluster.world.now >= procedure.finishesAt
        message.uint(1, isDone ? 2 : 1)
        message.uint(2, UInt64(procedure.submitted))
        message.uint(3, UInt64(cluster.millis))
        guard isDone, let error = procedure.error else { return }
        message.message(5) { foreign in
            foreign.string(1, "master")
            foreign.message(2) {
                $0.string(1, error.className)
                $0.string(2, error.message)
            }
        }
    }

    // MARK: Tables

    private func name(_ message: FakeMessage) throws -> FakeTableName {
        FakeTableName(
            String(decoding: try message.requiredBytes(2), as: UTF8.self),
            namespace: String(decoding: try message.requiredBytes(1), as: UTF8.self))
    }

    private func table(_ request: FakeMessage) throws -> FakeTable {
        let name = try name(request.requiredMessage(1, "TableName", known: 2))
        guard let table = cluster.tables[name] else {
            throw FakeException("TableNotFoundException", name.full, doNotRetry: true)
        }
        return table
    }

    private func families(_ schema: FakeMessage) throws -> [FakeFamily] {
        try schema.messages(3, "ColumnFamilySchema", known: 3).map { family in
            let attributes = try family.messages(2, "BytesBytesPair", known: 2).map { pair in
                (
                    String(decoding: try pair.requiredBytes(1), as: UTF8.self),
                    String(decoding: try pair.requiredBytes(2), as: UTF8.self)
                )
            }
            return FakeFamily(
                name: String(decoding: try family.requiredBytes(1), as: UTF8.self), attributes: attributes)
        }
    }

    private func createTable(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("CreateTableRequest", call.param, known: 4)
        let schema = try request.requiredMessage(1, "TableSchema", known: 4)
        let name = try name(schema.requiredMessage(1, "TableName", known: 2))
        let families = try families(schema)
        let splits = try request.allBytes(2)
        if !isRepeated(request, group: 3) {
            guard cluster.namespaces.contains(name.namespace) else {
                throw FakeException("NamespaceNotFoundException", name.namespace, doNotRetry: true)
            }
            guard cluster.tables[name] == nil else {
                throw FakeException("TableExistsException", name.full, doNotRetry: true)
            }
            guard !families.isEmpty else {
                throw FakeException.doNotRetryIO("Table should have at least one column family.")
            }
            for (i, split) in splits.enumerated() {
                guard !split.isEmpty, i == 0 || bytesPrecede(splits[i - 1], split) else {
                    throw FakeException.doNotRetryIO("fake server: split keys are not sorted and distinct")
                }
            }
        }
        procedure(request, group: 3, &message) {
            cluster.createTable(name, families: families, splits: splits)
        }
    }

    private func disabled(_ table: FakeTable) throws {
        guard table.state == .disabled else {
            throw FakeException("TableNotDisabledException", table.name.full, doNotRetry: true)
        }
    }

    private func deleteTable(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("DeleteTableRequest", call.param, known: 3)
        if isRepeated(request, group: 2) { return procedure(request, group: 2, &message) }
        let table = try table(request)
        try disabled(table)
        procedure(request, group: 2, &message) { cluster.tables[table.name] = nil }
    }

    private func truncate(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("TruncateTableRequest", call.param, known: 4)
        if isRepeated(request, group: 3) { return procedure(request, group: 3, &message) }
        let table = try table(request)
        try disabled(table)
        let splits = try request.bool(2) ?? false ? table.regions.dropFirst().map { $0.start } : []
        procedure(request, group: 3, &message) {
            table.store = FakeStore()
            table.parents = []
            table.state = .enabled
            cluster.makeRegions(of: table, splits: splits, id: cluster.nextRegionID())
        }
    }

    private func setState(_ state: FakeTable.State, _ type: String, _ message: inout FakeWriter) throws {
        let request = try FakeMessage(type, call.param, known: 3)
        if isRepeated(request, group: 2) { return procedure(request, group: 2, &message) }
        let table = try table(request)
        guard table.state != state else {
            let name = state == .disabled ? "TableNotEnabledException" : "TableNotDisabledException"
            throw FakeException(name, table.name.full, doNotRetry: true)
        }
        procedure(request, group: 2, &message) { cluster.setState(of: table, state) }
    }

    private func modify(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("ModifyTableRequest", call.param, known: 5)
        let table = try table(request)
        let families = try families(request.requiredMessage(2, "TableSchema", known: 4))
        procedure(request, group: 3, &message) { table.families = families }
    }

    private func selected(_ request: FakeMessage, regex: Int, namespace: Int) throws -> [FakeTable] {
        let space = try request.string(namespace)
        let pattern = try request.string(regex)
        return cluster.tables.values.filter { table in
            if let space, table.name.namespace != space { return false }
            if let pattern, pattern != ".*", pattern != table.name.full { return false }
            return true
        }.sorted { $0.name.full < $1.name.full }
    }

    private func names(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("GetTableNamesRequest", call.param, known: 3)
        for table in try selected(request, regex: 1, namespace: 3) {
            message.message(1) { Self.write(table.name, &$0) }
        }
    }

    private static func write(_ name: FakeTableName, _ message: inout FakeWriter) {
        message.string(1, name.namespace)
        message.string(2, name.qualifier)
    }

    private func descriptors(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("GetTableDescriptorsRequest", call.param, known: 4)
        var found = try selected(request, regex: 2, namespace: 4)
        let wanted = try request.messages(1, "TableName", known: 2).map { try name($0) }
        if !wanted.isEmpty { found = wanted.compactMap { cluster.tables[$0] } }
        for table in found {
            message.message(1) { schema in
                schema.message(1) { Self.write(table.name, &$0) }
                for family in table.families {
                    schema.message(3) { column in
                        column.string(1, family.name)
                        for (key, value) in family.attributes {
                            column.message(2) {
                                $0.string(1, key)
                                $0.string(2, value)
                            }
                        }
                    }
                }
            }
        }
    }

    private func createNamespace(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("CreateNamespaceRequest", call.param, known: 3)
        let descriptor = try request.requiredMessage(1, "NamespaceDescriptor", known: 2)
        let name = String(decoding: try descriptor.requiredBytes(1), as: UTF8.self)
        if !isRepeated(request, group: 2), cluster.namespaces.contains(name) {
            throw FakeException("NamespaceExistException", name, doNotRetry: true)
        }
        procedure(request, group: 2, &message) { cluster.namespaces.insert(name) }
    }

    private func status(_ message: inout FakeWriter) {
        message.message(1) { status in
            status.message(1) { $0.string(1, "2.6.4") }
            status.message(5) { $0.string(1, cluster.clusterID) }
            for server in cluster.servers where server.isAlive {
                status.message(2) {
                    $0.message(1, server.serverNameMessage())
                    $0.message(2) { load in
                        load.uint(3, 100)
                        load.uint(4, server.heapMegabytes)
                        for region in cluster.allRegions
                        where region.server == server.index && region.state == .open {
                            load.message(5, region.load.message(region.name))
                        }
                    }
                }
                status.message(11, server.serverNameMessage())
            }
            if let master = cluster.activeMaster { status.message(7, master.serverNameMessage()) }
        }
    }

    // MARK: Regions

    private func encodedRegion(_ specifier: FakeMessage) throws -> FakeRegion {
        let (encoded, name) = try FakeService.specifiedName(specifier)
        let text = String(decoding: name, as: UTF8.self)
        guard encoded, let region = cluster.region(encoded: text) else {
            throw FakeException("UnknownRegionException", text, doNotRetry: true)
        }
        return region
    }

    private func move() throws {
        let request = try FakeMessage("MoveRegionRequest", call.param, known: 2)
        let region = try encodedRegion(request.requiredMessage(1, "RegionSpecifier", known: 2))
        var target: Int?
        if let wanted = try request.message(2, "ServerName", known: 3) {
            let host = try wanted.requiredString(1)
            let port = try wanted.int(2) ?? 0
            target = cluster.servers.firstIndex {
                $0.isAlive && $0.endpoint.host == host && Int($0.endpoint.port) == port
            }
            guard target != nil else {
                throw FakeException.doNotRetryIO("\(host):\(port) is not online")
            }
        }
        cluster.move(region, to: target)
    }

    private func split(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("SplitTableRegionRequest", call.param, known: 4)
        let info = try request.requiredMessage(1, "RegionInfo", known: 7)
        let id = try info.requiredUInt(1)
        let table = try name(info.requiredMessage(2, "TableName", known: 2))
        let start = try info.bytes(3) ?? []
        let key = try request.bytes(2) ?? []
        let found = cluster.tables[table]?.regions.first { $0.start == start && UInt64($0.id) == id }
        guard let region = found else {
            throw FakeException("UnknownRegionException", "no such region", doNotRetry: true)
        }
        guard region.contains(key), key != region.start else {
            throw FakeException.doNotRetryIO("Split row is not inside of the region")
        }
        procedure(request, group: 3, &message) { cluster.split(region, at: key) }
    }

    private func merge(_ message: inout FakeWriter) throws {
        let request = try FakeMessage("MergeTableRegionsRequest", call.param, known: 5)
        let regions = try request.messages(1, "RegionSpecifier", known: 2).map { try encodedRegion($0) }
        guard regions.count == 2 else {
            throw FakeException.doNotRetryIO("fake server: merges two regions only")
        }
        let sorted = regions.sorted { bytesPrecede($0.start, $1.start) }
        guard sorted[0].end == sorted[1].start, !sorted[0].end.isEmpty else {
            throw FakeException("exceptions.MergeRegionException", "not adjacent", doNotRetry: true)
        }
        procedure(request, group: 4, &message) { cluster.merge(sorted[0], sorted[1]) }
    }
}
