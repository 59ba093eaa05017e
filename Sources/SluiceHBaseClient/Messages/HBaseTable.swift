/// Names a table: a namespace and a name in it (`hbase.pb.TableName`).
public struct HBaseTable: Sendable, Hashable, CustomStringConvertible {
    public static let defaultNamespace = "default"

    public var namespace: String
    public var name: String

    public init(namespace: String = HBaseTable.defaultNamespace, name: String) {
        self.namespace = namespace.isEmpty ? HBaseTable.defaultNamespace : namespace
        self.name = name
    }

    /// Reads `namespace:name` or `name`.
    public init(_ text: String) {
        if let colon = text.firstIndex(of: ":") {
            self.init(namespace: String(text[..<colon]), name: String(text[text.index(after: colon)...]))
        } else {
            self.init(name: text)
        }
    }

    public static let meta = HBaseTable(namespace: "hbase", name: "meta")

    /// As HBase prints it, and as region names begin: `name` in the namespace `default`, else `namespace:name`.
    public var description: String {
        namespace == HBaseTable.defaultNamespace ? name : "\(namespace):\(name)"
    }
}

extension HBaseTable: ProtobufReadable, ProtobufWritable {
    public init(from reader: inout ProtobufReader) throws(WireError) {
        var namespace: String?
        var name: String?
        while let field = try reader.next() {
            switch field {
            case 1: namespace = try reader.string()
            case 2: name = try reader.string()
            default: try reader.skip()
            }
        }
        self.namespace = try required(namespace, "TableName.namespace")
        self.name = try required(name, "TableName.qualifier")
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, namespace)
        writer.field(2, name)
    }
}
