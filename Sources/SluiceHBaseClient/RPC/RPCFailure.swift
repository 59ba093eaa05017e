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
    case authentication(String)

    /// One lower-case sentence.
    public var message: String {
        switch self {
        case .malformed(let error): return "the server sent bytes that are no answer: \(error)"
        case .fatal(let exception):
            return "the server refused the connection: \(exception.shortName): \(exception.firstLine)"
        case .refused(let className, let message):
            return "the server refused the authentication: \(className): \(message)"
        case .notSecured: return "the server has no Kerberos security, but the client is set to use it"
        case .authentication(let text): return "the authentication failed: \(text)"
        }
    }
}
