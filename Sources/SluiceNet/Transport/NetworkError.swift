/// Why a connection could not be made or was lost.
public struct NetworkError: Error, Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case nameNotFound
        case refused
        case unreachable
        case timedOut
        case reset
        /// The peer's certificate or its name was not accepted, or ours was not.
        case untrusted
        /// Another failure of TLS that another try does not mend, such as a peer that speaks plain text.
        case tls
        case other
    }

    public var kind: Kind
    /// One lower-case sentence that names the endpoint.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
