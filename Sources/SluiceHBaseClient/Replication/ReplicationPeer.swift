import Glibc
import SluiceBase
public import SluiceNet

/// This process as a replication peer of an HBase cluster: a server that region servers ship their edits to, and the
/// nodes in ZooKeeper by which they find it. For any thread; has a loop thread of its own.
///
/// The peer itself is added to the cluster by `AdminClient.addPeer` with `clusterKey`. Nothing that was shipped is
/// acknowledged before the sink has kept it.
public final class ReplicationPeer: Sendable {
    public struct Settings: Sendable, Hashable {
        /// Where the nodes are made; the region servers and the master must reach it too.
        public var quorum: [Endpoint]
        /// The node of this peer, such as `/sluice/orders`; the same for the same peer.
        public var node: String
        /// The address literal and port to listen on; port 0: any.
        public var listen = Endpoint(host: "0.0.0.0", port: 0)
        /// Under which name region servers reach this machine.
        public var advertisedHost: String
        /// nil: the port that is listened on. For networks that translate ports.
        public var advertisedPort: UInt16?
        public var sessionNanos: Int64 = 30_000_000_000
        /// nil: ZooKeeper is talked to in plain text.
        public var zooKeeperTLS: TLSConfiguration?
        /// nil: there is no login to ZooKeeper. Otherwise `init` needs an authenticator.
        public var zooKeeperPrincipal: ServerPrincipal?
        /// Bytes of shipments that may wait to be kept.
        public var maxPendingBytes = 64 << 20
        public var largestFrame = 256 << 20

        public init(quorum: [Endpoint], node: String, advertisedHost: String) {
            self.quorum = quorum
            self.node = node
            self.advertisedHost = advertisedHost
        }

        /// What the cluster is to call the peer: `quorum:port:/node`.
        public var clusterKey: String {
            let port = quorum.first?.port ?? 2181
            let isShared = quorum.allSatisfy { $0.port == port }
            let servers = quorum.map { isShared ? $0.host : $0.description }.joined(separator: ",")
            return "\(servers):\(port):\(node)"
        }
    }

    /// What it looks like now.
    public struct Status: Sendable, Hashable {
        /// Region servers can find it.
        public var isRegistered: Bool
        /// Why not, or since when not for sure; nil when all is well.
        public var trouble: String?
        /// Connections of region servers.
        public var sources: Int
        public var shipments: Int
        /// Shipments that were not kept; they come again.
        public var refusals: Int
    }

    public let settings: Settings
    /// Under which name region servers know it.
    public let server: ServerName
    private let loop: LoopThread
    private let mailbox: ReceiverMailbox
    private let state: ReceiverState

    /// Listens, and begins to register.
    ///
    /// - Parameters:
    ///   - startCode: milliseconds since 1970, of this start.
    ///   - authenticator: gets tickets for ZooKeeper.
    ///   - changed: called when the status may be another, on the loop's thread; must return quickly.
    /// Errors: the address cannot be listened on; the system has no thread left.
    public init(
        _ settings: Settings, startCode: UInt64, seed: UInt64, sink: any ReplicationSink,
        authenticator: (any Authenticator)? = nil, changed: @escaping @Sendable () -> Void = {}
    ) throws(NetworkError) {
        let mailbox = ReceiverMailbox()
        let state = ReceiverState(changed)
        let started = Promise<Result<ServerName, NetworkError>>()
        loop = try LoopThread(name: "hbase-peer") { transport in
            do throws(NetworkError) {
                let (listener, port) = try transport.listen(settings.listen)
                let server = ServerName(
                    host: settings.advertisedHost, port: settings.advertisedPort ?? port,
                    startCode: startCode)
                let receiver = ReplicationReceiver(
                    ReplicationPeer.receiver(settings, server), transport: transport, listener: listener,
                    sink: sink, mailbox: mailbox, state: state,
                    first: Int(truncatingIfNeeded: seed >> 33), authenticator: authenticator,
                    wake: transport.wake)
                started.give(.success(server))
                return receiver
            } catch {
                started.give(.failure(error))
                return IdleHandler()
            }
        }
        self.settings = settings
        self.mailbox = mailbox
        self.state = state
        server = try started.wait().get()
    }

    private static func receiver(
        _ settings: Settings, _ server: ServerName
    ) -> ReplicationReceiver.Settings {
        ReplicationReceiver.Settings(
            nodes: PeerNodes(base: settings.node, server: server), quorum: settings.quorum,
            access: ZooKeeperAccess(
                tls: settings.zooKeeperTLS, principal: settings.zooKeeperPrincipal),
            sessionNanos: settings.sessionNanos, maxPendingBytes: settings.maxPendingBytes,
            largestFrame: settings.largestFrame)
    }

    public var status: Status {
        let values = state.current
        var status = Status(
            isRegistered: values.registeredMillis != nil, trouble: nil, sources: values.sources,
            shipments: values.shipments, refusals: values.refusals)
        if case .troubled(let reason) = values.registration { status.trouble = reason }
        return status
    }

    /// Since when region servers can find it: milliseconds since 1970 by ZooKeeper's clock; nil: they cannot now.
    public var registeredMillis: Int64? { state.current.registeredMillis }

    /// What happened since the last call that somebody should know, oldest first.
    public func takeNotes() -> [String] { state.takeNotes() }

    /// Removes the nodes of other peers whose processes are gone, such as `/sluice/orders`, as far as that is possible.
    public func removeNodes(of nodes: [String]) {
        mailbox.post(.removeNodes(of: nodes))
        loop.wake()
    }

    /// Takes nothing more, leaves ZooKeeper and ends the thread; waits for that a few seconds at most. What is with
    /// the sink may still be kept, but is not acknowledged any more and comes again.
    ///
    /// - Parameter removesNodes: the peer is gone for good.
    public func close(removesNodes: Bool = false) {
        mailbox.post(.end(removesNodes: removesNodes))
        loop.wake()
        for _ in 0..<300 {
            if state.current.registration == .ended { break }
            usleep(10_000)
        }
        loop.stop()
    }
}

/// Hears of nothing.
private final class IdleHandler: TransportHandler {
    func opened(_ connection: ConnectionID) {}
    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID) {}
    func closed(_ connection: ConnectionID, _ error: NetworkError?) {}
    func fired(_ timer: TimerID) {}
    func woken() {}
}
