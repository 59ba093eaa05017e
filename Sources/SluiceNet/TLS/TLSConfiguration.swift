/// How a connection is encrypted. The peer's name and certificate are always checked.
public struct TLSConfiguration: Sendable, Hashable {
    /// PEM file of authorities to trust; nil: the system's.
    public var authorities: String?
    /// PEM files of the client's certificate chain and key, where the server asks for them.
    public var certificate: String?
    public var key: String?
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
