import SluiceBase
import SluiceHBaseClient
import SluiceTableStore

extension ClusterVerbs: ClusterAdminVerbs {
    func enable(_ table: HBaseTableName) throws(SQLError) {
        if try state(table) == .enabled { return }
        try wait(table.description) { admin.enableTable(table.clientTable, $0) }
    }

    func disable(_ table: HBaseTableName) throws(SQLError) {
        if try state(table) == .disabled { return }
        try wait(table.description) { admin.disableTable(table.clientTable, $0) }
    }

    private func state(_ table: HBaseTableName) throws(SQLError) -> TableStateKind {
        try wait(table.description) { admin.state(of: table.clientTable, $0) }
    }

    func flush(_ table: HBaseTableName) throws(SQLError) {
        try wait(table.description) { admin.flush(table.clientTable, $0) }
    }

    func overview() throws(SQLError) -> ClusterOverview {
        let status: ClusterStatus = try wait("") { admin.clusterStatus($0) }
        func address(_ server: ServerName) -> String { "\(server.host):\(server.port)" }
        return ClusterOverview(
            version: status.hbaseVersion ?? "of an unknown version", clusterID: status.clusterID ?? "unknown",
            master: status.master.map(address), backupMasters: status.backupMasters.map(address),
            servers: try serverLoads().servers.sorted { $0.name < $1.name },
            deadServers: status.deadServers.map(address))
    }

    // MARK: Namespaces

    func namespaces() throws(SQLError) -> [String] {
        let found: [NamespaceDescriptor] = try wait("") { admin.namespaces($0) }
        return found.map(\.name).sorted()
    }

    func createNamespace(_ name: String) throws(SQLError) {
        try ofNamespace(name) { admin.createNamespace(NamespaceDescriptor(name: name), $0) }
    }

    func dropNamespace(_ name: String) throws(SQLError) {
        try ofNamespace(name) { admin.deleteNamespace(name, $0) }
    }

    private func ofNamespace(
        _ name: String, _ start: (@escaping @Sendable (Result<Void, HBaseError>) -> Void) -> Void
    ) throws(SQLError) {
        let result: Result<Void, HBaseError> = try wait("") { give in start { give(.success($0)) } }
        guard case .failure(let error) = result else { return }
        switch error.kind {
        case .namespaceNotFound:
            throw SQLError(
                .connectorIO, "the cluster has no namespace \"\(name)\"",
                hint: "sluice hbase namespaces lists them")
        case .refused:
            throw SQLError(.connectorIO, "namespace \"\(name)\": \(error.message)")
        default: throw explained(error, "")
        }
    }

    // MARK: Families

    func alter(
        _ table: HBaseTableName, _ changed: [FamilyRequest], dropped: [String]
    ) throws(SQLError) {
        let schema = try wait(table.description) { admin.describe(table.clientTable, $0) }
        var families = schema.families
        for name in dropped {
            guard let index = families.firstIndex(where: { $0.name.elementsEqual(name.utf8) }) else {
                throw AlterRequest.missing(name, table, families.map { HBaseBytes.printable($0.name) })
            }
            families.remove(at: index)
        }
        for request in changed {
            let name = request.descriptor.nameBytes
            let index = families.firstIndex { $0.name == name } ?? families.count
            if index == families.count { families.append(FamilySchema(name: name)) }
            for (key, value) in request.given { families[index][key] = Self.attribute(key, value) }
        }
        let altered = families
        try wait(table.description) { admin.alterTable(table.clientTable, { $0.families = altered }, $0) }
    }
}
