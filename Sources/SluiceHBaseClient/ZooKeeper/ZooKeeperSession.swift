/// A session with a ZooKeeper quorum as a pure state machine: bytes in, bytes and events out, no clock of its
/// own. The owner connects to one server after another; the session lives on over connections until the
/// quorum says that it has expired.
///
/// Times are nanoseconds. Replies come in the order of the requests. Watches that have not fired are
/// registered again after a reconnect. With a login, requests wait on each connection until `loggedIn`. Sources:
/// ZooKeeper `ClientCnxn`, `ZooKeeperSaslClient`, `zookeeper.jute`.
public struct ZooKeeperSession: Sendable {
    public struct Reply: Sendable, Hashable {
        public enum Content: Sendable, Hashable {
            case data([UInt8])
            /// When the node was made, in milliseconds since 1970 by ZooKeeper's clock; 0: it did not say.
            case exists(createdMillis: Int64)
            case created
            case deleted
            case children([String])
            /// The server's token of a login, nil when it has none to give.
            case token([UInt8]?)
            /// -101: no such node, -110: it is there already; others as ZooKeeper numbers them.
            case error(Int32)
        }

        public var path: String
        public var content: Content
    }

    public enum Event: Sendable, Hashable {
        case send([UInt8])
        /// Requests are answered from now on.
        case connected
        /// As `connected`, but the login comes first: `logIn` with the first token.
        case wantsLogin
        case reply(Reply)
        /// A watch has fired; it is gone. Types: 1 created, 2 deleted, 3 data changed, 4 children changed.
        case watch(path: String, type: Int32)
        /// The session and its watches are gone; the next connection makes a new one.
        case expired
    }

    private enum Operation: Int32, Sendable {
        case create = 1
        case delete = 2
        case exists = 3
        case getData = 4
        case getChildren = 8
        case login = 102
    }

    private struct Request: Sendable {
        var operation: Operation
        var path: String
        var watch: Bool
        var data: [UInt8] = []
        /// Of a new node: 0 persistent, 1 as long as the session.
        var flags: Int32 = 0
        var xid: Int32 = 0
    }

    private struct Watch: Sendable, Hashable {
        var operation: Operation
        var path: String
    }

    static let noNode: Int32 = -101
    static let nodeExists: Int32 = -110
    /// The server answers nobody without a login.
    public static let loginRequired: Int32 = -124
    static let longestFrame = 4 << 20

    private let wantedTimeoutMillis: Int32
    private var sessionID: Int64 = 0
    private var password = [UInt8](repeating: 0, count: 16)
    private var lastZxid: Int64 = 0
    private var lastXid: Int32 = 0
    private var timeoutNanos: Int64
    private let logsIn: Bool
    private var greeted = false
    private var isLoggingIn = false
    private var attached = false
    private var input: [UInt8] = []
    /// Sent, in order; and asked for while there was no connection.
    private var sent: [Request] = []
    private var waiting: [Request] = []
    private var watches: Set<Watch> = []
    private var lastSent: Int64 = 0
    private var lastReceived: Int64 = 0

    public init(timeoutNanos: Int64, logsIn: Bool = false) {
        self.logsIn = logsIn
        wantedTimeoutMillis = Int32(clamping: timeoutNanos / 1_000_000)
        self.timeoutNanos = max(timeoutNanos, 1_000_000)
    }

    public var isConnected: Bool { greeted && !isLoggingIn }
    /// Requests without an answer.
    public var pendingRequests: Int { sent.count + waiting.count }

    // MARK: connections

    /// The first bytes on a new connection.
    public mutating func opened(now: Int64) -> [UInt8] {
        attached = true
        greeted = false
        input = []
        lastSent = now
        lastReceived = now
        var writer = JuteWriter()
        writer.int(0)
        writer.long(lastZxid)
        writer.int(wantedTimeoutMillis)
        writer.long(sessionID)
        writer.buffer(password)
        writer.boolean(false)
        return writer.finish()
    }

    /// The connection is gone; what was asked is asked again on the next one.
    public mutating func lost() {
        attached = false
        greeted = false
        isLoggingIn = false
        waiting = sent.filter { $0.operation != .login } + waiting
        sent = []
        input = []
    }

    /// Asks the server to end the session.
    public mutating func closing() -> [UInt8]? {
        guard greeted else { return nil }
        var writer = JuteWriter()
        writer.int(nextXid())
        writer.int(-11)
        return writer.finish()
    }

    // MARK: requests

    public mutating func getData(_ path: String, watch: Bool = false, now: Int64) -> [UInt8]? {
        ask(Request(operation: .getData, path: path, watch: watch), now)
    }

    /// A watch of a missing node fires when it is created.
    public mutating func exists(_ path: String, watch: Bool = false, now: Int64) -> [UInt8]? {
        ask(Request(operation: .exists, path: path, watch: watch), now)
    }

    public mutating func getChildren(_ path: String, watch: Bool = false, now: Int64) -> [UInt8]? {
        ask(Request(operation: .getChildren, path: path, watch: watch), now)
    }

    /// Makes a node that everybody may change; an ephemeral one goes with the session. Asked again on another
    /// connection it may answer -110 although it was this call that made the node.
    public mutating func create(
        _ path: String, _ data: [UInt8] = [], isEphemeral: Bool = false, now: Int64
    ) -> [UInt8]? {
        var request = Request(operation: .create, path: path, watch: false)
        request.data = data
        request.flags = isEphemeral ? 1 : 0
        return ask(request, now)
    }

    /// Removes a node whatever its version.
    public mutating func delete(_ path: String, now: Int64) -> [UInt8]? {
        ask(Request(operation: .delete, path: path, watch: false), now)
    }

    /// The bytes to send now; nil while there is no connection.
    private mutating func ask(_ request: Request, _ now: Int64) -> [UInt8]? {
        guard isConnected else {
            waiting.append(request)
            return nil
        }
        var writer = begin(request, now)
        writer.text(request.path)
        switch request.operation {
        case .create:
            writer.buffer(request.data)
            writer.openAccess()
            writer.int(request.flags)
        case .delete: writer.int(-1)
        case .exists, .getData, .getChildren: writer.boolean(request.watch)
        case .login: break
        }
        return writer.finish()
    }

    private mutating func begin(_ request: Request, _ now: Int64) -> JuteWriter {
        var numbered = request
        numbered.xid = nextXid()
        sent.append(numbered)
        lastSent = now
        var writer = JuteWriter()
        writer.int(numbered.xid)
        writer.int(request.operation.rawValue)
        return writer
    }

    // MARK: login

    /// Sends a token of the login.
    public mutating func logIn(_ token: [UInt8], now: Int64) -> [UInt8]? {
        guard greeted, isLoggingIn else { return nil }
        var writer = begin(Request(operation: .login, path: "", watch: false), now)
        writer.buffer(token)
        return writer.finish()
    }

    /// What waited for the login to succeed.
    public mutating func loggedIn(now: Int64) -> [[UInt8]] {
        isLoggingIn = false
        return askWaiting(now)
    }

    private mutating func askWaiting(_ now: Int64) -> [[UInt8]] {
        var messages: [[UInt8]] = watches.isEmpty ? [] : [setWatches()]
        let asked = waiting
        waiting = []
        for request in asked {
            if let bytes = ask(request, now) { messages.append(bytes) }
        }
        return messages
    }

    private mutating func nextXid() -> Int32 {
        lastXid = lastXid == Int32.max ? 1 : lastXid + 1
        return lastXid
    }

    // MARK: time

    public enum Health: Sendable, Hashable {
        case fine
        case ping([UInt8])
        /// Nothing was heard for two thirds of the timeout: try the next server.
        case dead
    }

    /// To be called a few times per timeout.
    public mutating func tick(now: Int64) -> Health {
        guard attached else { return .fine }
        if now - lastReceived > timeoutNanos / 3 * 2 { return .dead }
        guard greeted, now - lastSent >= timeoutNanos / 3 else { return .fine }
        lastSent = now
        var writer = JuteWriter()
        writer.int(-2)
        writer.int(11)
        return .ping(writer.finish())
    }

    // MARK: answers

    /// Takes bytes of the server. After an error the connection is to be closed.
    public mutating func received(
        _ bytes: UnsafeRawBufferPointer, now: Int64, _ events: (Event) -> Void
    ) throws(WireError) {
        lastReceived = now
        input.append(contentsOf: bytes)
        while let frame = try nextFrame() {
            try frame.withRaw { (raw) throws(WireError) in
                if greeted { try reply(raw, events) } else { try greeting(raw, now, events) }
            }
            if !attached { return }
        }
    }

    private mutating func nextFrame() throws(WireError) -> [UInt8]? {
        guard input.count >= 4 else { return nil }
        let length = input.withRaw { $0.baseAddress.map { Int($0.bigEndian(Int32.self, at: 0)) } ?? 0 }
        guard length >= 0, length <= ZooKeeperSession.longestFrame else { throw .frameLength(Int64(length)) }
        guard input.count >= 4 + length else { return nil }
        let frame = Array(input[4..<4 + length])
        input.removeFirst(4 + length)
        return frame
    }

    private mutating func greeting(
        _ bytes: UnsafeRawBufferPointer, _ now: Int64, _ events: (Event) -> Void
    ) throws(WireError) {
        var reader = JuteReader(bytes)
        _ = try reader.int()
        let timeout = try reader.int()
        let session = try reader.long()
        let given = try reader.buffer() ?? []
        guard timeout > 0 else {
            expire()
            events(.expired)
            return
        }
        timeoutNanos = Int64(timeout) * 1_000_000
        sessionID = session
        password = given
        greeted = true
        isLoggingIn = logsIn
        events(logsIn ? .wantsLogin : .connected)
        guard !logsIn else { return }
        for bytes in askWaiting(now) { events(.send(bytes)) }
    }

    private mutating func expire() {
        attached = false
        greeted = false
        sessionID = 0
        password = [UInt8](repeating: 0, count: 16)
        lastZxid = 0
        watches = []
        input = []
    }

    private func setWatches() -> [UInt8] {
        func paths(_ operation: Operation) -> [String] {
            watches.filter { $0.operation == operation }.map(\.path).sorted()
        }
        var writer = JuteWriter()
        writer.int(-8)
        writer.int(101)
        writer.long(lastZxid)
        writer.texts(paths(.getData))
        writer.texts(paths(.exists))
        writer.texts(paths(.getChildren))
        return writer.finish()
    }

    private mutating func reply(
        _ bytes: UnsafeRawBufferPointer, _ events: (Event) -> Void
    ) throws(WireError) {
        var reader = JuteReader(bytes)
        let xid = try reader.int()
        let zxid = try reader.long()
        let error = try reader.int()
        if zxid > 0 { lastZxid = zxid }
        switch xid {
        case -1:
            try watchFired(&reader, events)
        case -2, -4, -8:
            return
        default:
            guard let request = sent.first, request.xid == xid else {
                // Answers to `closeSession` and to nothing that was asked.
                if sent.isEmpty { return }
                throw .malformedField
            }
            sent.removeFirst()
            events(.reply(try content(request, error, &reader)))
        }
    }

    private mutating func content(
        _ request: Request, _ error: Int32, _ reader: inout JuteReader
    ) throws(WireError) -> Reply {
        let missing = error == ZooKeeperSession.noNode
        if request.watch, error == 0 || (missing && request.operation == .exists) {
            watches.insert(Watch(operation: request.operation, path: request.path))
        }
        guard error == 0 else { return Reply(path: request.path, content: .error(error)) }
        switch request.operation {
        case .getData: return Reply(path: request.path, content: .data(try reader.buffer() ?? []))
        case .exists:
            // czxid, mzxid, ctime, and more.
            let hasTimes = (try? reader.long()) != nil && (try? reader.long()) != nil
            let created = hasTimes ? (try? reader.long()) ?? 0 : 0
            return Reply(path: request.path, content: .exists(createdMillis: created))
        case .create: return Reply(path: request.path, content: .created)
        case .delete: return Reply(path: request.path, content: .deleted)
        case .getChildren: return Reply(path: request.path, content: .children(try reader.texts()))
        case .login: return Reply(path: "", content: .token(try reader.buffer()))
        }
    }

    private mutating func watchFired(
        _ reader: inout JuteReader, _ events: (Event) -> Void
    ) throws(WireError) {
        let type = try reader.int()
        let state = try reader.int()
        let path = try reader.text()
        if state == -112 {
            expire()
            events(.expired)
            return
        }
        guard type > 0 else { return }
        if type == 4 {
            watches.remove(Watch(operation: .getChildren, path: path))
        } else {
            watches.remove(Watch(operation: .getData, path: path))
            watches.remove(Watch(operation: .exists, path: path))
            if type == 2 { watches.remove(Watch(operation: .getChildren, path: path)) }
        }
        events(.watch(path: path, type: type))
    }
}
