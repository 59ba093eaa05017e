/// A column family and its settings (`hbase.pb.ColumnFamilySchema`). Names and values of settings are texts, such as
/// `VERSIONS` and `3`.
public struct FamilySchema: Sendable, Hashable, ProtobufReadable, ProtobufWritable {
    public var name: [UInt8]
    public var attributes: [BytesBytesPair] = []
    public var configuration: [NameStringPair] = []

    public init(name: [UInt8]) { self.name = name }

    public init(_ name: String, _ settings: KeyValuePairs<String, String> = [:]) {
        self.name = [UInt8](name.utf8)
        for (key, value) in settings { self[key] = value }
    }

    /// A setting; nil removes it.
    public subscript(key: String) -> String? {
        get { attributes.value(key) }
        set { attributes.set(key, newValue) }
    }

    public init(from reader: inout ProtobufReader) throws(WireError) {
        var name: [UInt8]?
        while let field = try reader.next() {
            switch field {
            case 1: name = try reader.array()
            case 2: attributes.append(try reader.message(BytesBytesPair.self))
            case 3: configuration.append(try reader.message(NameStringPair.self))
            default: try reader.skip()
            }
        }
        self.name = try required(name, "ColumnFamilySchema.name")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, name)
        for pair in attributes { writer.field(2, pair) }
        for pair in configuration { writer.field(3, pair) }
    }
}

/// A table, its families and its settings (`hbase.pb.TableSchema`).
public struct TableSchema: Sendable, Hashable, ProtobufReadable, ProtobufWritable {
    public var table: HBaseTable
    public var attributes: [BytesBytesPair] = []
    public var families: [FamilySchema]
    public var configuration: [NameStringPair] = []

    public init(table: HBaseTable, families: [FamilySchema]) {
        self.table = table
        self.families = families
    }

    /// A setting of the table; nil removes it.
    public subscript(key: String) -> String? {
        get { attributes.value(key) }
        set { attributes.set(key, newValue) }
    }

    public init(from reader: inout ProtobufReader) throws(WireError) {
        var table: HBaseTable?
        families = []
        while let field = try reader.next() {
            switch field {
            case 1: table = try reader.message(HBaseTable.self)
            case 2: attributes.append(try reader.message(BytesBytesPair.self))
            case 3: families.append(try reader.message(FamilySchema.self))
            case 4: configuration.append(try reader.message(NameStringPair.self))
            default: try reader.skip()
            }
        }
        self.table = try required(table, "TableSchema.table_name")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, table)
        for pair in attributes { writer.field(2, pair) }
        for family in families { writer.field(3, family) }
        for pair in configuration { writer.field(4, pair) }
    }
}

extension [BytesBytesPair] {
    fileprivate func value(_ key: String) -> String? {
        first { $0.first.elementsEqual(key.utf8) }.map { String(decoding: $0.second, as: UTF8.self) }
    }

    fileprivate mutating func set(_ key: String, _ value: String?) {
        let place = firstIndex { $0.first.elementsEqual(key.utf8) }
        if let value {
            let pair = BytesBytesPair(first: [UInt8](key.utf8), second: [UInt8](value.utf8))
            if let place { self[place] = pair } else { append(pair) }
        } else if let place {
            remove(at: place)
        }
    }
}

/// A namespace and its settings (`hbase.pb.NamespaceDescriptor`).
public struct NamespaceDescriptor: Sendable, Hashable, ProtobufReadable, ProtobufWritable {
    public var name: String
    public var configuration: [NameStringPair] = []

    public init(name: String) { self.name = name }

    public init(from reader: inout ProtobufReader) throws(WireError) {
        var name: String?
        while let field = try reader.next() {
            switch field {
            case 1: name = try reader.string()
            case 2: configuration.append(try reader.message(NameStringPair.self))
            default: try reader.skip()
            }
        }
        self.name = try required(name, "NamespaceDescriptor.name")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, name)
        for pair in configuration { writer.field(2, pair) }
    }
}
