public import SluiceNet

/// How a client reaches a cluster, and its bounds. Times are in nanoseconds, sizes in bytes.
public struct ClientSettings: Sendable, Hashable {
    /// Where the client learns of the cluster.
    public enum Registry: Sendable, Hashable {
        /// Servers of the ZooKeeper quorum and HBase's node there.
        case zooKeeper(quorum: [Endpoint], parent: String)
        /// Any masters and region servers (the bootstrap servers of the RPC registry).
        case servers([Endpoint])
    }

    public enum Authentication: Sendable, Hashable {
        case simple
        case kerberos(KerberosSettings)

        /// With the tickets of the default cache; `serverPrincipal` may hold `_HOST`.
        public static func kerberos(serverPrincipal: String) -> Authentication {
            .kerberos(KerberosSettings(regionServer: .named(serverPrincipal)))
        }
    }

    public var registry: Registry
    /// The user that servers see under simple authentication.
    public var user: String
    public var authentication: Authentication = .simple
    public var tls: TLSConfiguration?
    public var zooKeeperTLS: TLSConfiguration?
    /// Log in to ZooKeeper, too, with the tickets of `authentication`; nil: without a login.
    public var zooKeeperPrincipal: ServerPrincipal?

    /// Packs the cells of calls and answers; a server that lacks the codec closes the connection.
    public var cellBlockCompression: BlockCodec?

    /// A call without an answer for so long is lost; a server that sends nothing for so long is dead.
    public var rpcTimeoutNanos: Int64 = 60_000_000_000
    /// A batch without a deadline of its own ends after so long.
    public var operationTimeoutNanos: Int64 = 1_200_000_000_000
    public var connectTimeoutNanos: Int64 = 10_000_000_000
    /// The unit of waiting between two tries.
    public var pauseNanos: Int64 = 100_000_000
    /// The unit of waiting when a server or region says that it has too much to do; nil: the usual one.
    public var overloadedPauseNanos: Int64?
    /// What has to wait longer than this for a region or server to come back is tried in samples meanwhile.
    public var longestPauseNanos: Int64 = 1_000_000_000
    /// So many changes of one row that wait together go as one; 1: each goes alone.
    public var mostCombinedChanges = 1000
    /// After so many retries an operation fails.
    public var maxRetries: Int = 15

    public var maxCallsPerServer: Int = 6
    public var maxOperationsPerCall: Int = 2000
    public var maxBytesPerCall: Int = 2 << 20
    public var maxBytesInFlightPerServer: Int = 8 << 20
    public var maxBytesInFlight: Int = 64 << 20
    /// Frames longer than this are refused.
    public var maxFrameBytes: Int = 256 << 20
    /// Regions read ahead when one is looked up.
    public var prefetchedRegions: Int = 100
    public var zooKeeperSessionTimeoutNanos: Int64 = 30_000_000_000

    public init(registry: Registry, user: String) {
        self.registry = registry
        self.user = user
    }
}
