import SluiceNet

/// The mechanism below SASL's GSSAPI: tokens, then protected messages.
public protocol SecurityContext: AnyObject {
    var isEstablished: Bool { get }
    /// Takes the server's token (empty at first); returns the token to send, nil when there is none.
    func step(_ token: UnsafeRawBufferPointer) throws(AuthenticationError) -> [UInt8]?
    func wrap(_ bytes: UnsafeRawBufferPointer, confidential: Bool) throws(AuthenticationError) -> [UInt8]
    func unwrap(_ bytes: UnsafeRawBufferPointer, confidential: Bool) throws(AuthenticationError) -> [UInt8]
}

/// Why a client could not prove who it is.
public struct AuthenticationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One lower-case sentence on one line.
    public var message: String
    /// What the user may do about it.
    public var hint: String?
    /// Trying again may help: a key distribution centre that does not answer, a full system.
    public var isTemporary: Bool

    public init(_ message: String, hint: String? = nil, isTemporary: Bool = false) {
        self.message = message
        self.hint = hint
        self.isTemporary = isTemporary
    }

    /// As any other error of a machine says it.
    init(any error: any Error) {
        self = error as? AuthenticationError ?? AuthenticationError("\(error)")
    }

    public var description: String { message }
}

/// Kerberos by the system's library.
final class KerberosContext: SecurityContext {
    private let context: GSSAPIContext

    init(_ context: GSSAPIContext) { self.context = context }

    var isEstablished: Bool { context.isEstablished }

    func step(_ token: UnsafeRawBufferPointer) throws(AuthenticationError) -> [UInt8]? {
        do { return try context.step(token) } catch { throw AuthenticationError(error) }
    }

    func wrap(_ bytes: UnsafeRawBufferPointer, confidential: Bool) throws(AuthenticationError) -> [UInt8] {
        do { return try context.wrap(bytes, confidential: confidential) } catch {
            throw AuthenticationError(error)
        }
    }

    func unwrap(_ bytes: UnsafeRawBufferPointer, confidential: Bool) throws(AuthenticationError) -> [UInt8] {
        do { return try context.unwrap(bytes, confidential: confidential) } catch {
            throw AuthenticationError(error)
        }
    }
}

extension AuthenticationError {
    init(_ error: GSSAPIError) {
        self.init(error.message, hint: Self.hint(error.cause), isTemporary: error.cause == .noKDC)
    }

    private static func hint(_ cause: GSSAPIError.Cause) -> String? {
        switch cause {
        case .noTicket: return "get a ticket with kinit, or name a principal and its keytab"
        case .expired: return "get a new ticket with kinit, or name a principal and its keytab"
        case .clockSkew:
            return "the clocks of this machine and of the key distribution centre differ too much"
        case .unknownClient: return "check the principal's name and realm"
        case .unknownServer:
            return "check the server's principal: hbase.regionserver.kerberos.principal, for ZooKeeper "
                + "zookeeper.server.principal"
        case .wrongKey: return "the keytab does not fit the principal's present key; get a new one"
        case .badKeytab: return "klist -k shows what a keytab holds"
        case .noKDC: return "check krb5.conf and the network"
        case .badMessage, .other: return nil
        }
    }
}
