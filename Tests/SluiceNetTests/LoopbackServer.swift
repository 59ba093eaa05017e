import Glibc
import SluiceBase
import SluiceNet

/// A listening socket on 127.0.0.1; each connection is served by a thread of its own with blocking calls.
///
/// `@unchecked Sendable`: set up in `init`, constant afterwards.
final class LoopbackServer: @unchecked Sendable {
    let port: UInt16
    private let descriptor: Int32
    private let threads = Lock<[pthread_t]>([])

    var endpoint: Endpoint { Endpoint(host: "127.0.0.1", port: port) }

    /// `serve` owns nothing: the socket is closed after it returns, unless it answers false.
    init(accepting: Bool = true, backlog: Int32 = 512, _ serve: @escaping @Sendable (ServerSocket) -> Void)
        throws
    {
        (descriptor, port) = try Self.listening(backlog)
        if accepting { spawn { [self] in acceptAll(serve) } }
    }

    private static func listening(_ backlog: Int32) throws -> (Int32, UInt16) {
        let listener: Int32 = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound: Int32 = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(listener, generic, length) == 0, listen(listener, backlog) == 0 else { return -1 }
                return getsockname(listener, generic, &length)
            }
        }
        guard bound == 0 else { throw NetworkError(.other, "no loopback socket") }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    private func acceptAll(_ serve: @escaping @Sendable (ServerSocket) -> Void) {
        while true {
            let connection: Int32 = accept(descriptor, nil, nil)
            if connection < 0 { return }
            spawn {
                let socket = ServerSocket(connection)
                serve(socket)
                socket.close()
            }
        }
    }

    private func spawn(_ body: @escaping @Sendable () -> Void) {
        if let thread = startThread(body) { threads.withLock { $0.append(thread) } }
    }

    /// Stops to accept and waits for all that are served; their peers must have gone.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        while true {
            let thread: pthread_t? = threads.withLock { $0.popLast() }
            guard let thread else { break }
            pthread_join(thread, nil)
        }
        close(descriptor)
    }
}

/// The server's end of a connection. Used by one thread.
final class ServerSocket {
    let descriptor: Int32
    private var isOpen: Bool = true

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// At most `limit` bytes; empty at the end.
    func read(_ limit: Int = 65536) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, limit, 0))
        }
    }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var sent: Int = 0
        while sent < bytes.count {
            let count: Int = bytes.withUnsafeBytes { raw in
                let rest = UnsafeRawBufferPointer(rebasing: raw[sent...])
                return send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// Ends the connection with RST.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func close() {
        if isOpen { Glibc.close(descriptor) }
        isOpen = false
    }
}

/// A thread to be joined.
func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let status = pthread_create(
        &thread, nil,
        { argument in
            if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, box.toOpaque())
    return status == 0 ? thread : nil
}
