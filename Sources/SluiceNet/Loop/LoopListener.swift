import Cuv
import Glibc

/// A listening socket of a `LoopTransport`. Lives on the loop's thread.
///
/// Ownership: libuv's `data` pointer of the socket holds one retain, given back in the close callback.
final class LoopListener {
    let id: ListenerID
    unowned let transport: LoopTransport
    private let loop: UnsafeMutablePointer<uv_loop_t>
    private var socket: UnsafeMutablePointer<uv_tcp_t>?

    /// Connections that wait to be taken.
    private static let backlog: Int32 = 128

    init(_ id: ListenerID, _ transport: LoopTransport, _ loop: UnsafeMutablePointer<uv_loop_t>) {
        self.id = id
        self.transport = transport
        self.loop = loop
    }

    /// Binds and listens; returns the port.
    func start(_ address: Endpoint) throws(NetworkError) -> UInt16 {
        guard let literal = SocketAddress(literal: address.host, port: address.port) else {
            throw NetworkError(
                .nameNotFound, "cannot listen on \"\(address)\": \"\(address.host)\" is no address")
        }
        let handle: UnsafeMutablePointer<uv_tcp_t> = .allocate(capacity: 1)
        handle.initialize(to: uv_tcp_t())
        let made: Int32 = uv_tcp_init(loop, handle)
        guard made == 0 else {
            handle.deallocate()
            throw SystemError.listening(made, address)
        }
        handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
        socket = handle
        var status: Int32 = literal.withPointer { uv_tcp_bind(handle, $0, 0) }
        if status == 0 {
            let listening: Int32? = withStream { uv_listen($0, Self.backlog, Self.callback) }
            status = listening ?? UV_ECANCELED.rawValue
        }
        var port: UInt16 = 0
        if status == 0 { status = LoopListener.port(of: handle, &port) }
        guard status == 0 else {
            close()
            throw SystemError.listening(status, address)
        }
        return port
    }

    private static func port(of handle: UnsafeMutablePointer<uv_tcp_t>, _ port: inout UInt16) -> Int32 {
        var storage = sockaddr_storage()
        var length = Int32(MemoryLayout<sockaddr_storage>.size)
        let status: Int32 = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                uv_tcp_getsockname(handle, $0, &length)
            }
        }
        port = SocketAddress.endpoint(storage)?.port ?? 0
        return status
    }

    private static let callback: uv_connection_cb = { stream, status in
        // What cannot be taken now (too many files) is told again with the next connection.
        guard status == 0, let stream, let data = stream.pointee.data else { return }
        let listener = Unmanaged<LoopListener>.fromOpaque(data).takeUnretainedValue()
        if listener.socket != nil { listener.transport.accept(stream, listener.id) }
    }

    private func withStream<Result>(_ body: (UnsafeMutablePointer<uv_stream_t>) -> Result) -> Result? {
        guard let socket else { return nil }
        return UnsafeMutableRawPointer(socket).withMemoryRebound(to: uv_stream_t.self, capacity: 1, body)
    }

    func close() {
        guard let handle = socket else { return }
        socket = nil
        UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) { pointer in
            uv_close(pointer) { pointer in
                guard let pointer, let data = pointer.pointee.data else { return }
                UnsafeMutableRawPointer(pointer).deallocate()
                Unmanaged<LoopListener>.fromOpaque(data).release()
            }
        }
    }
}
