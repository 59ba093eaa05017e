/// How a connection is encrypted. The peer's name and certificate are always checked.
///
/// Files are PEM, PKCS#12 or Java key stores (JKS), told apart by their content.
public struct TLSConfiguration: Sendable, Hashable {
    /// File of authorities to trust; nil: the system's.
    public var authorities: String?
    /// Opens `authorities` where that is a PKCS#12 file.
    public var authoritiesPassword: String?
    /// Files of the client's certificate chain and key, where the server asks for them. A store holds both.
    public var certificate: String?
    public var key: String?
    /// Opens the store of the certificate, or a key with a passphrase.
    public var password: String?
    /// Name to expect in the certificate when it is not the endpoint's host.
    public var serverName: String?

    public init(
        authorities: String? = nil, certificate: String? = nil, key: String? = nil, serverName: String? = nil
    ) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.serverName = serverName
    }
}
