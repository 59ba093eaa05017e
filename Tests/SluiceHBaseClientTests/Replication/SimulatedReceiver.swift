import SluiceBase
import SluiceHBaseFake
import SluiceNet

@testable import SluiceHBaseClient

/// A receiver, the ZooKeeper that it registers in and what it is shipped, on virtual time.
final class SimulatedReceiver {
    let transport: SimulatedTransport
    let cluster: FakeHBaseCluster
    let sink: MemorySink
    let state: ReceiverState
    let server: ServerName
    let port: UInt16
    let receiver: ReplicationReceiver
    private let mailbox = ReceiverMailbox()

    static let second: Int64 = 1_000_000_000
    static let node = "/sluice/test"

    init(
        seed: UInt64 = 1, cluster: FakeHBaseCluster? = nil, transport: SimulatedTransport? = nil,
        sink: MemorySink? = nil, node: String = SimulatedReceiver.node, maxPendingBytes: Int = 64 << 20
    ) throws {
        let transport = transport ?? SimulatedTransport(seed: seed)
        let cluster = cluster ?? FakeHBaseCluster(on: transport, regionServers: 1, seed: seed)
        let wake = Waker(transport)
        let sink = sink ?? MemorySink()
        let (listener, port) = try transport.listen(Endpoint(host: "0.0.0.0", port: 0))
        server = ServerName(host: "sluice", port: port, startCode: UInt64(transport.now))
        let settings = ReplicationReceiver.Settings(
            nodes: PeerNodes(base: node, server: server), quorum: cluster.layout.zooKeepers,
            maxPendingBytes: maxPendingBytes)
        state = ReceiverState {}
        receiver = ReplicationReceiver(
            settings, transport: transport, listener: listener, sink: sink, mailbox: mailbox, state: state,
            first: 0
        ) { wake.wake() }
        transport.handler = receiver
        self.transport = transport
        self.cluster = cluster
        self.sink = sink
        self.port = port
    }

    func end(removesNodes: Bool) {
        mailbox.post(.end(removesNodes: removesNodes))
        transport.wake()
    }

    func removeNodes(of bases: [String]) {
        mailbox.post(.removeNodes(of: bases))
        transport.wake()
    }

    func run(seconds: Double) { transport.run(forNanos: Int64(seconds * 1e9)) }

    var keeper: FakeZooKeeper { cluster.keepers[0] }

    /// `@unchecked Sendable`: a simulation has one thread.
    private final class Waker: @unchecked Sendable {
        private let transport: SimulatedTransport
        init(_ transport: SimulatedTransport) { self.transport = transport }
        func wake() { transport.wake() }
    }
}

/// Keeps shipments in memory, or does not, as the test says.
///
/// `@unchecked Sendable`: a simulation has one thread.
final class MemorySink: ReplicationSink, @unchecked Sendable {
    enum Mood { case keeps, refuses, waits }

    var mood = Mood.keeps
    private(set) var kept: [WALEntry] = []
    /// Everything that was offered, kept or not.
    private(set) var offered = 0
    private var window = ShipmentWindow(isSerial: false)
    private var waiting: [([WALEntry], @Sendable (ShipmentVerdict) -> Void)] = []

    var waitingCount: Int { waiting.count }

    func keep(_ entries: [WALEntry], _ done: @escaping @Sendable (ShipmentVerdict) -> Void) {
        offered += entries.count
        switch mood {
        case .keeps: store(entries, done)
        case .refuses: done(.failed("the disk is full"))
        case .waits: waiting.append((entries, done))
        }
    }

    private func store(_ entries: [WALEntry], _ done: @Sendable (ShipmentVerdict) -> Void) {
        for entry in entries where window.insert(entry.region, entry.sequence) { kept.append(entry) }
        done(.kept)
    }

    /// Keeps what has waited.
    func release() {
        let due = waiting
        waiting = []
        for (entries, done) in due { store(entries, done) }
    }

    /// What a process loses that is killed before it has kept what waits.
    func forgetWaiting() { waiting = [] }
}
