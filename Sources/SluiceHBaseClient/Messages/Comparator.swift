/// Compares a value on the server (`hbase.pb.Comparator`): the Java class and its fields.
public enum Comparator: Sendable, Hashable, ProtobufWritable {
    /// Unsigned bytes.
    case binary([UInt8])
    /// The first bytes only.
    case binaryPrefix([UInt8])
    /// A number of eight bytes.
    case long(Int64)
    /// Equal to every missing or empty value.
    case null
    case substring(String)
    /// A Java regular expression.
    case regularExpression(String)

    public var className: String {
        switch self {
        case .binary: return "BinaryComparator"
        case .binaryPrefix: return "BinaryPrefixComparator"
        case .long: return "LongComparator"
        case .null: return "NullComparator"
        case .substring: return "SubstringComparator"
        case .regularExpression: return "RegexStringComparator"
        }
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, "org.apache.hadoop.hbase.filter." + className)
        let inner = writer.begin(2)
        switch self {
        case .binary(let value), .binaryPrefix(let value): writeComparable(value, &writer)
        case .long(let value): writeComparable(withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }, &writer)
        case .null: break
        case .substring(let text): writer.field(1, text)
        case .regularExpression(let pattern):
            writer.field(1, pattern)
            writer.field(2, 0 as Int32)
            writer.field(3, "UTF-8")
        }
        writer.end(inner)
    }

    private func writeComparable(_ value: [UInt8], _ writer: inout ProtobufWriter) {
        let comparable = writer.begin(1)
        writer.field(1, value)
        writer.end(comparable)
    }
}
