import Cuv

/// Connections and timers on a libuv loop. Made by `LoopThread` and used on its thread only; the handler's
/// methods are called there and nowhere else.
///
/// What handlers send is gathered until the loop has dealt with everything that was ready (or 64 KiB wait),
/// then written with as few system calls as possible. All timers share one of libuv's; their grain is a
/// millisecond, rounded up.
public final class LoopTransport: Transport {
    private let loop: UnsafeMutablePointer<uv_loop_t>
    private let timer: UnsafeMutablePointer<uv_timer_t>
    private let prepare: UnsafeMutablePointer<uv_prepare_t>
    private let check: UnsafeMutablePointer<uv_check_t>
    let signal: LoopSignal
    /// All connections read into this buffer, one after the other.
    let readBuffer: UnsafeMutableRawBufferPointer
    /// Where TLS puts what it has decrypted.
    let plainBuffer: UnsafeMutableRawBufferPointer
    let writeBuffers: UnsafeMutableBufferPointer<uv_buf_t>

    private(set) var handler: (any TransportHandler)?
    private var connections: [UInt64: LoopConnection] = [:]
    private var listeners: [UInt64: LoopListener] = [:]
    private var lastNumber: UInt64 = 0
    private var heap = TimerHeap()
    /// Timers of connections themselves; the handler does not hear of them.
    private var ownTimers: [UInt64: LoopConnection] = [:]
    /// The time that `timer` is set to.
    private var armed: Int64 = .max
    private var unwritten: [LoopConnection] = []
    private var failures: [(LoopConnection, NetworkError)] = []
    private var contexts: [TLSConfiguration: TLSContext] = [:]
    private var stopped: Bool = false

    private static let bufferSize: Int = 256 << 10

    /// nil when the system refuses.
    init?() {
        loop = .allocate(capacity: 1)
        loop.initialize(to: uv_loop_t())
        guard uv_loop_init(loop) == 0 else {
            loop.deallocate()
            return nil
        }
        guard let signal = LoopSignal(loop, LoopTransport.wokenCallback) else {
            uv_loop_close(loop)
            loop.deallocate()
            return nil
        }
        self.signal = signal
        timer = .allocate(capacity: 1)
        timer.initialize(to: uv_timer_t())
        prepare = .allocate(capacity: 1)
        prepare.initialize(to: uv_prepare_t())
        check = .allocate(capacity: 1)
        check.initialize(to: uv_check_t())
        readBuffer = .allocate(byteCount: Self.bufferSize, alignment: 64)
        plainBuffer = .allocate(byteCount: Self.bufferSize, alignment: 64)
        writeBuffers = .allocate(capacity: OutgoingQueue.buffersPerWrite)
        // These three cannot fail.
        uv_timer_init(loop, timer)
        uv_prepare_init(loop, prepare)
        uv_check_init(loop, check)
    }

    // The transport outlives its loop: `run` and `discard` return when all handles are closed, and only then
    // can this be reached, because callbacks find it through a pointer that it does not retain.
    deinit {
        loop.deallocate()
        timer.deallocate()
        prepare.deallocate()
        check.deallocate()
        readBuffer.deallocate()
        plainBuffer.deallocate()
        writeBuffers.deallocate()
    }

    // MARK: The loop

    func run(_ makeHandler: (LoopTransport) -> any TransportHandler) {
        loop.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        uv_prepare_start(prepare, LoopTransport.prepareCallback)
        uv_check_start(check, LoopTransport.checkCallback)
        handler = makeHandler(self)
        uv_run(loop, UV_RUN_DEFAULT)
        uv_loop_close(loop)
        handler = nil
    }

    /// Frees a loop that never ran.
    func discard() {
        loop.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        shutDown()
        uv_run(loop, UV_RUN_DEFAULT)
        uv_loop_close(loop)
    }

    private func shutDown() {
        if stopped { return }
        stopped = true
        for connection in Array(connections.values) { connection.shut() }
        connections.removeAll()
        for listener in listeners.values { listener.close() }
        listeners.removeAll()
        heap.removeAll()
        ownTimers.removeAll()
        unwritten.removeAll()
        failures.removeAll()
        signal.shut { _ in }
        Self.close(timer)
        Self.close(prepare)
        Self.close(check)
    }

    /// Closes one of the loop's own handles, whose memory is freed in `deinit`.
    private static func close<Handle>(_ handle: UnsafeMutablePointer<Handle>) {
        UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
            uv_close($0) { _ in }
        }
    }

    private static func of(_ loop: UnsafeMutablePointer<uv_loop_t>?) -> LoopTransport? {
        guard let data = loop?.pointee.data else { return nil }
        return Unmanaged<LoopTransport>.fromOpaque(data).takeUnretainedValue()
    }

    private static let wokenCallback: uv_async_cb = { handle in
        guard let transport = of(handle?.pointee.loop) else { return }
        if transport.signal.stopRequested {
            transport.shutDown()
        } else if transport.signal.takeWanted() {
            transport.handler?.woken()
        }
    }

    private static let timerCallback: uv_timer_cb = { handle in of(handle?.pointee.loop)?.fireTimers() }
    private static let prepareCallback: uv_prepare_cb = { handle in of(handle?.pointee.loop)?.settle() }
    private static let checkCallback: uv_check_cb = { handle in of(handle?.pointee.loop)?.settle() }

    /// Tells the handler of what failed inside its own calls, then writes what was sent.
    private func settle() {
        if !failures.isEmpty {
            let due = failures
            failures = []
            for (connection, error) in due { connection.fail(error) }
            // More of them must not wait for the next event.
            if !failures.isEmpty { signal.interrupt() }
        }
        while !unwritten.isEmpty {
            let due = unwritten
            unwritten.removeAll(keepingCapacity: true)
            for connection in due { connection.flush() }
        }
    }

    /// Has the handler's `woken` called soon; for any thread, also after the end of the loop.
    public var wake: @Sendable () -> Void {
        let signal = self.signal
        return { signal.wake() }
    }

    // MARK: Transport

    public var now: Int64 { Int64(truncatingIfNeeded: uv_hrtime()) }

    public func connect(_ endpoint: Endpoint, tls: TLSConfiguration?, timeoutNanos: Int64) -> ConnectionID {
        if stopped {
            lastNumber += 1
            return ConnectionID(lastNumber)
        }
        let connection = makeConnection(endpoint)
        connection.start(timeoutNanos, tls)
        return connection.id
    }

    public func send(_ bytes: consuming [UInt8], on connection: ConnectionID) {
        connections[connection.number]?.send(bytes)
    }

    public func unsentBytes(on connection: ConnectionID) -> Int {
        connections[connection.number]?.unsentBytes ?? 0
    }

    public func close(_ connection: ConnectionID) {
        connections.removeValue(forKey: connection.number)?.closeByHandler()
    }

    public func startTimer(at nanos: Int64) -> TimerID {
        lastNumber += 1
        if !stopped { arm(lastNumber, nanos) }
        return TimerID(lastNumber)
    }

    public func cancelTimer(_ timer: TimerID) { heap.cancel(timer.number) }

    // MARK: For connections

    /// `flush` is called on the connection once the loop is through with what is ready.
    func writeLater(_ connection: LoopConnection) { unwritten.append(connection) }

    /// `fail` is called on the connection soon, outside of any call of the handler's.
    func failLater(_ connection: LoopConnection, _ error: NetworkError) {
        failures.append((connection, error))
        signal.interrupt()
    }

    /// The loaded files of a configuration; read again when they have changed.
    func context(_ tls: TLSConfiguration) throws(NetworkError) -> TLSContext {
        var settings = tls
        settings.serverName = nil
        if let known = contexts[settings], known.isCurrent { return known }
        let context = try TLSContext(settings)
        contexts[settings] = context
        return context
    }

    func forget(_ connection: ConnectionID) { connections.removeValue(forKey: connection.number) }

    func connection(_ id: ConnectionID) -> LoopConnection? { connections[id.number] }

    func makeConnection(_ endpoint: Endpoint) -> LoopConnection {
        lastNumber += 1
        let connection = LoopConnection(ConnectionID(lastNumber), endpoint, self, loop)
        connections[lastNumber] = connection
        return connection
    }

    func addListener() throws(NetworkError) -> LoopListener {
        if stopped { throw NetworkError(.other, "the network loop has stopped") }
        lastNumber += 1
        let listener = LoopListener(ListenerID(lastNumber), self, loop)
        listeners[lastNumber] = listener
        return listener
    }

    func removeListener(_ listener: ListenerID) {
        listeners.removeValue(forKey: listener.number)?.close()
    }

    func startOwnTimer(_ connection: LoopConnection, at nanos: Int64) -> UInt64 {
        lastNumber += 1
        ownTimers[lastNumber] = connection
        arm(lastNumber, nanos)
        return lastNumber
    }

    func cancelOwnTimer(_ number: UInt64) {
        if ownTimers.removeValue(forKey: number) != nil { heap.cancel(number) }
    }

    // MARK: Timers

    private func arm(_ number: UInt64, _ nanos: Int64) {
        heap.insert(number, at: nanos)
        if nanos < armed { setTimer(nanos) }
    }

    private func setTimer(_ nanos: Int64) {
        armed = nanos
        let (distance, overflow) = nanos.subtractingReportingOverflow(now)
        let wait: Int64 = overflow ? (nanos < 0 ? 0 : .max) : max(0, distance)
        uv_update_time(loop)
        // A day at most: a timer that comes early is set again.
        let millis: Int64 = wait == 0 ? 0 : min((wait - 1) / 1_000_000 + 1, 86_400_000)
        uv_timer_start(timer, LoopTransport.timerCallback, UInt64(millis), 0)
    }

    private func fireTimers() {
        armed = .max
        let time: Int64 = now
        while !stopped, let number = heap.popDue(time) {
            if let connection = ownTimers.removeValue(forKey: number) {
                connection.timedOut(number)
            } else {
                handler?.fired(TimerID(number))
            }
        }
        if !stopped, let next = heap.earliest(), next < armed { setTimer(next) }
    }
}
