import CGSSAPI

/// The client's side of one authentication with Kerberos: tokens in and out, then wrapped messages. Mutual
/// authentication is demanded, and messages that come twice or out of order are errors.
///
/// The first `step` may ask the key distribution centre and block; all others only compute. Used by one
/// thread at a time.
public final class GSSAPIContext {
    private let pointer: OpaquePointer
    private let credential: GSSAPICredential
    private let server: String
    public private(set) var isEstablished: Bool = false

    /// `server`: a principal (`hbase/host@REALM`; without a realm the default one) or, when it has no slash,
    /// a service on a host (`hbase@host`).
    public init(_ credential: GSSAPICredential, server: String) throws(GSSAPIError) {
        var error = sluice_gss_error()
        let hostBased: Bool = !server.contains("/")
        let what: String = "\"\(server)\" is no Kerberos principal"
        guard !server.utf8.contains(0) else { throw GSSAPIError(.unknownServer, what) }
        let made: OpaquePointer? = sluice_gss_context_new(
            credential.pointer, server, hostBased ? 1 : 0, &error)
        guard let made else { throw GSSAPIError(error, what) }
        pointer = made
        self.credential = credential
        self.server = server
    }

    deinit { sluice_gss_context_free(pointer) }

    /// Takes the server's token (empty at first); returns the token to send, nil when there is none.
    public func step(_ token: UnsafeRawBufferPointer) throws(GSSAPIError) -> [UInt8]? {
        var error = sluice_gss_error()
        switch sluice_gss_step(pointer, token.baseAddress, token.count, &error) {
        case 1: break
        case 2: isEstablished = true
        default:
            throw GSSAPIError(error, "\"\(credential.principal)\" cannot authenticate to \"\(server)\"")
        }
        let answer: [UInt8] = result
        return answer.isEmpty ? nil : answer
    }

    /// Signs or, when it is to be confidential, encrypts.
    public func wrap(_ bytes: UnsafeRawBufferPointer, confidential: Bool) throws(GSSAPIError) -> [UInt8] {
        try checkEstablished()
        var error = sluice_gss_error()
        guard sluice_gss_wrap(pointer, confidential ? 1 : 0, bytes.baseAddress, bytes.count, &error) != 0
        else {
            throw GSSAPIError(error, "a message to \"\(server)\" cannot be protected")
        }
        return result
    }

    /// Errors: a message that was changed on its way, or one that is not encrypted but must be.
    public func unwrap(_ bytes: UnsafeRawBufferPointer, confidential: Bool) throws(GSSAPIError) -> [UInt8] {
        try checkEstablished()
        var error = sluice_gss_error()
        var encrypted: Int32 = 0
        guard sluice_gss_unwrap(pointer, bytes.baseAddress, bytes.count, &encrypted, &error) != 0 else {
            throw GSSAPIError(error, "a message of \"\(server)\" is not intact")
        }
        if confidential, encrypted == 0 {
            throw GSSAPIError(.badMessage, "a message of \"\(server)\" is not encrypted")
        }
        return result
    }

    private func checkEstablished() throws(GSSAPIError) {
        if !isEstablished { throw GSSAPIError(.other, "the authentication to \"\(server)\" is not complete") }
    }

    private var result: [UInt8] {
        var length: Int = 0
        let bytes = sluice_gss_result(pointer, &length)
        return Array(UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : length))
    }
}
