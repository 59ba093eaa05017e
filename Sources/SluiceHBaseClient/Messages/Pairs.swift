/// A name and a value (`hbase.pb.NameBytesPair`): attributes of operations, exceptions of actions.
public struct NameBytesPair: Sendable, Hashable, ProtobufReadable, ProtobufWritable {
    public var name: String
    public var value: [UInt8]?

    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    public init(from reader: inout ProtobufReader) throws(WireError) {
        var name: String?
        while let field = try reader.next() {
            switch field {
            case 1: name = try reader.string()
            case 2: value = try reader.array()
            default: try reader.skip()
            }
        }
        self.name = try required(name, "NameBytesPair.name")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, name)
        writer.optional(2, value)
    }
}

/// A name and a text (`hbase.pb.NameStringPair`): configuration of namespaces, tables and peers.
public struct NameStringPair: Sendable, Hashable, ProtobufReadable, ProtobufWritable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    public init(from reader: inout ProtobufReader) throws(WireError) {
        var name: String?
        var value: String?
        while let field = try reader.next() {
            switch field {
            case 1: name = try reader.string()
            case 2: value = try reader.string()
            default: try reader.skip()
            }
        }
        self.name = try required(name, "NameStringPair.name")
        self.value = try required(value, "NameStringPair.value")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, name)
        writer.field(2, value)
    }
}

/// Two byte texts (`hbase.pb.BytesBytesPair`): attributes of tables and families.
public struct BytesBytesPair: Sendable, Hashable, ProtobufReadable, ProtobufWritable {
    public var first: [UInt8]
    public var second: [UInt8]

    public init(first: [UInt8], second: [UInt8]) {
        self.first = first
        self.second = second
    }

    public init(from reader: inout ProtobufReader) throws(WireError) {
        var first: [UInt8]?
        var second: [UInt8]?
        while let field = try reader.next() {
            switch field {
            case 1: first = try reader.array()
            case 2: second = try reader.array()
            default: try reader.skip()
            }
        }
        self.first = try required(first, "BytesBytesPair.first")
        self.second = try required(second, "BytesBytesPair.second")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, first)
        writer.field(2, second)
    }
}
