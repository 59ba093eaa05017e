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
    /// What exactly TLS found wrong, where one side's set-up is to blame.
    public var tls: TLSProblem?

    public init(_ kind: Kind, _ message: String, tls: TLSProblem? = nil) {
        self.kind = kind
        self.message = message
        self.tls = tls
    }
}

/// What is wrong with certificates or versions.
public enum TLSProblem: Sendable, Hashable {
    case unknownAuthority
    case expired
    case notYetValid
    /// The certificate is for another name or address.
    case wrongHost
    case otherCertificate
    /// The peer wants a certificate of the client.
    case certificateDemanded
    case certificateRefused
    case plainText
    case oldVersion

    /// What may help, with the names of the settings for what is trusted and for the client's own certificate.
    public func hint(stores trust: String, _ own: String) -> String {
        switch self {
        case .unknownAuthority: return "\(trust).location must hold the authority of the server's certificate"
        case .expired: return "the server needs a new certificate; or is the clock here wrong?"
        case .notYetValid: return "is the clock here right?"
        case .wrongHost:
            return "connect by a name or address that the certificate has, or give the server a certificate "
                + "for this one; the check cannot be turned off"
        case .otherCertificate:
            return "\(trust).location must hold what the server's certificate goes back to"
        case .certificateDemanded: return "\(own).location names a certificate and its key"
        case .certificateRefused: return "the server must trust the authority of \(own).location"
        case .plainText: return "turn TLS off, or connect to the port that has it"
        case .oldVersion: return "the server must speak TLS 1.2 or newer"
        }
    }
}
