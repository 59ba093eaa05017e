/// Answers of `ClientMetaService`, and what HBase keeps in ZooKeeper.
public enum RegistryMessages {
    /// `GetClusterIdResponse`, and `ClusterId` of ZooKeeper: the id.
    public static func clusterID(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> String {
        try FirstString(bytes).value
    }

    /// `GetActiveMasterResponse`: nil when there is no active master.
    public static func activeMaster(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> ServerName? {
        try servers(bytes).first
    }

    /// `GetBootstrapNodesResponse`, `ListDecommissionedRegionServersResponse`: a list of servers.
    public static func servers(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> [ServerName] {
        var servers: [ServerName] = []
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            if field == 1 { servers.append(try reader.message(ServerName.self)) } else { try reader.skip() }
        }
        return servers
    }

    /// `GetMastersResponse`: every master and whether it is the active one.
    public static func masters(
        _ bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> [(server: ServerName, isActive: Bool)] {
        var masters: [(server: ServerName, isActive: Bool)] = []
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            guard field == 1 else {
                try reader.skip()
                continue
            }
            var server: ServerName?
            var isActive = false
            var entry = ProtobufReader(try reader.bytes())
            while let inner = try entry.next() {
                switch inner {
                case 1: server = try entry.message(ServerName.self)
                case 2: isActive = try entry.bool()
                default: try entry.skip()
                }
            }
            masters.append((try required(server, "GetMastersResponseEntry.server_name"), isActive))
        }
        return masters
    }

    /// `GetMetaRegionLocationsResponse`: the region of `hbase:meta` and its replicas.
    public static func metaLocations(
        _ bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> [RegionLocationMessage] {
        var locations: [RegionLocationMessage] = []
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            if field == 1 {
                locations.append(try reader.message(RegionLocationMessage.self))
            } else {
                try reader.skip()
            }
        }
        return locations
    }

    /// `MetaRegionServer` of ZooKeeper: the server, nil unless the region is open there.
    public static func metaServer(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> ServerName? {
        var server: ServerName?
        var isOpen = true
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            switch field {
            case 1: server = try reader.message(ServerName.self)
            case 3: isOpen = try reader.uint32() == 3
            default: try reader.skip()
            }
        }
        return isOpen ? server : nil
    }

    /// `Master` of ZooKeeper.
    public static func master(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> ServerName {
        try required(try servers(bytes).first, "Master.master")
    }
}
