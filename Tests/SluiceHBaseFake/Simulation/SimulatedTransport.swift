public import SluiceBase
public import SluiceNet

/// A transport on virtual time: what a seed gives once, it gives again. Connections lead to fake servers of the same
/// thread; bytes arrive late and in chunks of any size, in order within a connection. Nothing happens outside `run`.
public final class SimulatedTransport: Transport, FakeWorld {
    /// How the simulated network behaves. Times in nanoseconds.
    public struct Conditions {
        public var latency: ClosedRange<Int64> = 50_000...400_000
        /// Bytes are cut into chunks of 1 to this many.
        public var longestChunk = 4096
        /// Per chunk: it and all that follows are this late.
        public var stallProbability = 0.0
        public var stallNanos: Int64 = 200_000_000
        /// Per chunk: the connection is reset instead.
        public var resetProbability = 0.0

        public init() {}
    }

    /// What a connection attempt to an endpoint meets when it is not plainly answered.
    public enum Refusal: Sendable {
        case refused
        /// Nothing answers until the client gives up.
        case silent
        case nameNotFound
    }

    private final class Connection {
        let link: FakeLink
        var peer: (any FakePeer)?
        var isOpen = false
        /// When the last chunk of each direction arrives; the next is not earlier.
        var toServer: Int64 = 0
        var toClient: Int64 = 0
        var unsent = 0

        init(link: FakeLink) { self.link = link }
    }

    public weak var handler: (any TransportHandler)?
    public var conditions = Conditions()
    public private(set) var now: Int64 = 1_000_000_000
    public var random: RandomSource
    public private(set) var resets = 0
    public private(set) var stalls = 0
    public private(set) var connectionsMade = 0
    public private(set) var eventsRun = 0
    /// Bytes that were handed to the client and to the servers.
    public private(set) var bytesToClient = 0
    public private(set) var bytesToServers = 0

    private var events = EventQueue()
    private var listeners: [Endpoint: any FakeListener] = [:]
    private var refusals: [Endpoint: Refusal] = [:]
    private var connections: [UInt64: Connection] = [:]
    private var timers: Set<UInt64> = []
    var lastNumber: UInt64 = 0
    /// Ports that are listened on.
    var listening: [ListenerID: UInt16] = [:]
    /// Connections that are not read, and what has come on them.
    var paused: Set<UInt64> = []
    var held: [UInt64: [[UInt8]]] = [:]
    private var wakePending = false

    public init(seed: UInt64) { random = RandomSource(seed: seed) }

    public func listen(_ endpoint: Endpoint, _ listener: any FakeListener) { listeners[endpoint] = listener }

    /// From now on connection attempts fail like this; nil: they are answered again.
    public func refuse(_ endpoint: Endpoint, _ refusal: Refusal?) { refusals[endpoint] = refusal }

    public var openConnections: Int { connections.count }

    // MARK: Time

    public func after(_ nanos: Int64, _ action: @escaping () -> Void) {
        events.add(at: now + max(0, nanos), action)
    }

    /// Does all that is due up to the time, then the clock stands there.
    public func run(until time: Int64) {
        while let next = events.nextTime, next <= time { step() }
        now = max(now, time)
    }

    public func run(forNanos nanos: Int64) { run(until: now + nanos) }

    /// Runs until the condition holds, looked at after each event; false: not within the time, or nothing is left
    /// that could happen.
    public func run(withinNanos nanos: Int64, until condition: () -> Bool) -> Bool {
        let limit = now + nanos
        while !condition() {
            guard let next = events.nextTime, next <= limit else {
                now = limit
                return false
            }
            step()
        }
        return true
    }

    private func step() {
        guard let event = events.takeFirst() else { return }
        now = max(now, event.time)
        eventsRun += 1
        event.action()
    }

    /// Calls `woken` of the handler soon, as a post from another thread would.
    public func wake() {
        guard !wakePending else { return }
        wakePending = true
        after(Int64.random(in: 0...20_000, using: &random)) { [unowned self] in
            wakePending = false
            handler?.woken()
        }
    }

    // MARK: Transport

    public func connect(_ endpoint: Endpoint, tls: TLSConfiguration?, timeoutNanos: Int64) -> ConnectionID {
        let (number, _) = makeConnection()
        let id = ConnectionID(number)
        if refusals[endpoint] == .silent {
            after(timeoutNanos) { [unowned self] in
                fail(id, NetworkError(.timedOut, "connecting to \(endpoint) timed out"))
            }
            return id
        }
        after(latency()) { [unowned self] in arrive(number, at: endpoint) }
        return id
    }

    func makeConnection() -> (number: UInt64, link: FakeLink) {
        lastNumber += 1
        let number = lastNumber
        let link = FakeLink(
            write: { [unowned self] in deliverToClient(number, $0) },
            hangUp: { [unowned self] in serverCloses(number, reset: $0) })
        connections[number] = Connection(link: link)
        return (number, link)
    }

    /// A connection that somebody else makes is open after a while; nothing arrives before.
    func takeConnection(_ number: UInt64, _ peer: any FakePeer, _ opened: @escaping () -> Void) {
        guard let connection = connections[number] else { return }
        connection.peer = peer
        connectionsMade += 1
        let time = now + latency()
        connection.toServer = time
        connection.toClient = time
        events.add(at: time) { [unowned self] in
            guard let connection = connections[number] else { return }
            connection.isOpen = true
            opened()
        }
    }

    /// The connection attempt reaches the server's machine.
    private func arrive(_ number: UInt64, at endpoint: Endpoint) {
        guard let connection = connections[number] else { return }
        let id = ConnectionID(number)
        if refusals[endpoint] == .nameNotFound {
            return fail(id, NetworkError(.nameNotFound, "no address for \"\(endpoint.host)\""))
        }
        guard refusals[endpoint] == nil, let peer = listeners[endpoint]?.accept(connection.link) else {
            return fail(id, NetworkError(.refused, "\(endpoint) refuses connections"))
        }
        connection.peer = peer
        connectionsMade += 1
        after(latency()) { [unowned self] in
            guard let connection = connections[number] else { return }
            connection.isOpen = true
            connection.toServer = now
            connection.toClient = max(connection.toClient, now)
            handler?.opened(id)
        }
    }

    private func fail(_ id: ConnectionID, _ error: NetworkError?) {
        guard let connection = connections.removeValue(forKey: id.number) else { return }
        connection.link.lost()
        handler?.closed(id, error)
    }

    public func send(_ bytes: consuming [UInt8], on id: ConnectionID) {
        guard let connection = connections[id.number] else { return }
        let all = consume bytes
        connection.unsent += all.count
        for chunk in chunks(all) {
            connection.toServer = max(connection.toServer, now) + latency() + stall()
            if breaks() { resetConnection(id.number, at: connection.toServer) }
            events.add(at: connection.toServer) { [unowned self] in
                // A closed connection may still carry bytes that were under way.
                connection.unsent -= chunk.count
                guard connection.link.isOpen else { return }
                bytesToServers += chunk.count
                connection.peer?.received(chunk)
            }
        }
    }

    public func unsentBytes(on id: ConnectionID) -> Int { connections[id.number]?.unsent ?? 0 }

    public func close(_ id: ConnectionID) {
        guard let connection = connections.removeValue(forKey: id.number) else { return }
        // What was sent arrives, or the peer hears of the end before it.
        let late = Bool.random(using: &random) ? connection.toServer : now
        events.add(at: max(now, late) + latency()) {
            guard connection.link.isOpen else { return }
            connection.link.lost()
            connection.peer?.disconnected()
        }
    }

    public func startTimer(at nanos: Int64) -> TimerID {
        lastNumber += 1
        let number = lastNumber
        timers.insert(number)
        events.add(at: max(now, nanos)) { [unowned self] in
            if timers.remove(number) != nil { handler?.fired(TimerID(number)) }
        }
        return TimerID(number)
    }

    public func cancelTimer(_ timer: TimerID) { timers.remove(timer.number) }

    // MARK: From the servers

    func deliverToClient(_ number: UInt64, _ bytes: [UInt8]) {
        guard let connection = connections[number] else { return }
        for chunk in chunks(bytes) {
            connection.toClient = max(connection.toClient, now) + latency() + stall()
            if breaks() { resetConnection(number, at: connection.toClient) }
            events.add(at: connection.toClient) { [unowned self] in
                if held[number] == nil { handOver(number, chunk) } else { held[number]?.append(chunk) }
            }
        }
    }

    func handOver(_ number: UInt64, _ chunk: [UInt8]) {
        guard connections[number]?.isOpen == true else { return }
        bytesToClient += chunk.count
        chunk.withUnsafeBytes { handler?.received($0, on: ConnectionID(number)) }
    }

    private func serverCloses(_ number: UInt64, reset: Bool) {
        guard let connection = connections[number] else { return }
        let time = max(reset ? now : connection.toClient, now) + latency()
        let error = reset ? NetworkError(.reset, "the peer reset the connection") : nil
        events.add(at: time) { [unowned self] in fail(ConnectionID(number), error) }
    }

    private func resetConnection(_ number: UInt64, at time: Int64) {
        resets += 1
        events.add(at: time) { [unowned self] in
            guard let connection = connections[number], connection.isOpen else { return }
            let peer = connection.peer
            fail(ConnectionID(number), NetworkError(.reset, "connection reset"))
            peer?.disconnected()
        }
    }

    // MARK: Chance

    private func latency() -> Int64 { Int64.random(in: conditions.latency, using: &random) }

    private func stall() -> Int64 {
        guard chance(conditions.stallProbability) else { return 0 }
        stalls += 1
        return conditions.stallNanos
    }

    private func breaks() -> Bool { chance(conditions.resetProbability) }

    /// Never draws for a probability of zero, so that a run without faults is not disturbed by asking.
    public func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    private func chunks(_ bytes: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let longest = max(1, min(conditions.longestChunk, bytes.count - start))
            let whole = Bool.random(using: &random)
            let count = whole ? longest : Int.random(in: 1...longest, using: &random)
            parts.append(Array(bytes[start..<start + count]))
            start += count
        }
        return parts
    }
}
