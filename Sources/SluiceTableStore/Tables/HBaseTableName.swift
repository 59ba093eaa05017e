public import SluiceBase

/// `namespace:table`; the namespace `default` is not written.
public struct HBaseTableName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let namespace: String
    public let qualifier: String

    /// Parses `table` or `namespace:table` and checks HBase's rules for names.
    public init(_ text: String) throws(SQLError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let last = parts.last else {
            throw SQLError(
                .tableStore, "\"\(text)\" is no table name", hint: "write table or namespace:table")
        }
        namespace = parts.count == 2 ? parts[0] : "default"
        qualifier = last
        try Self.checkNamespace(namespace)
        let bytes = Array(qualifier.utf8)
        let isValid = bytes.allSatisfy { Self.isWord($0) || $0 == 0x2D || $0 == 0x2E }
        guard isValid, let first = bytes.first, Self.isWord(first), bytes.count <= 200 else {
            throw SQLError(
                .tableStore, "\"\(qualifier)\" is no table name",
                hint:
                    "letters, digits, \"_\", \"-\" and \".\", at most 200, the first no \"-\" or \".\""
            )
        }
    }

    static func checkNamespace(_ name: String) throws(SQLError) {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty, bytes.count <= 200, bytes.allSatisfy({ isWord($0) }) else {
            throw SQLError(
                .tableStore, "\"\(name)\" is no namespace name", hint: "letters, digits and \"_\" only")
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: return true
        default: return false
        }
    }

    public var description: String {
        namespace == "default" ? qualifier : "\(namespace):\(qualifier)"
    }

    public static func < (left: HBaseTableName, right: HBaseTableName) -> Bool {
        (left.namespace, left.qualifier) < (right.namespace, right.qualifier)
    }
}
