/// One region of a table (`hbase.pb.RegionInfo`): rows from `startKey` up to, but without, `endKey`; an empty key is
/// no bound.
public struct RegionInfo: Sendable, Hashable {
    /// Milliseconds when the region was made; grows with every split and merge.
    public var regionID: UInt64
    public var table: HBaseTable
    public var startKey: [UInt8]
    public var endKey: [UInt8]
    public var isOffline: Bool
    /// A parent that was split; its daughters serve the rows.
    public var isSplit: Bool
    public var replicaID: Int32

    public init(
        regionID: UInt64, table: HBaseTable, startKey: [UInt8] = [], endKey: [UInt8] = [],
        isOffline: Bool = false, isSplit: Bool = false, replicaID: Int32 = 0
    ) {
        self.regionID = regionID
        self.table = table
        self.startKey = startKey
        self.endKey = endKey
        self.isOffline = isOffline
        self.isSplit = isSplit
        self.replicaID = replicaID
    }
}

extension RegionInfo: ProtobufReadable, ProtobufWritable {
    public init(from reader: inout ProtobufReader) throws(WireError) {
        var regionID: UInt64?
        var table: HBaseTable?
        startKey = []
        endKey = []
        isOffline = false
        isSplit = false
        replicaID = 0
        while let field = try reader.next() {
            switch field {
            case 1: regionID = try reader.uint64()
            case 2: table = try reader.message(HBaseTable.self)
            case 3: startKey = try reader.array()
            case 4: endKey = try reader.array()
            case 5: isOffline = try reader.bool()
            case 6: isSplit = try reader.bool()
            case 7: replicaID = try reader.int32()
            default: try reader.skip()
            }
        }
        self.regionID = try required(regionID, "RegionInfo.region_id")
        self.table = try required(table, "RegionInfo.table_name")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, regionID)
        writer.field(2, table)
        writer.field(3, startKey)
        writer.field(4, endKey)
        writer.field(5, isOffline)
        writer.field(6, isSplit)
        writer.field(7, replicaID)
    }
}

/// A server process (`hbase.pb.ServerName`).
public struct ServerName: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    public var port: UInt16
    /// Milliseconds when the process started; tells a restarted server from its predecessor.
    public var startCode: UInt64

    public init(host: String, port: UInt16, startCode: UInt64 = 0) {
        self.host = host
        self.port = port
        self.startCode = startCode
    }

    /// `host,port,startcode`, as HBase writes it.
    public var description: String { "\(host),\(port),\(startCode)" }
}

extension ServerName: ProtobufReadable, ProtobufWritable {
    public init(from reader: inout ProtobufReader) throws(WireError) {
        var host: String?
        port = 0
        startCode = 0
        while let field = try reader.next() {
            switch field {
            case 1: host = try reader.string()
            case 2:
                guard let port = UInt16(exactly: try reader.uint64()) else { throw .malformedField }
                self.port = port
            case 3: startCode = try reader.uint64()
            default: try reader.skip()
            }
        }
        self.host = try required(host, "ServerName.host_name")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, host)
        writer.field(2, UInt32(port))
        writer.field(3, startCode)
    }
}

/// Names a region in a request (`hbase.pb.RegionSpecifier`). Data calls take the full name only; moving and merging
/// take the encoded name only.
public struct RegionSpecifier: Sendable, Hashable {
    public enum Kind: UInt32, Sendable {
        case name = 1
        case encodedName = 2
    }

    public var kind: Kind
    public var value: [UInt8]

    public init(_ kind: Kind = .name, _ value: [UInt8]) {
        self.kind = kind
        self.value = value
    }

    /// The one region of `hbase:meta`, by the name that servers accept.
    public static let meta = RegionSpecifier(.name, [UInt8]("hbase:meta,,1".utf8))
}

extension RegionSpecifier: ProtobufReadable, ProtobufWritable {
    public init(from reader: inout ProtobufReader) throws(WireError) {
        var kind: Kind?
        var value: [UInt8]?
        while let field = try reader.next() {
            switch field {
            case 1: kind = Kind(rawValue: try reader.uint32())
            case 2: value = try reader.array()
            default: try reader.skip()
            }
        }
        self.kind = try required(kind, "RegionSpecifier.type")
        self.value = try required(value, "RegionSpecifier.value")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, kind.rawValue)
        writer.field(2, value)
    }
}

/// A region and the server that serves it (`hbase.pb.RegionLocation`).
public struct RegionLocationMessage: Sendable, Hashable, ProtobufReadable {
    public var region: RegionInfo
    public var server: ServerName?
    /// Sequence number when the region was opened there; -1 when not known.
    public var sequenceNumber: Int64

    public init(from reader: inout ProtobufReader) throws(WireError) {
        var region: RegionInfo?
        sequenceNumber = -1
        while let field = try reader.next() {
            switch field {
            case 1: region = try reader.message(RegionInfo.self)
            case 2: server = try reader.message(ServerName.self)
            case 3: sequenceNumber = try reader.int64()
            default: try reader.skip()
            }
        }
        self.region = try required(region, "RegionLocation.region_info")
    }
}
