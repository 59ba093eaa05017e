/// Makes SASL machines somewhere else than on the loop's thread, because the first token may need the key
/// distribution centre. The client core asks for one before it opens a secured connection and goes on when
/// the answer is posted; simulated clusters have one that answers at once.
public protocol Authenticator: AnyObject, Sendable {
    /// `protections`: what the machine agrees to, best first; nil: what the client is set to. `completion` is
    /// called once, on any thread.
    func prepare(
        serverPrincipal: String, protections: [SASLProtection]?,
        _ completion: @escaping @Sendable (Result<PreparedAuthentication, AuthenticationError>) -> Void)

    /// A server did not take a ticket: the next ones are not to come from what is kept.
    func forgetTickets()
}

/// A machine with its first token made, on its way to the thread that will use it.
///
/// `@unchecked Sendable`: the machine is made on one thread and used on another afterwards, never on both at
/// once; whoever takes it is its only user.
public final class PreparedAuthentication: @unchecked Sendable {
    public let machine: any SASLMachine
    /// The client's principal, which is the user that the connection header names.
    public let user: String

    public init(_ machine: sending any SASLMachine, user: String) {
        self.machine = machine
        self.user = user
    }
}
