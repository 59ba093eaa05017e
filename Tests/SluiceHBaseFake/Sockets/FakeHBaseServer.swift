import Glibc
import SluiceBase
import SluiceNet

/// A fake cluster on real loopback sockets: one thread that polls them all. The cluster is touched on that thread
/// only; `perform` goes there.
///
/// `@unchecked Sendable`: everything but `mailbox`, `wakeWrite` and what `start` set belongs to the thread.
public final class FakeHBaseServer: FakeWorld, @unchecked Sendable {
    private struct Mailbox {
        var work: [() -> Void] = []
        var isStopped = false
        var hasEnded = false
    }

    private final class Socket {
        let descriptor: Int32
        var listener: (any FakeListener)?
        var peer: (any FakePeer)?
        var link: FakeLink?
        var output: [UInt8] = []
        var closesWhenSent = false

        init(_ descriptor: Int32) { self.descriptor = descriptor }
    }

    public private(set) var layout: FakeHBaseCluster.Layout
    private var cluster: FakeHBaseCluster?
    private let mailbox = Lock(Mailbox())
    private var sockets: [Int32: Socket] = [:]
    private var listening: [Int32] = []
    private var events = EventQueue()
    private let clock = SystemClock()
    private var wakeRead: Int32 = -1
    private var wakeWrite: Int32 = -1

    /// Opens ports for a cluster of this size and starts to serve.
    public init(regionServers: Int, seed: UInt64) throws {
        var endpoints: [Endpoint] = []
        layout = FakeHBaseCluster.Layout(zooKeepers: [], masters: [], regionServers: [])
        for _ in 0..<regionServers + 2 {
            let (descriptor, port) = try Self.listeningSocket()
            listening.append(descriptor)
            endpoints.append(Endpoint(host: "127.0.0.1", port: port))
        }
        layout.zooKeepers = [endpoints[0]]
        layout.masters = [endpoints[1]]
        layout.regionServers = Array(endpoints[2...])
        var pair: [Int32] = [-1, -1]
        guard pipe(&pair) == 0 else { throw SocketFailure(call: "pipe", code: errno) }
        (wakeRead, wakeWrite) = (pair[0], pair[1])
        let cluster = FakeHBaseCluster(world: self, layout: layout, seed: seed)
        self.cluster = cluster
        for (descriptor, listener) in zip(listening, cluster.listeners) {
            let socket = Socket(descriptor)
            socket.listener = listener.1
            sockets[descriptor] = socket
        }
        try startThread()
    }

    public var now: Int64 { clock.monotonicNanos() }

    public func after(_ nanos: Int64, _ action: @escaping () -> Void) {
        events.add(at: now + max(0, nanos), action)
    }

    /// Runs on the cluster's thread and waits for it.
    public func perform<Result: Sendable>(_ body: @escaping (FakeHBaseCluster) -> Result) -> Result? {
        let done = Lock<Result?>(nil)
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
        defer {
            sem_destroy(semaphore)
            semaphore.deallocate()
        }
        nonisolated(unsafe) let work = body
        nonisolated(unsafe) let signal = semaphore
        let accepted = mailbox.withLock { box -> Bool in
            guard !box.isStopped else { return false }
            box.work.append { [unowned self] in
                if let cluster {
                    let result = work(cluster)
                    done.withLock { $0 = result }
                }
                sem_post(signal)
            }
            return true
        }
        guard accepted else { return nil }
        wake()
        while sem_wait(semaphore) != 0 {}
        return done.withLock { $0 }
    }

    /// Closes every socket and ends the thread.
    public func stop() {
        let first = mailbox.withLock { box -> Bool in
            defer { box.isStopped = true }
            return !box.isStopped
        }
        guard first else { return }
        wake()
        while !mailbox.withLock({ $0.hasEnded }) { usleep(1000) }
    }

    private func wake() {
        var byte: UInt8 = 1
        _ = write(wakeWrite, &byte, 1)
    }

    // MARK: The thread

    private func startThread() throws {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<FakeHBaseServer>.fromOpaque(argument).takeRetainedValue().serve()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SocketFailure(call: "pthread_create", code: code)
        }
        pthread_detach(thread)
    }

    private func serve() {
        while true {
            let (work, isStopped) = mailbox.withLock { box -> ([() -> Void], Bool) in
                defer { box.work = [] }
                return (box.work, box.isStopped)
            }
            for item in work { item() }
            if isStopped { break }
            while let next = events.nextTime, next <= now { events.takeFirst()?.action() }
            pollOnce()
        }
        for descriptor in sockets.keys { close(descriptor) }
        sockets = [:]
        close(wakeRead)
        cluster = nil
        mailbox.withLock { $0.hasEnded = true }
    }

    private func pollOnce() {
        var list = [pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0)]
        for (descriptor, socket) in sockets {
            let wanted = socket.output.isEmpty ? POLLIN : POLLIN | POLLOUT
            list.append(pollfd(fd: descriptor, events: Int16(wanted), revents: 0))
        }
        var timeout: Int32 = 1000
        if let next = events.nextTime { timeout = Int32(clamping: max(0, next - now) / 1_000_000) }
        guard poll(&list, nfds_t(list.count), timeout) > 0 else { return }
        for entry in list where entry.revents != 0 {
            if entry.fd == wakeRead {
                var drained = [UInt8](repeating: 0, count: 256)
                _ = read(wakeRead, &drained, 256)
                continue
            }
            guard let socket = sockets[entry.fd] else { continue }
            if socket.listener != nil {
                acceptOne(socket)
            } else {
                if Int32(entry.revents) & POLLOUT != 0 { flush(socket) }
                if Int32(entry.revents) & (POLLIN | POLLHUP | POLLERR) != 0 { readSome(socket) }
            }
        }
    }

    private func acceptOne(_ listening: Socket) {
        let descriptor = accept(listening.descriptor, nil, nil)
        guard descriptor >= 0 else { return }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let socket = Socket(descriptor)
        let link = FakeLink(
            write: { [unowned self, weak socket] bytes in
                guard let socket else { return }
                socket.output += bytes
                flush(socket)
            },
            hangUp: { [unowned self, weak socket] reset in
                guard let socket else { return }
                if reset {
                    drop(socket, reset: true)
                } else if socket.output.isEmpty {
                    drop(socket, reset: false)
                } else {
                    socket.closesWhenSent = true
                }
            })
        guard let peer = listening.listener?.accept(link) else {
            close(descriptor)
            return
        }
        socket.peer = peer
        socket.link = link
        sockets[descriptor] = socket
    }

    private func readSome(_ socket: Socket) {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(socket.descriptor, &bytes, bytes.count)
        if count > 0 {
            socket.peer?.received(Array(bytes[..<count]))
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            socket.link?.lost()
            let peer = socket.peer
            drop(socket, reset: false)
            peer?.disconnected()
        }
    }

    private func flush(_ socket: Socket) {
        guard sockets[socket.descriptor] === socket else { return }
        while !socket.output.isEmpty {
            let count = socket.output.withUnsafeBytes {
                Glibc.send(socket.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            socket.output.removeFirst(count)
        }
        if socket.closesWhenSent { drop(socket, reset: false) }
    }

    private func drop(_ socket: Socket, reset: Bool) {
        guard sockets.removeValue(forKey: socket.descriptor) != nil else { return }
        if reset {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                socket.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        close(socket.descriptor)
        socket.peer = nil
    }

    private static func listeningSocket() throws -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SocketFailure(call: "socket", code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                guard bind(descriptor, $0, length) == 0, listen(descriptor, 128) == 0 else { return errno }
                return getsockname(descriptor, $0, &length) == 0 ? 0 : errno
            }
        }
        guard code == 0 else {
            close(descriptor)
            throw SocketFailure(call: "bind", code: code)
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}

/// A system call that failed.
public struct SocketFailure: Error {
    public var call: String
    public var code: Int32
}
