import SluiceBase
public import SluiceNet

/// Authenticates with Kerberos on a thread of its own. Tickets got with a keytab are kept and renewed; a
/// cache that someone else fills is read anew for every connection.
public final class KerberosAuthenticator: Authenticator {
    private let login: KerberosLogin
    private let accepted: [SASLProtection]
    private let worker = BlockingWorker()
    private let kept = Lock<GSSAPICredential?>(nil)

    /// A ticket with less time left is replaced.
    private static let shortestSeconds: Int = 30
    /// Connections that have waited so long behind others are given up by their owners.
    private static let longestWaitNanos: Int64 = 30_000_000_000

    public init(_ login: KerberosLogin, accepted: [SASLProtection] = []) {
        self.login = login
        self.accepted = accepted
    }

    public func prepare(
        serverPrincipal: String, protections: [SASLProtection]?,
        _ completion: @escaping @Sendable (Result<PreparedAuthentication, AuthenticationError>) -> Void
    ) {
        let clock = SystemClock()
        let asked: Int64 = clock.monotonicNanos()
        do {
            try worker.submit { [login, kept, accepted = protections ?? accepted] in
                guard clock.monotonicNanos() - asked < Self.longestWaitNanos else {
                    let text = "the key distribution centre takes too long to give Kerberos tickets"
                    return completion(.failure(AuthenticationError(text, isTemporary: true)))
                }
                completion(Self.prepared(login, accepted, kept, serverPrincipal))
            }
        } catch {
            completion(.failure(AuthenticationError(error.message, isTemporary: true)))
        }
    }

    public func forgetTickets() { kept.withLock { $0 = nil } }

    /// Blocks.
    private static func prepared(
        _ login: KerberosLogin, _ accepted: [SASLProtection], _ kept: Lock<GSSAPICredential?>,
        _ server: String
    ) -> Result<PreparedAuthentication, AuthenticationError> {
        do throws(GSSAPIError) {
            let credential = try credential(login, kept)
            let context = KerberosContext(try GSSAPIContext(credential, server: server))
            let machine = GSSAPIMachine(context, accepted: accepted)
            do { try machine.prepare() } catch {
                // The next attempt starts with a new ticket.
                kept.withLock { $0 = nil }
                return .failure(error)
            }
            return .success(PreparedAuthentication(machine, user: credential.principal))
        } catch {
            return .failure(AuthenticationError(error))
        }
    }

    private static func credential(
        _ login: KerberosLogin, _ kept: Lock<GSSAPICredential?>
    ) throws(GSSAPIError) -> GSSAPICredential {
        guard case .keytab = login else { return try GSSAPICredential(login) }
        let known: GSSAPICredential? = kept.withLock { $0 }
        if let known, known.lifetimeSeconds > shortestSeconds { return known }
        let credential = try GSSAPICredential(login)
        kept.withLock { $0 = credential }
        return credential
    }
}
