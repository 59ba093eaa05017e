import SluiceNet

/// ZooKeeper servers of the fake cluster: sessions, nodes, watches that fire once; jute records written apart from
/// the client's. Nodes of the cluster itself are computed when they are asked for.
public final class FakeZooKeeper: FakeListener {
    unowned let cluster: FakeHBaseCluster
    public var isAlive = true
    /// New sessions and requests are answered by nothing.
    public var isSilent = false
    /// The next connection within a known session is told that it has expired.
    public var expiresSessions = false
    /// Sessions are made, and their first request ends the connection.
    public var closesAfterGreeting = false
    public internal(set) var greetings = 0
    public internal(set) var requests = 0
    public internal(set) var pings = 0
    public internal(set) var expirations = 0
    var sessions: [Int64: [UInt8]] = [:]
    var lastSession: Int64 = 0x1000_0000_0000_0001
    var zxid: Int64 = 100
    /// Nodes made by clients: data and owner (0: persistent).
    var nodes: [String: (data: [UInt8], owner: Int64)] = [:]
    private var peers: [FakeZooKeeperPeer] = []

    init(cluster: FakeHBaseCluster) { self.cluster = cluster }

    public func accept(_ link: FakeLink) -> (any FakePeer)? {
        guard isAlive else { return nil }
        let peer = FakeZooKeeperPeer(link: link, keeper: self)
        peers.append(peer)
        return peer
    }

    func forget(_ peer: FakeZooKeeperPeer) { peers.removeAll { $0 === peer } }

    public var sessionCount: Int { sessions.count }

    /// Ends every session: its ephemeral nodes are gone, and its client hears of it when it comes back.
    public func expireSessions() {
        for session in sessions.keys {
            for (path, node) in nodes where node.owner == session { nodes[path] = nil }
        }
        sessions = [:]
        dropConnections()
    }

    public func dropConnections() {
        for peer in peers { peer.cut() }
        peers = []
    }

    /// Tells those who watch the node.
    func changed(_ path: String, type: Int32) {
        zxid += 1
        for peer in peers { peer.fire(path, type: type) }
    }

    public func data(of path: String) -> [UInt8]? { nodes[path]?.data ?? cluster.zooKeeperNode(path) }

    func owner(of path: String) -> Int64 { nodes[path]?.owner ?? 0 }

    /// Names of the direct children; nil: no such node.
    public func children(of path: String) -> [String]? {
        guard data(of: path) != nil else { return nil }
        let prefix = path == "/" ? "/" : path + "/"
        let all = Set(cluster.zooKeeperPaths()).union(nodes.keys)
        let below = all.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
        return below.map { String($0.dropFirst(prefix.count)) }.filter { !$0.isEmpty }.sorted()
    }
}

/// One connection to ZooKeeper.
final class FakeZooKeeperPeer: FakePeer {
    private let link: FakeLink
    private unowned let keeper: FakeZooKeeper
    private var buffer: [UInt8] = []
    private var session: Int64?
    private var watches: Set<String> = []

    init(link: FakeLink, keeper: FakeZooKeeper) {
        self.link = link
        self.keeper = keeper
    }

    func cut() { link.close(reset: true) }

    func disconnected() { keeper.forget(self) }

    func received(_ bytes: [UInt8]) {
        buffer += bytes
        while link.isOpen {
            var at = 0
            guard let length = BigEndian.read(Int32.self, buffer[...], &at), length >= 0 else { return }
            guard buffer.count - at >= Int(length) else { return }
            var record = FakeJuteReader(Array(buffer[at..<at + Int(length)]))
            buffer.removeFirst(at + Int(length))
            if keeper.isSilent { continue }
            do {
                if session == nil { try connect(&record) } else { try request(&record) }
            } catch {
                link.close()
                keeper.forget(self)
            }
        }
    }

    private func send(_ body: FakeJuteWriter) {
        link.send(BigEndian.bytes(Int32(body.bytes.count)) + body.bytes)
    }

    private func connect(_ record: inout FakeJuteReader) throws {
        guard try record.int() == 0 else { throw Unparsable(reason: "protocol version") }
        _ = try record.long()
        let timeout = try record.int()
        var id = try record.long()
        var password = try record.buffer() ?? []
        guard password.count == 16, try record.byte() <= 1, record.isAtEnd else {
            throw Unparsable(reason: "connect record")
        }
        var reply = FakeJuteWriter()
        reply.int(0)
        let known = id != 0 && keeper.sessions[id] == password
        if id != 0, !known || keeper.expiresSessions {
            keeper.expirations += 1
            keeper.expiresSessions = false
            keeper.sessions[id] = nil
            reply.int(0)
            reply.long(0)
            reply.buffer([UInt8](repeating: 0, count: 16))
            reply.byte(0)
            send(reply)
            link.close()
            return
        }
        if id == 0 {
            keeper.lastSession += 1
            id = keeper.lastSession
            password = (0..<16).map { UInt8(truncatingIfNeeded: id &* 31 &+ $0) }
            keeper.sessions[id] = password
        }
        session = id
        keeper.greetings += 1
        reply.int(min(max(timeout, 4000), 40_000))
        reply.long(id)
        reply.buffer(password)
        reply.byte(0)
        send(reply)
    }

    private func request(_ record: inout FakeJuteReader) throws {
        if keeper.closesAfterGreeting { return link.close() }
        let xid = try record.int()
        let type = try record.int()
        var reply = FakeJuteWriter()
        reply.int(xid)
        reply.long(keeper.zxid)
        if type == 11 {
            guard xid == -2, record.isAtEnd else { throw Unparsable(reason: "ping") }
            keeper.pings += 1
            reply.int(0)
            return send(reply)
        }
        keeper.requests += 1
        var result = FakeJuteWriter()
        let error = try perform(type, &record, &result)
        guard record.isAtEnd else { throw Unparsable(reason: "bytes after the record of \(type)") }
        reply.int(error)
        if error == 0 { reply.bytes += result.bytes }
        send(reply)
        if type == -11 { link.close() }
    }

    private func perform(
        _ type: Int32, _ record: inout FakeJuteReader, _ result: inout FakeJuteWriter
    ) throws -> Int32 {
        switch type {
        case 1: return try create(&record, &result)
        case 2:
            let path = try record.string()
            _ = try record.int()
            guard keeper.nodes.removeValue(forKey: path) != nil else { return -101 }
            keeper.changed(path, type: 2)
            return 0
        case 3, 4:
            let path = try record.string()
            if try record.bool() { watches.insert(path) }
            guard let data = keeper.data(of: path) else { return -101 }
            if type == 4 { result.buffer(data) }
            result.stat(data, keeper.zxid, owner: keeper.owner(of: path))
            return 0
        case 8, 12:
            let path = try record.string()
            if try record.bool() { watches.insert(path) }
            guard let children = keeper.children(of: path) else { return -101 }
            result.int(Int32(children.count))
            for child in children { result.string(child) }
            if type == 12 { result.stat(keeper.data(of: path) ?? [], keeper.zxid, owner: 0) }
            return 0
        case 101:
            _ = try record.long()
            for _ in 0..<3 { for _ in 0..<max(0, try record.int()) { watches.insert(try record.string()) } }
            return 0
        case -11:
            if let session { keeper.sessions[session] = nil }
            for (path, node) in keeper.nodes where node.owner == session { keeper.nodes[path] = nil }
            return 0
        default: throw Unparsable(reason: "operation \(type)")
        }
    }

    private func create(_ record: inout FakeJuteReader, _ result: inout FakeJuteWriter) throws -> Int32 {
        let path = try record.string()
        let data = try record.buffer() ?? []
        for _ in 0..<max(0, try record.int()) {
            _ = try record.int()
            _ = try record.string()
            _ = try record.string()
        }
        let flags = try record.int()
        guard keeper.data(of: path) == nil else { return -110 }
        keeper.nodes[path] = (data, flags & 1 == 1 ? session ?? 0 : 0)
        result.string(path)
        keeper.changed(path, type: 1)
        return 0
    }

    func fire(_ path: String, type: Int32) {
        guard watches.remove(path) != nil else { return }
        var event = FakeJuteWriter()
        event.int(-1)
        event.long(-1)
        event.int(0)
        event.int(type)
        event.int(3)
        event.string(path)
        send(event)
    }
}
