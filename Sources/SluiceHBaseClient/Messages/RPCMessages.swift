/// What a server says instead of an answer: of a whole call (`hbase.pb.ExceptionResponse`), of a region or an action
/// of a Multi (`NameBytesPair`), or of a procedure (`GenericExceptionMessage`).
public struct RemoteException: Error, Sendable, Hashable {
    /// The full Java class name.
    public var className: String
    /// The message and the Java stack trace after it.
    public var stackTrace: String
    /// The flag of the response; nil where the message has none (actions of a Multi).
    public var doNotRetry: Bool?
    public var serverOverloaded: Bool
    /// Where a region moved to.
    public var host: String?
    public var port: UInt16?

    public init(
        className: String, stackTrace: String, doNotRetry: Bool? = nil, serverOverloaded: Bool = false,
        host: String? = nil, port: UInt16? = nil
    ) {
        self.className = className
        self.stackTrace = stackTrace
        self.doNotRetry = doNotRetry
        self.serverOverloaded = serverOverloaded
        self.host = host
        self.port = port
    }

    /// The message without the stack trace, and without the class name that often stands before it.
    public var firstLine: String {
        let line = stackTrace.prefix { $0 != "\n" && $0 != "\r\n" }
        let prefix = className + ": "
        return line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : String(line)
    }

    /// The class name without its package.
    public var shortName: String {
        className.split(separator: ".").last.map(String.init) ?? className
    }
}

extension RemoteException: ProtobufReadable {
    public init(from reader: inout ProtobufReader) throws(WireError) {
        self.init(className: "", stackTrace: "", doNotRetry: false)
        while let field = try reader.next() {
            switch field {
            case 1: className = try reader.lenientString()
            case 2: stackTrace = try reader.lenientString()
            case 3: host = try reader.lenientString()
            case 4: port = UInt16(exactly: try reader.int64())
            case 5: doNotRetry = try reader.bool()
            case 6: serverOverloaded = try reader.bool()
            default: try reader.skip()
            }
        }
    }

    /// Reads the `NameBytesPair` of a failed region or action.
    public init(pair bytes: UnsafeRawBufferPointer) throws(WireError) {
        self.init(className: "", stackTrace: "")
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            switch field {
            case 1: className = try reader.lenientString()
            case 2: stackTrace = try reader.lenientString()
            default: try reader.skip()
            }
        }
    }
}

/// Opens a connection after the preamble (`hbase.pb.ConnectionHeader`).
public struct ConnectionHeader: Sendable, Hashable, ProtobufWritable {
    /// The codec without tags. What a client sends has none (the time to live of a put is an attribute of its
    /// mutation); the codec with tags would only have the server send back 13 bytes a cell that has a time to live,
    /// which nobody reads.
    public static let keyValueCodec = "org.apache.hadoop.hbase.codec.KeyValueCodec"

    public var effectiveUser: String
    public var service: String
    /// nil: no cell blocks either way.
    public var cellBlockCodec: String? = ConnectionHeader.keyValueCodec
    /// Hadoop's class that packs cell blocks both ways; nil: they travel plain.
    public var cellBlockCompressor: String?

    public init(effectiveUser: String, service: String) {
        self.effectiveUser = effectiveUser
        self.service = service
    }

    /// The version tells the server which answers this client understands: per-action result limits, cells of a Get
    /// in the cell block, resets of scanners.
    public func write(to writer: inout ProtobufWriter) {
        let user = writer.begin(1)
        writer.field(1, effectiveUser)
        writer.end(user)
        writer.field(2, service)
        writer.optional(3, cellBlockCodec)
        writer.optional(4, cellBlockCompressor)
        let version = writer.begin(5)
        writer.field(1, "2.6.0")
        writer.field(2, "")
        writer.field(3, "")
        writer.field(4, "sluice")
        writer.field(5, "")
        writer.field(6, "")
        writer.field(7, 2 as UInt32)
        writer.field(8, 6 as UInt32)
        writer.end(version)
    }
}

/// What precedes every answer (`hbase.pb.ResponseHeader`).
public struct ResponseHeader: Sendable, Hashable, ProtobufReadable {
    /// The number that the server uses for what concerns the whole connection (-1).
    public static let connectionCallID = UInt32.max

    public var callID: UInt32 = 0
    public var exception: RemoteException?
    /// Bytes of the cell block at the end of the frame; nil without one.
    public var cellBlockLength: UInt32?

    public init(from reader: inout ProtobufReader) throws(WireError) {
        while let field = try reader.next() {
            switch field {
            case 1: callID = try reader.uint32()
            case 2: exception = try reader.message(RemoteException.self)
            case 3: cellBlockLength = try ResponseHeader.cellBlockLength(try reader.bytes())
            default: try reader.skip()
            }
        }
    }

    private static func cellBlockLength(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> UInt32? {
        var reader = ProtobufReader(bytes)
        var length: UInt32?
        while let field = try reader.next() {
            if field == 1 { length = try reader.uint32() } else { try reader.skip() }
        }
        return length
    }
}
