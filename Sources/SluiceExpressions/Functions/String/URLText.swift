/// URL encoding of forms: a blank is `+`.
enum URLText {
    private static let hex = Array("0123456789ABCDEF".utf8)

    static func encode(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x2D, 0x2A, 0x5F: out.append(byte)
            case 0x20: out.append(0x2B)
            default:
                out.append(0x25)
                out.append(hex[Int(byte >> 4)])
                out.append(hex[Int(byte & 15)])
            }
        }
    }

    /// False if a `%` is not followed by two digits.
    static func decode(_ bytes: UnsafeRawBufferPointer, _ out: inout [UInt8]) -> Bool {
        var index = 0
        var raw: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x25 {
                guard index + 2 < bytes.count, let high = digit(bytes[index + 1]),
                    let low = digit(bytes[index + 2])
                else { return false }
                raw.append(high << 4 | low)
                index += 3
                continue
            }
            raw.append(byte == 0x2B ? 0x20 : byte)
            index += 1
        }
        out.append(contentsOf: String(decoding: raw, as: UTF8.self).utf8)
        return true
    }

    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: return byte - 0x30
        case 0x41...0x46: return byte - 0x37
        case 0x61...0x66: return byte - 0x57
        default: return nil
        }
    }
}

/// A URL in its parts, read as `java.net.URL` reads it: no decoding, and only protocols that it knows.
struct ParsedURL {
    var scheme: [UInt8]
    var authority: [UInt8]?
    var path: [UInt8] = []
    var query: [UInt8]?
    var reference: [UInt8]?

    private static let schemes = ["http", "https", "ftp", "file", "jar", "mailto"]

    init?(_ text: [UInt8]) {
        var rest = text[...]
        while let first = rest.first, first <= 0x20 { rest = rest.dropFirst() }
        while let last = rest.last, last <= 0x20 { rest = rest.dropLast() }
        guard let colon = rest.firstIndex(of: 0x3A) else { return nil }
        scheme = Array(String(decoding: rest[..<colon], as: UTF8.self).lowercased().utf8)
        guard ParsedURL.schemes.contains(String(decoding: scheme, as: UTF8.self)) else { return nil }
        rest = rest[(colon + 1)...]
        if let hash = rest.firstIndex(of: 0x23) {
            reference = Array(rest[(hash + 1)...])
            rest = rest[..<hash]
        }
        if let mark = rest.firstIndex(of: 0x3F) {
            query = Array(rest[(mark + 1)...])
            rest = rest[..<mark]
        }
        if rest.starts(with: [0x2F, 0x2F]) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: 0x2F) ?? rest.endIndex
            authority = Array(rest[..<end])
            rest = rest[end...]
            guard isPortValid else { return nil }
        }
        path = Array(rest)
    }

    private var isPortValid: Bool {
        guard let host = hostAndPort else { return true }
        guard let colon = host.lastIndex(of: 0x3A), !host[colon...].contains(0x5D) else { return true }
        return host[(colon + 1)...].allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    private var userInfo: [UInt8]? {
        guard let authority, let at = authority.lastIndex(of: 0x40) else { return nil }
        return Array(authority[..<at])
    }

    private var hostAndPort: [UInt8]? {
        guard let authority else { return nil }
        guard let at = authority.lastIndex(of: 0x40) else { return authority }
        return Array(authority[(at + 1)...])
    }

    private var host: [UInt8] {
        guard let host = hostAndPort else { return [] }
        guard let colon = host.lastIndex(of: 0x3A), !host[colon...].contains(0x5D) else { return host }
        return Array(host[..<colon])
    }

    /// A part by its name in upper case; with a key, the value of that key in the query.
    func part(_ name: String, key: [UInt8]?) -> [UInt8]? {
        if let key {
            guard name == "QUERY", let query else { return nil }
            for pair in query.split(separator: 0x26, omittingEmptySubsequences: false)
            where pair.starts(with: key + [0x3D]) {
                return Array(pair.dropFirst(key.count + 1))
            }
            return nil
        }
        switch name {
        case "PROTOCOL": return scheme
        case "HOST": return host
        case "PATH": return path
        case "QUERY": return query
        case "REF": return reference
        case "AUTHORITY": return authority
        case "USERINFO": return userInfo
        case "FILE": return query.map { path + [0x3F] + $0 } ?? path
        default: return nil
        }
    }
}
