import Cuv
import Glibc

/// Connections that others make.
extension LoopTransport: ListeningTransport {
    public func listen(_ address: Endpoint) throws(NetworkError) -> (listener: ListenerID, port: UInt16) {
        let listener = try addListener()
        do throws(NetworkError) {
            return (listener.id, try listener.start(address))
        } catch {
            removeListener(listener.id)
            throw error
        }
    }

    public func stopListening(_ listener: ListenerID) { removeListener(listener) }

    public func setPaused(_ isPaused: Bool, _ connection: ConnectionID) {
        self.connection(connection)?.setPaused(isPaused)
    }

    /// Takes the connection that waits at a listening socket and tells the handler.
    func accept(_ stream: UnsafeMutablePointer<uv_stream_t>, _ listener: ListenerID) {
        let connection = makeConnection(Endpoint(host: "", port: 0))
        guard connection.accept(stream), let handler = handler as? any ListeningHandler else {
            forget(connection.id)
            connection.shut()
            return
        }
        handler.accepted(connection.id, from: connection.endpoint, on: listener)
    }
}

extension LoopConnection {
    /// Makes this the connection that waits at a listening socket; false: it is gone, or the system refuses.
    func accept(_ listener: UnsafeMutablePointer<uv_stream_t>) -> Bool {
        let handle: UnsafeMutablePointer<uv_tcp_t> = .allocate(capacity: 1)
        handle.initialize(to: uv_tcp_t())
        guard uv_tcp_init(loop, handle) == 0 else {
            handle.deallocate()
            return false
        }
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        socket = handle
        guard withStream({ uv_accept(listener, $0) }) == 0 else { return false }
        uv_tcp_nodelay(handle, 1)
        uv_tcp_keepalive(handle, 1, 30)
        endpoint = LoopConnection.peer(of: handle)
        state = .open
        return startReading()
    }

    /// True also when it reads already.
    private func startReading() -> Bool {
        let status: Int32? = withStream {
            uv_read_start($0, LoopConnection.allocateCallback, LoopConnection.readCallback)
        }
        return status == 0 || status == UV_EALREADY.rawValue
    }

    private static func peer(of handle: UnsafeMutablePointer<uv_tcp_t>) -> Endpoint {
        var storage = sockaddr_storage()
        var length = Int32(MemoryLayout<sockaddr_storage>.size)
        let status: Int32 = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                uv_tcp_getpeername(handle, $0, &length)
            }
        }
        return (status == 0 ? SocketAddress.endpoint(storage) : nil) ?? Endpoint(host: "", port: 0)
    }

    func setPaused(_ isPaused: Bool) {
        guard state == .open else { return }
        if isPaused {
            _ = withStream { uv_read_stop($0) }
        } else if !startReading() {
            transport.failLater(self, SystemError.open(UV_ECONNRESET.rawValue, endpoint))
        }
    }
}
