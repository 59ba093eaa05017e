/// Releases of HBase, as far as a client notices which one it talks to.
public enum FakeVersion: Int, Sendable, CaseIterable, Comparable {
    /// Only masters know of `hbase:meta` (`ClientMetaService`), and they do not tell bootstrap nodes.
    case v2_4
    /// All servers do; none knows the preambles that ask for something.
    case v2_5
    case v2_6
    /// Clients are to ask servers, and ZooKeeper is the servers' own affair.
    case v3

    public static func < (left: FakeVersion, right: FakeVersion) -> Bool { left.rawValue < right.rawValue }

    /// Exceptions of throttling and full queues say in the header that the server is overloaded.
    var tellsOverload: Bool { self >= .v2_5 }
}
