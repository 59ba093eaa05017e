public import SluiceNet

/// Why an operation or call of the client failed for good.
///
/// `className` is the server's exception class in full, empty when the failure is the client's own. `message`
/// is one line, fit for people; region, server and tries say where and how often it was tried.
public struct HBaseError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        case tableNotFound
        case tableNotEnabled
        case tableExists
        case noSuchColumnFamily
        case namespaceNotFound
        case accessDenied
        case quotaExceeded
        /// The request is wrong: DoNotRetryIOException and its family, or refused before sending.
        case refused
        case requestTooBig
        /// The region is not where it was thought to be, and could not be found in time.
        case notServing
        /// The server is too busy, or throttles.
        case busy
        /// A scanner is unknown to the server, expired or out of step.
        case scannerGone
        /// The server does not run (yet, or any more).
        case serverNotRunning
        case masterNotRunning
        /// The network failed; a mutation may have been applied.
        case network
        case authentication
        /// One side does not accept the other's certificate or way of speaking TLS; another try will not
        /// help.
        case tls
        case timedOut
        case cancelled
        /// The answer cannot be read.
        case malformed
        /// An exception class without a rule.
        case other
    }

    public var kind: Kind
    public var className: String
    public var message: String
    public var region: String?
    public var server: Endpoint?
    public var tries: Int
    /// What the user may do about it.
    public var hint: String?

    public init(
        _ kind: Kind, _ message: String, className: String = "", region: String? = nil,
        server: Endpoint? = nil, tries: Int = 0, hint: String? = nil
    ) {
        self.kind = kind
        self.className = className
        self.message = message
        self.region = region
        self.server = server
        self.tries = tries
        self.hint = hint
    }

    /// The class without its package.
    public var shortClassName: String {
        className.split(separator: ".").last.map(String.init) ?? className
    }

    public var description: String {
        var text = message
        if !className.isEmpty, !message.hasPrefix(shortClassName) { text = "\(shortClassName): \(message)" }
        var places: [String] = []
        if let region { places.append("region \"\(region)\"") }
        if let server { places.append("server \(server)") }
        if tries > 1 { places.append("\(tries) tries") }
        return places.isEmpty ? text : "\(text) (\(places.joined(separator: ", ")))"
    }
}
