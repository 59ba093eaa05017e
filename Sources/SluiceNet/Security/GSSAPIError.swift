import CGSSAPI

/// Why Kerberos did not work.
public struct GSSAPIError: Error, Sendable, Hashable {
    public enum Cause: Sendable, Hashable {
        /// The credential cache is missing, empty or of another principal.
        case noTicket
        case expired
        case clockSkew
        case unknownClient
        case unknownServer
        /// The key does not fit the principal.
        case wrongKey
        /// A keytab that cannot be read or does not hold the principal.
        case badKeytab
        /// No key distribution centre answers.
        case noKDC
        /// A token or message that is damaged, comes twice or out of order.
        case badMessage
        case other
    }

    public var cause: Cause
    /// One lower-case sentence on one line, with the library's texts of the major and minor status.
    public var message: String

    public init(_ cause: Cause, _ message: String) {
        self.cause = cause
        self.message = message
    }

    /// `what` says what failed.
    init(_ error: sluice_gss_error, _ what: String) {
        let texts: String = withUnsafeBytes(of: error.text) { raw in
            String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
        cause = Self.cause(error.cause)
        message = what + ": " + texts
    }

    private static func cause(_ cause: sluice_gss_cause) -> Cause {
        switch cause {
        case SLUICE_GSS_NO_TICKET: return .noTicket
        case SLUICE_GSS_EXPIRED: return .expired
        case SLUICE_GSS_CLOCK_SKEW: return .clockSkew
        case SLUICE_GSS_UNKNOWN_CLIENT: return .unknownClient
        case SLUICE_GSS_UNKNOWN_SERVER: return .unknownServer
        case SLUICE_GSS_WRONG_KEY: return .wrongKey
        case SLUICE_GSS_BAD_KEYTAB: return .badKeytab
        case SLUICE_GSS_NO_KDC: return .noKDC
        case SLUICE_GSS_BAD_MESSAGE: return .badMessage
        default: return .other
        }
    }
}

extension GSSAPIError: CustomStringConvertible {
    public var description: String { message }
}
