import CGSSAPI
import Glibc
import Synchronization

/// Where Kerberos tickets come from.
public enum KerberosLogin: Sendable, Hashable {
    /// A ticket cache that someone else keeps filled (`kinit`); nil: the default one.
    case cache(String?)
    /// Tickets got with a principal's key, kept in memory and renewed before they expire.
    case keytab(principal: String, file: String)
}

/// The client's identity towards Kerberos. Making one may ask the key distribution centre and block.
///
/// `@unchecked Sendable`: the handle never changes, and the library locks what it holds.
public final class GSSAPICredential: @unchecked Sendable {
    let pointer: OpaquePointer
    /// Such as `alice@EXAMPLE.ORG`; it is what servers call the user.
    public let principal: String

    private static let caches = Atomic<Int>(0)

    /// Errors name the principal, the keytab or the cache, and the library's reason.
    public init(_ login: KerberosLogin) throws(GSSAPIError) {
        var error = sluice_gss_error()
        let what: String
        let made: OpaquePointer?
        switch login {
        case .cache(let name):
            what = "no Kerberos ticket can be used"
            if let name {
                made = sluice_gss_credential_new(nil, nil, name, &error)
            } else {
                made = sluice_gss_credential_new(nil, nil, nil, &error)
            }
        case .keytab(let principal, let file):
            what = "the keytab \"\(file)\" gives no Kerberos ticket for \"\(principal)\""
            // The library would say only that there is no ticket.
            if access(file, R_OK) != 0 {
                throw GSSAPIError(.badKeytab, what + ": " + String(cString: strerror(errno)))
            }
            let number: Int = Self.caches.add(1, ordering: .relaxed).newValue
            made = sluice_gss_credential_new(principal, file, "MEMORY:sluice-\(number)", &error)
        }
        guard let made else { throw GSSAPIError(error, what) }
        pointer = made
        var name = [CChar](repeating: 0, count: 1024)
        guard sluice_gss_credential_name(made, &name, name.count, &error) != 0 else {
            sluice_gss_credential_free(made)
            throw GSSAPIError(error, what)
        }
        principal = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { sluice_gss_credential_free(pointer) }

    /// How long its tickets are valid still.
    public var lifetimeSeconds: Int { Int(sluice_gss_credential_lifetime(pointer)) }
}
