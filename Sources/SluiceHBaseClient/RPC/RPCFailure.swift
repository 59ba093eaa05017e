/// Why a connection to an HBase server ended; every call on it fails with it.
public enum RPCFailure: Error, Sendable, Hashable {
    /// Bytes that are no frame or header.
    case malformed(WireError)
    /// An exception that concerns the connection: a bad handshake, a missing authentication.
    case fatal(RemoteException)
    /// The server refused the authentication: Java class and message.
    case refused(className: String, message: String)
    /// The server has no security, which the settings ask for.
    case notSecured
    /// The client's side of the authentication failed.
    case authentication(AuthenticationError)

    /// One lower-case sentence.
    public var message: String {
        switch self {
        case .malformed(let error): return "the server sent bytes that are no answer: \(error)"
        case .fatal(let exception):
            return "the server refused the connection: \(exception.shortName): \(exception.firstLine)"
        case .refused(let className, let message):
            return "the server refused the authentication: \(className): \(message)"
        case .notSecured: return "the server has no Kerberos security, but the client is set to use it"
        case .authentication(let error): return "the authentication failed: \(error.message)"
        }
    }

    /// What the user may do about it.
    public var hint: String? {
        switch self {
        case .malformed: return nil
        case .fatal(let exception):
            return exception.wantsAuthentication
                ? "set hbase.security.authentication to kerberos, and have a ticket or a keytab" : nil
        case .refused(_, let message):
            return message.contains("GSS initiate failed")
                ? "the server could not take the ticket: check hbase.regionserver.kerberos.principal, the "
                    + "server's keytab, and that the clocks agree" : nil
        case .notSecured:
            return "set hbase.security.authentication to simple, or let the client do without where a server "
                + "has none: hbase.ipc.client.fallback-to-simple-auth-allowed"
        case .authentication(let error): return error.hint
        }
    }
}

extension RemoteException {
    /// A server with Kerberos says so to a client without.
    var wantsAuthentication: Bool {
        shortName == "AccessDeniedException" && firstLine.contains("Authentication is")
    }
}
