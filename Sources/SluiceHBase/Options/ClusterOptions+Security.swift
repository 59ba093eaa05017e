import Glibc
import SluiceBase
import SluiceHBaseClient
import SluiceNet

/// Kerberos and TLS, by the names that HBase's and ZooKeeper's own clients have for them (H28).
extension ClusterOptions {
    static let authenticationKey = "hbase.security.authentication"
    static let zooKeeperTLSKey = "zookeeper.client.secure"
    static let zooKeeperLoginKey = "zookeeper.sasl.client"

    static func kerberos(_ configuration: ClusterConfiguration) throws(SQLError) -> Kerberos? {
        switch configuration.text(authenticationKey)?.lowercased() {
        case nil, "simple": return nil
        case "kerberos": break
        case "token", "digest", "digest-md5":
            throw refusedToken("'\(authenticationKey)' = '\(configuration.text(authenticationKey) ?? "")'")
        default: throw configuration.wrong(authenticationKey, "simple or kerberos")
        }
        for key in ["hadoop.token.files", "hadoop.tokens", "mapreduce.job.credentials.binary"]
        where configuration.isProperty(key) && configuration.text(key) != nil {
            throw refusedToken("'\(ClusterConfiguration.propertyPrefix)\(key)'")
        }
        let server = configuration.text("hbase.regionserver.kerberos.principal")
        let master = configuration.text("hbase.master.kerberos.principal")
        let keytab = configuration.text("hbase.client.keytab.file")
        let named =
            configuration.text("hbase.client.keytab.principal")
            ?? configuration.text("hbase.client.kerberos.principal")
        let principal = named.map { ownName($0) }
        if keytab != nil && principal == nil {
            throw SQLError(
                .connectorOption, "a keytab needs the principal to log in as",
                hint: "'properties.hbase.client.keytab.principal' = 'user@REALM'")
        }
        let protectionKey = "hbase.rpc.protection"
        let words = (configuration.text(protectionKey) ?? "").lowercased().split(separator: ",").map {
            String($0.filter { $0 != " " })
        }
        let known = ["authentication", "integrity", "privacy"]
        guard words.allSatisfy({ known.contains($0) }) else {
            throw configuration.wrong(protectionKey, "authentication, integrity or privacy")
        }
        let fallback = "hbase.ipc.client.fallback-to-simple-auth-allowed"
        return Kerberos(
            regionServerPrincipal: server ?? master, masterPrincipal: master ?? server, principal: principal,
            keytab: keytab, protections: words,
            allowsSimpleFallback: try configuration.bool(fallback, default: false))
    }

    /// `_HOST` in a client's principal stands for this machine.
    private static func ownName(_ principal: String) -> String {
        guard principal.contains("_HOST") else { return principal }
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return principal }
        let host = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return ServerPrincipal.named(principal).name(for: Endpoint(host: host, port: 0)) ?? principal
    }

    private static func refusedToken(_ what: String) -> SQLError {
        SQLError(
            .unsupported, "\(what): logging in with a delegation token (DIGEST-MD5) is not supported",
            hint: "use '\(authenticationKey)' = 'kerberos' with a keytab, or with a ticket of kinit")
    }

    /// Whom the cluster sees: the principal of the keytab, or of the ticket at hand.
    var loginName: String {
        guard let kerberos else { return user }
        if let principal = kerberos.principal, kerberos.keytab != nil { return principal }
        return (try? GSSAPICredential(.cache(nil)).principal) ?? user
    }

    /// As HBase calls users in its permissions: without the realm.
    var shortName: String {
        String(loginName.prefix { $0 != "/" && $0 != "@" })
    }

    // MARK: TLS

    static func tls(_ configuration: ClusterConfiguration) throws(SQLError) -> TLSConfiguration? {
        guard try configuration.bool("hbase.client.netty.tls.enabled", default: false) else { return nil }
        return try stores("hbase.rpc.tls.truststore", "hbase.rpc.tls.keystore", configuration)
    }

    static func zooKeeperTLS(_ configuration: ClusterConfiguration) throws(SQLError) -> TLSConfiguration? {
        guard try configuration.bool(zooKeeperTLSKey, default: false) else { return nil }
        return try stores("zookeeper.ssl.trustStore", "zookeeper.ssl.keyStore", configuration)
    }

    private static func stores(
        _ trust: String, _ own: String, _ configuration: ClusterConfiguration
    ) throws(SQLError) -> TLSConfiguration {
        let certificate = try store(own, configuration)
        var tls = TLSConfiguration(authorities: try store(trust, configuration), certificate: certificate)
        tls.authoritiesPassword = configuration.text(trust + ".password")
        tls.password = configuration.text(own + ".password")
        return tls
    }

    /// A file whose content says of which kind it is.
    private static func store(
        _ prefix: String, _ configuration: ClusterConfiguration
    ) throws(SQLError) -> String? {
        guard let path = configuration.text(prefix + ".location") else { return nil }
        let type = configuration.text(prefix + ".type")?.uppercased() ?? ""
        guard ["", "PEM", "JKS", "PKCS12"].contains(type) else {
            throw SQLError(
                .unsupported, "the TLS store \"\(path)\" is of type \(type)",
                hint: "PEM, JKS and PKCS12 can be read: set '\(prefix).location' and '\(prefix).type'")
        }
        return path
    }

    // MARK: ZooKeeper

    /// ZooKeeper's Java client logs in where a JAAS file tells it to, which is not read here.
    static func zooKeeperPrincipal(
        _ configuration: ClusterConfiguration, _ kerberos: Kerberos?
    ) throws(SQLError) -> String? {
        guard try configuration.bool(zooKeeperLoginKey, default: false) else { return nil }
        guard kerberos != nil else {
            // Java's clients have it on wherever it is not turned off.
            guard configuration.isProperty(zooKeeperLoginKey) else { return nil }
            throw SQLError(
                .connectorOption, "'\(zooKeeperLoginKey)' = 'true' logs in to ZooKeeper with Kerberos",
                hint: "'properties.\(authenticationKey)' = 'kerberos' says how")
        }
        if let principal = configuration.text("zookeeper.server.principal") { return principal }
        return (configuration.text("zookeeper.sasl.client.username") ?? "zookeeper") + "/_HOST"
    }
}
