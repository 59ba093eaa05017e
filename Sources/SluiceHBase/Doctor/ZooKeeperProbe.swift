import SluiceBase
import SluiceHBaseClient
import SluiceNet

/// What one server of a ZooKeeper quorum says about HBase's node.
enum ZooKeeperFinding: Sendable, Hashable {
    /// The node is there, with these below it.
    case node(children: [String])
    /// There is no such node; these are at the root.
    case noNode(root: [String])
    case unreachable(NetworkError)
    /// Something listens there and does not talk as ZooKeeper does.
    case noZooKeeper
    /// Connected, and then no answer.
    case silent
    /// The node may not be read (ZooKeeper's error number).
    case refused(Int32)
}

/// Asks every server of a quorum once, for the doctor. Lives on a transport; a finding for each server comes at the
/// latest after `limitNanos`.
final class ZooKeeperProbe: TransportHandler {
    private struct Peer {
        var endpoint: Endpoint
        var connection: ConnectionID
        var session: ZooKeeperSession
        var isOpen = false
        var hasGreeted = false
        var finding: ZooKeeperFinding?
    }

    private let transport: any Transport
    private let parent: String
    private let done: ([ZooKeeperFinding]) -> Void
    private var peers: [Peer] = []
    private var isOver = false

    init(
        _ quorum: [Endpoint], parent: String, tls: TLSConfiguration?, limitNanos: Int64,
        _ transport: any Transport, _ done: @escaping ([ZooKeeperFinding]) -> Void
    ) {
        self.transport = transport
        self.parent = parent
        self.done = done
        for endpoint in quorum {
            let connection = transport.connect(endpoint, tls: tls, timeoutNanos: limitNanos)
            peers.append(
                Peer(
                    endpoint: endpoint, connection: connection,
                    session: ZooKeeperSession(timeoutNanos: 10_000_000_000)))
        }
        _ = transport.startTimer(at: transport.now + limitNanos)
    }

    /// What the quorum's servers say, in its order. Waits.
    static func ask(
        _ quorum: [Endpoint], parent: String, tls: TLSConfiguration? = nil, limitMillis: Int64
    ) -> [ZooKeeperFinding] {
        let answer = Promise<[ZooKeeperFinding]>()
        do throws(NetworkError) {
            let loop = try LoopThread(name: "hbase-doctor") { transport in
                ZooKeeperProbe(
                    quorum, parent: parent, tls: tls, limitNanos: limitMillis * 1_000_000, transport
                ) { answer.give($0) }
            }
            let found = answer.wait(milliseconds: limitMillis + 500)
            loop.stop(waitNanos: 0)
            return found ?? quorum.map { _ in .silent }
        } catch {
            return quorum.map { _ in .unreachable(error) }
        }
    }

    func opened(_ connection: ConnectionID) {
        guard let index = index(connection) else { return }
        peers[index].isOpen = true
        transport.send(peers[index].session.opened(now: transport.now), on: connection)
    }

    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID) {
        guard let index = index(connection) else { return }
        var events: [ZooKeeperSession.Event] = []
        do {
            try peers[index].session.received(bytes, now: transport.now) { events.append($0) }
        } catch {
            return settle(index, .noZooKeeper)
        }
        for event in events { handle(event, index) }
    }

    func closed(_ connection: ConnectionID, _ error: NetworkError?) {
        guard let index = index(connection) else { return }
        if peers[index].isOpen {
            settle(index, peers[index].hasGreeted ? .silent : .noZooKeeper)
        } else {
            settle(index, .unreachable(error ?? NetworkError(.other, "the connection was closed")))
        }
    }

    func fired(_ timer: TimerID) {
        for index in peers.indices where peers[index].finding == nil {
            let endpoint = peers[index].endpoint
            if !peers[index].isOpen {
                let error = NetworkError(.timedOut, "\(endpoint) does not answer")
                peers[index].finding = .unreachable(error)
            } else {
                peers[index].finding = peers[index].hasGreeted ? .silent : .noZooKeeper
            }
        }
        finish()
    }

    func woken() {}

    private func index(_ connection: ConnectionID) -> Int? {
        peers.firstIndex { $0.connection == connection }
    }

    private func handle(_ event: ZooKeeperSession.Event, _ index: Int) {
        switch event {
        case .send(let bytes): transport.send(bytes, on: peers[index].connection)
        case .connected:
            peers[index].hasGreeted = true
            ask(parent, index)
        case .reply(let reply): answered(reply, index)
        case .watch, .expired, .wantsLogin: break
        }
    }

    private func ask(_ path: String, _ index: Int) {
        if let bytes = peers[index].session.getChildren(path, now: transport.now) {
            transport.send(bytes, on: peers[index].connection)
        }
    }

    private func answered(_ reply: ZooKeeperSession.Reply, _ index: Int) {
        switch reply.content {
        case .children(let names):
            settle(
                index, reply.path == parent ? .node(children: names.sorted()) : .noNode(root: names.sorted()))
        case .error(let code):
            if reply.path == parent && code == -101 { return ask("/", index) }
            settle(index, reply.path == parent ? .refused(code) : .noNode(root: []))
        case .data, .exists, .created, .deleted, .token: break
        }
    }

    private func settle(_ index: Int, _ finding: ZooKeeperFinding) {
        guard peers[index].finding == nil else { return }
        peers[index].finding = finding
        if let bytes = peers[index].session.closing() { transport.send(bytes, on: peers[index].connection) }
        transport.close(peers[index].connection)
        if peers.allSatisfy({ $0.finding != nil }) { finish() }
    }

    private func finish() {
        guard !isOver else { return }
        isOver = true
        done(peers.map { $0.finding ?? .silent })
    }
}
