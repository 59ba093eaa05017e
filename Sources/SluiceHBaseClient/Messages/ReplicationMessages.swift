/// Where a cluster ships its edits, and which (`hbase.pb.ReplicationPeer`).
public struct ReplicationPeerConfig: Sendable, Hashable {
    public struct TableFamilies: Sendable, Hashable {
        public var table: HBaseTable
        /// Empty: all families with scope 1.
        public var families: [[UInt8]]

        public init(table: HBaseTable, families: [[UInt8]] = []) {
            self.table = table
            self.families = families
        }
    }

    /// `quorum:port:/node`, the node without a slash at its end.
    public var clusterKey: String
    /// Empty: every table, which only `shipsEverything` allows.
    public var tables: [TableFamilies] = []
    public var namespaces: [String] = []
    public var shipsEverything = false
    /// Edits of a region come in their order, also over moves and crashes.
    public var isSerial = true
    public var configuration: [NameStringPair] = []

    public init(clusterKey: String, tables: [TableFamilies] = []) {
        self.clusterKey = clusterKey
        self.tables = tables
    }
}

extension ReplicationPeerConfig: ProtobufReadable, ProtobufWritable {
    public init(from reader: inout ProtobufReader) throws(WireError) {
        self.init(clusterKey: "")
        isSerial = false
        // What is absent means true.
        shipsEverything = true
        while let field = try reader.next() {
            switch field {
            case 1: clusterKey = try reader.lenientString()
            case 4: configuration.append(try reader.message(NameStringPair.self))
            case 5: tables.append(try reader.message(TableFamilies.self))
            case 6: namespaces.append(try reader.lenientString())
            case 8: shipsEverything = try reader.bool()
            case 11: isSerial = try reader.bool()
            default: try reader.skip()
            }
        }
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, clusterKey)
        for pair in configuration { writer.field(4, pair) }
        for table in tables { writer.field(5, table) }
        for namespace in namespaces { writer.field(6, namespace) }
        writer.field(7, 0 as UInt64)
        writer.field(8, shipsEverything)
        writer.field(11, isSerial)
    }
}

extension ReplicationPeerConfig.TableFamilies: ProtobufReadable, ProtobufWritable {
    public init(from reader: inout ProtobufReader) throws(WireError) {
        var table: HBaseTable?
        families = []
        while let field = try reader.next() {
            switch field {
            case 1: table = try reader.message(HBaseTable.self)
            case 2: families.append(try reader.array())
            default: try reader.skip()
            }
        }
        self.table = try required(table, "TableCF.table_name")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, table)
        for family in families { writer.field(2, family) }
    }
}

/// A peer as the master lists it (`hbase.pb.ReplicationPeerDescription`).
public struct ReplicationPeerDescription: Sendable, Hashable, ProtobufReadable {
    public var id: String
    public var isEnabled: Bool
    public var config: ReplicationPeerConfig

    public init(id: String, isEnabled: Bool, config: ReplicationPeerConfig) {
        self.id = id
        self.isEnabled = isEnabled
        self.config = config
    }

    public init(from reader: inout ProtobufReader) throws(WireError) {
        var id: String?
        var isEnabled = true
        var config: ReplicationPeerConfig?
        while let field = try reader.next() {
            switch field {
            case 1: id = try reader.string()
            case 2:
                var state = ProtobufReader(try reader.bytes())
                while let inner = try state.next() {
                    if inner == 1 { isEnabled = try state.uint32() == 0 } else { try state.skip() }
                }
            case 3: config = try reader.message(ReplicationPeerConfig.self)
            default: try reader.skip()
            }
        }
        self.id = try required(id, "ReplicationPeerDescription.id")
        self.isEnabled = isEnabled
        self.config = try required(config, "ReplicationPeerDescription.config")
    }
}

/// Requests to `MasterService` about peers.
extension AdminRequests {
    /// `AddReplicationPeerRequest`.
    public static func addPeer(_ id: String, _ config: ReplicationPeerConfig, isEnabled: Bool) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.field(1, id)
        writer.field(2, config)
        let state = writer.begin(3)
        writer.field(1, isEnabled ? 0 : 1 as UInt64)
        writer.end(state)
        return writer.finish()
    }

    /// `EnableReplicationPeerRequest`, `DisableReplicationPeerRequest`, `RemoveReplicationPeerRequest`.
    public static func peer(_ id: String) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.field(1, id)
        return writer.finish()
    }
}

extension AdminAnswers {
    /// `ListReplicationPeersResponse`.
    public static func peers(
        _ bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> [ReplicationPeerDescription] { try list(ReplicationPeerDescription.self, bytes) }
}
