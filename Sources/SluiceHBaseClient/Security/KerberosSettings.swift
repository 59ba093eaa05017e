public import SluiceNet

/// How a client authenticates with Kerberos.
public struct KerberosSettings: Sendable, Hashable {
    public var login: KerberosLogin
    /// HBase's options `hbase.regionserver.kerberos.principal` and `hbase.master.kerberos.principal`.
    public var regionServer: ServerPrincipal
    public var master: ServerPrincipal
    /// What the client agrees to, best first; empty: everything, privacy first.
    public var protections: [SASLProtection] = []
    /// Go on without authentication with a server that has none.
    public var allowsSimpleFallback: Bool = false

    public init(
        _ login: KerberosLogin = .cache(nil), regionServer: ServerPrincipal = .asked,
        master: ServerPrincipal? = nil
    ) {
        self.login = login
        self.regionServer = regionServer
        self.master = master ?? regionServer
    }
}
