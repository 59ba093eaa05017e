import Cuv

/// What libuv's error codes mean for a connection, in words.
enum SystemError {
    /// `code` is a negative libuv status of an attempt to connect to `endpoint`.
    static func connecting(_ code: Int32, _ endpoint: Endpoint) -> NetworkError {
        let (kind, reason) = meaning(code, endpoint)
        return NetworkError(kind, "could not connect to \"\(endpoint)\": \(reason)")
    }

    /// `code` is a negative libuv status of a connection to `endpoint` that was open.
    static func open(_ code: Int32, _ endpoint: Endpoint) -> NetworkError {
        if code == UV_ECONNRESET.rawValue || code == UV_EPIPE.rawValue {
            return NetworkError(.reset, "connection to \"\(endpoint)\" was reset by the peer")
        }
        let (kind, reason) = meaning(code, endpoint)
        return NetworkError(kind, "connection to \"\(endpoint)\" was lost: \(reason)")
    }

    /// `code` is a negative libuv status of an attempt to listen on `address`.
    static func listening(_ code: Int32, _ address: Endpoint) -> NetworkError {
        let reason: String
        switch code {
        case UV_EADDRINUSE.rawValue: reason = "the address is in use"
        case UV_EADDRNOTAVAIL.rawValue: reason = "this machine has no such address"
        default: reason = meaning(code, address).1
        }
        return NetworkError(.other, "cannot listen on \"\(address)\": \(reason)")
    }

    static func timedOut(_ endpoint: Endpoint, _ nanos: Int64, _ step: String) -> NetworkError {
        NetworkError(
            .timedOut, "could not connect to \"\(endpoint)\": no answer within \(duration(nanos))\(step)")
    }

    private static func meaning(_ code: Int32, _ endpoint: Endpoint) -> (NetworkError.Kind, String) {
        switch code {
        case UV_ECONNREFUSED.rawValue: return (.refused, "the connection was refused")
        case UV_ECONNRESET.rawValue, UV_EPIPE.rawValue, UV_ECONNABORTED.rawValue:
            return (.reset, "the peer reset the connection")
        case UV_ETIMEDOUT.rawValue: return (.timedOut, "the peer does not answer")
        case UV_ENETUNREACH.rawValue, UV_ENETDOWN.rawValue:
            return (.unreachable, "the network is unreachable")
        case UV_EHOSTUNREACH.rawValue, UV_EADDRNOTAVAIL.rawValue, UV_EAFNOSUPPORT.rawValue:
            return (.unreachable, "the host is unreachable")
        case UV_EAI_NONAME.rawValue, UV_EAI_NODATA.rawValue, UV_EAI_ADDRFAMILY.rawValue, UV_ENOENT.rawValue:
            return (.nameNotFound, "the host name \"\(endpoint.host)\" was not found")
        case UV_EAI_AGAIN.rawValue, UV_EAI_FAIL.rawValue:
            return (.nameNotFound, "the host name \"\(endpoint.host)\" could not be looked up now")
        case UV_EINVAL.rawValue, UV_ENAMETOOLONG.rawValue, UV_EAI_SERVICE.rawValue:
            return (.nameNotFound, "\"\(endpoint.host)\" is not a host name")
        case UV_EMFILE.rawValue, UV_ENFILE.rawValue: return (.other, "too many files are open")
        case UV_EACCES.rawValue, UV_EPERM.rawValue: return (.other, "the system does not permit it")
        default: return (.other, text(code))
        }
    }

    /// libuv's own sentence for a code.
    static func text(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        uv_strerror_r(code, &buffer, buffer.count)
        let bytes: [UInt8] = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `10 s`, `1500 ms`.
    private static func duration(_ nanos: Int64) -> String {
        let millis: Int64 = max(0, nanos) / 1_000_000
        return millis % 1000 == 0 && millis > 0 ? "\(millis / 1000) s" : "\(millis) ms"
    }
}
