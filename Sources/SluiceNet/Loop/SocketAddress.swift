import Cuv
import Glibc

/// An IPv4 or IPv6 address with a port.
struct SocketAddress: Equatable {
    private var bytes: [UInt8]

    /// nil when `host` is no address literal.
    init?(literal host: String, port: UInt16) {
        if host.utf8.contains(0) { return nil }
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if uv_ip4_addr(host, Int32(port), &v4) == 0 {
            bytes = withUnsafeBytes(of: &v4) { Array($0) }
        } else if uv_ip6_addr(host, Int32(port), &v6) == 0 {
            bytes = withUnsafeBytes(of: &v6) { Array($0) }
        } else {
            return nil
        }
    }

    /// nil for families other than IP.
    init?(_ found: addrinfo, port: UInt16) {
        guard let address = found.ai_addr else { return nil }
        let size = Int(found.ai_addrlen)
        let raw = UnsafeRawBufferPointer(start: address, count: size)
        switch found.ai_family {
        case AF_INET where size >= MemoryLayout<sockaddr_in>.size:
            var v4: sockaddr_in = raw.loadUnaligned(as: sockaddr_in.self)
            v4.sin_port = port.bigEndian
            bytes = withUnsafeBytes(of: &v4) { Array($0) }
        case AF_INET6 where size >= MemoryLayout<sockaddr_in6>.size:
            var v6: sockaddr_in6 = raw.loadUnaligned(as: sockaddr_in6.self)
            v6.sin6_port = port.bigEndian
            bytes = withUnsafeBytes(of: &v6) { Array($0) }
        default:
            return nil
        }
    }

    /// The address as text, and the port; nil for families other than IP.
    static func endpoint(_ storage: sockaddr_storage) -> Endpoint? {
        var storage = storage
        var text = [CChar](repeating: 0, count: 64)
        var port: UInt16 = 0
        var status: Int32 = -1
        let family = Int32(storage.ss_family)
        withUnsafeBytes(of: &storage) { raw in
            switch family {
            case AF_INET:
                var v4: sockaddr_in = raw.loadUnaligned(as: sockaddr_in.self)
                port = UInt16(bigEndian: v4.sin_port)
                status = uv_ip4_name(&v4, &text, text.count)
            case AF_INET6:
                var v6: sockaddr_in6 = raw.loadUnaligned(as: sockaddr_in6.self)
                port = UInt16(bigEndian: v6.sin6_port)
                status = uv_ip6_name(&v6, &text, text.count)
            default: break
            }
        }
        guard status == 0 else { return nil }
        let bytes: [UInt8] = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return Endpoint(host: String(decoding: bytes, as: UTF8.self), port: port)
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>?) -> Result) -> Result {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { target in
            target.copyBytes(from: bytes.prefix(target.count))
        }
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }
}
