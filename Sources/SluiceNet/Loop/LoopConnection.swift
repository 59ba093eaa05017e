import Cuv

/// One connection of a `LoopTransport`: looks up the name, tries the addresses one after the other, then
/// moves bytes. Lives on the loop's thread.
///
/// Ownership: libuv's `data` pointer of each socket holds one retain, given back in the close callback, after
/// which libuv does not touch the socket; a running name look-up holds one more, given back in its callback.
final class LoopConnection {
    enum State { case starting, connecting, securing, open, closed }

    let id: ConnectionID
    /// The peer: where this end connects to, or who connected to it.
    var endpoint: Endpoint
    /// The transport outlives its loop and so every callback of this connection.
    unowned let transport: LoopTransport
    let loop: UnsafeMutablePointer<uv_loop_t>

    var state: State = .starting
    var socket: UnsafeMutablePointer<uv_tcp_t>?
    private var lookup: UnsafeMutablePointer<uv_getaddrinfo_t>?
    private var addresses: ArraySlice<SocketAddress> = []
    private var connectError: NetworkError?
    private var timeoutNanos: Int64 = 0
    private var deadline: Int64 = 0
    var timer: UInt64 = 0

    /// What TLS has not encrypted yet, and what goes to the socket.
    var plain = OutgoingQueue()
    var queue = OutgoingQueue()
    var tls: TLSSession?
    var isQueuedForWriting: Bool = false
    var slowWrite: SlowWrite?
    /// Why writing failed; what the peer still says is read before the handler hears of it.
    var writeError: NetworkError?

    private static let attemptMinimum: Int64 = 100_000_000

    init(
        _ id: ConnectionID, _ endpoint: Endpoint, _ transport: LoopTransport,
        _ loop: UnsafeMutablePointer<uv_loop_t>
    ) {
        self.id = id
        self.endpoint = endpoint
        self.transport = transport
        self.loop = loop
    }

    var unsentBytes: Int { plain.bytes + queue.bytes + (slowWrite?.pending ?? 0) }

    // MARK: Connecting

    func start(_ timeout: Int64, _ tls: TLSConfiguration?) {
        do throws(NetworkError) {
            if let tls {
                self.tls = try TLSSession(transport.context(tls), endpoint, serverName: tls.serverName)
            }
        } catch {
            return transport.failLater(self, error)
        }
        timeoutNanos = max(0, timeout)
        let (sum, overflow) = transport.now.addingReportingOverflow(timeoutNanos)
        deadline = overflow ? .max : sum
        if let literal = SocketAddress(literal: endpoint.host, port: endpoint.port) {
            addresses = [literal]
            timer = transport.startOwnTimer(self, at: deadline)
            connectNext()
            return
        }
        timer = transport.startOwnTimer(self, at: deadline)
        let status: Int32 = startLookup()
        if status < 0 { transport.failLater(self, SystemError.connecting(status, endpoint)) }
    }

    private func startLookup() -> Int32 {
        if endpoint.host.isEmpty || endpoint.host.utf8.contains(0) { return UV_EINVAL.rawValue }
        let request: UnsafeMutablePointer<uv_getaddrinfo_t> = .allocate(capacity: 1)
        request.initialize(to: uv_getaddrinfo_t())
        let box = Unmanaged.passRetained(self)
        request.pointee.data = box.toOpaque()
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        let callback: uv_getaddrinfo_cb = { request, status, results in
            defer {
                uv_freeaddrinfo(results)
                request?.deallocate()
            }
            guard let data = request?.pointee.data else { return }
            let connection = Unmanaged<LoopConnection>.fromOpaque(data).takeRetainedValue()
            connection.lookedUp(status, results)
        }
        let status: Int32 = uv_getaddrinfo(loop, request, callback, endpoint.host, nil, &hints)
        if status < 0 {
            box.release()
            request.deallocate()
        } else {
            lookup = request
        }
        return status
    }

    private func lookedUp(_ status: Int32, _ results: UnsafeMutablePointer<addrinfo>?) {
        lookup = nil
        guard state == .starting else { return }
        guard status == 0 else { return fail(SystemError.connecting(status, endpoint)) }
        var found: [SocketAddress] = []
        var next = results
        while let entry = next {
            if let address = SocketAddress(entry.pointee, port: endpoint.port), !found.contains(address) {
                found.append(address)
            }
            next = entry.pointee.ai_next
        }
        addresses = found[...]
        connectNext()
    }

    /// Tries the next address; the time left is shared out among those that remain.
    private func connectNext() {
        transport.cancelOwnTimer(timer)
        closeSocket()
        while let address = addresses.popFirst() {
            let status: Int32 = connect(address)
            if status == 0 {
                state = .connecting
                let now: Int64 = transport.now
                let share: Int64 = max(0, deadline - now) / Int64(addresses.count + 1)
                let limit: Int64 = min(deadline, now + max(share, min(Self.attemptMinimum, timeoutNanos)))
                timer = transport.startOwnTimer(self, at: limit)
                return
            }
            note(SystemError.connecting(status, endpoint))
            closeSocket()
        }
        state = .connecting
        let error: NetworkError = connectError ?? SystemError.connecting(UV_EAI_NONAME.rawValue, endpoint)
        transport.failLater(self, error)
    }

    /// The first answer of a host says more than networks that do not reach it.
    private func note(_ error: NetworkError) {
        if connectError == nil || connectError?.kind == .unreachable { connectError = error }
    }

    private func connect(_ address: SocketAddress) -> Int32 {
        let handle: UnsafeMutablePointer<uv_tcp_t> = .allocate(capacity: 1)
        handle.initialize(to: uv_tcp_t())
        let status: Int32 = uv_tcp_init(loop, handle)
        guard status == 0 else {
            handle.deallocate()
            return status
        }
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        socket = handle
        let request: UnsafeMutablePointer<uv_connect_t> = .allocate(capacity: 1)
        request.initialize(to: uv_connect_t())
        let connected: Int32 = address.withPointer { pointer in
            uv_tcp_connect(request, handle, pointer) { request, status in
                guard let request else { return }
                let stream = request.pointee.handle
                request.deallocate()
                LoopConnection.of(stream)?.connected(status, stream)
            }
        }
        if connected != 0 { request.deallocate() }
        return connected
    }

    private func connected(_ status: Int32, _ stream: UnsafeMutablePointer<uv_stream_t>?) {
        // An attempt that was given up reports its end too.
        guard state == .connecting, let socket,
            UnsafeMutableRawPointer(socket) == UnsafeMutableRawPointer(stream)
        else { return }
        guard status == 0 else {
            note(SystemError.connecting(status, endpoint))
            if addresses.isEmpty, let connectError { return fail(connectError) }
            return connectNext()
        }
        uv_tcp_nodelay(socket, 1)
        uv_tcp_keepalive(socket, 1, 30)
        let reading: Int32 = uv_read_start(
            stream, LoopConnection.allocateCallback, LoopConnection.readCallback)
        guard reading == 0 else { return fail(SystemError.connecting(reading, endpoint)) }
        transport.cancelOwnTimer(timer)
        guard let tls else { return announce() }
        state = .securing
        timer = transport.startOwnTimer(self, at: deadline)
        after(tls.start(), tls)
    }

    /// The connection is ready for the handler.
    func announce() {
        transport.cancelOwnTimer(timer)
        state = .open
        transport.handler?.opened(id)
        if state == .open, unsentBytes > 0 { writeLater() }
    }

    func timedOut(_ number: UInt64) {
        guard number == timer else { return }
        if let writeError { return fail(writeError) }
        switch state {
        case .starting:
            fail(SystemError.timedOut(endpoint, timeoutNanos, " (looking up the name)"))
        case .connecting:
            note(SystemError.timedOut(endpoint, timeoutNanos, ""))
            if addresses.isEmpty, let connectError { fail(connectError) } else { connectNext() }
        case .securing:
            fail(SystemError.timedOut(endpoint, timeoutNanos, " (TLS)"))
        case .open, .closed: break
        }
    }

    // MARK: Closing

    /// The handler closes: what it has just sent is offered to the system once.
    func closeByHandler() {
        if state == .closed { return }
        flush()
        if let tls, state == .open {
            tls.close()
            queue.append(tls.takeOutput())
            flush()
        }
        shut()
    }

    /// The connection is lost or was not made.
    func fail(_ error: NetworkError) {
        if state != .closed { finish(error) }
    }

    func finish(_ error: NetworkError?) {
        transport.forget(id)
        shut()
        transport.handler?.closed(id, error)
    }

    /// Frees everything; no callback does anything afterwards.
    func shut() {
        state = .closed
        transport.cancelOwnTimer(timer)
        if let lookup {
            lookup.withMemoryRebound(to: uv_req_t.self, capacity: 1) { _ = uv_cancel($0) }
        }
        lookup = nil
        addresses = []
        plain.removeAll()
        queue.removeAll()
        closeSocket()
    }

    private func closeSocket() {
        guard let handle = socket else { return }
        socket = nil
        UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) { pointer in
            uv_close(pointer) { pointer in
                guard let pointer, let data = pointer.pointee.data else { return }
                UnsafeMutableRawPointer(pointer).deallocate()
                Unmanaged<LoopConnection>.fromOpaque(data).release()
            }
        }
    }

    // MARK: Pointers

    func withStream<Result>(_ body: (UnsafeMutablePointer<uv_stream_t>) -> Result) -> Result? {
        guard let socket else { return nil }
        return UnsafeMutableRawPointer(socket).withMemoryRebound(to: uv_stream_t.self, capacity: 1, body)
    }

    static func of(_ stream: UnsafeMutablePointer<uv_stream_t>?) -> LoopConnection? {
        guard let data = stream?.pointee.data else { return nil }
        return Unmanaged<LoopConnection>.fromOpaque(data).takeUnretainedValue()
    }

    static func of(_ handle: UnsafeMutablePointer<uv_handle_t>?) -> LoopConnection? {
        guard let data = handle?.pointee.data else { return nil }
        return Unmanaged<LoopConnection>.fromOpaque(data).takeUnretainedValue()
    }
}
