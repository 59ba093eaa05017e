import Glibc
import SluiceHBaseFake

/// A region server's end of a connection to a peer, with blocking calls.
final class SocketSource {
    private let descriptor: Int32
    private var lastID: UInt32 = 0

    init(port: UInt16, opening: [UInt8] = FakeShipment.opening()) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status: Int32 = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, length)
            }
        }
        guard status == 0 else {
            Glibc.close(descriptor)
            throw Subprocess.Failure(description: "port \(port) refuses connections")
        }
        var wait = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        try send(opening)
    }

    deinit { Glibc.close(descriptor) }

    private func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Glibc.send(
                    descriptor, raw.baseAddress.map { $0 + sent }, raw.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Subprocess.Failure(description: "the connection was closed") }
            sent += count
        }
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var chunk = [UInt8](repeating: 0, count: count - bytes.count)
            let got = recv(descriptor, &chunk, chunk.count, 0)
            guard got > 0 else { throw Subprocess.Failure(description: "no answer") }
            bytes += chunk[..<got]
        }
        return bytes
    }

    /// Ships without looking for the answer.
    func send(_ entries: [FakeShippedEntry]) throws {
        lastID += 1
        try send(FakeShipment.request(entries, id: lastID))
    }

    /// Ships and waits for the answer; the class of its exception, nil for an acknowledgement.
    func ship(_ entries: [FakeShippedEntry]) throws -> String? {
        try send(entries)
        while true {
            let length = try read(4).reduce(0) { $0 << 8 | Int($1) }
            guard let answer = FakeShipment.answer(try read(length)) else {
                throw Subprocess.Failure(description: "an answer that cannot be read")
            }
            if answer.id == lastID { return answer.exception }
        }
    }
}
