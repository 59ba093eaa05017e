import Glibc
import SluiceHBaseClient
import SluiceNet
import Testing

/// A ZooKeeper of its own beside a secured cluster: it answers nobody without a login, on a plain port and on one
/// with TLS. HBase is not in it.
struct SecuredZooKeeper {
    let plain: Endpoint
    let encrypted: Endpoint
    private let secured: SecuredHBase

    init(_ secured: SecuredHBase) throws {
        self.secured = secured
        let scripts = try #require(RealHBase.scripts)
        let found = try Subprocess.check([
            "/bin/bash", "-c", ". \"$1/tools/process.sh\"; free_ports 2", "ports", scripts,
        ])
        let ports = found.split { $0 == " " || $0 == "\n" }.compactMap { UInt16($0) }
        try #require(ports.count == 2)
        plain = Endpoint(host: "localhost", port: ports[0])
        encrypted = Endpoint(host: "localhost", port: ports[1])
        // The number of the process lies where the cluster's own lie, so that it ends with them.
        _ = try Subprocess.check([
            "/bin/bash", "-c", Self.files, "files", secured.folder, "\(ports[0])", "\(ports[1])",
        ])
        try Subprocess.detach(["/bin/bash", "-c", Self.launch, "launch", secured.folder, scripts])
    }

    func stop() {
        _ = try? Subprocess.run([
            "/bin/bash", "-c", "kill -KILL \"$(cat \"$1/keeper/run/keeper.pid\")\"; rm -rf \"$1/keeper\"",
            "stop",
            secured.folder,
        ])
    }

    private static let files = """
        set -e
        mkdir -p "$1/keeper/run" "$1/keeper/data"
        cat >"$1/keeper/zoo.cfg" <<END
        tickTime=1000
        dataDir=$1/keeper/data
        clientPort=$2
        clientPortAddress=127.0.0.1
        secureClientPort=$3
        secureClientPortAddress=127.0.0.1
        serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
        ssl.keyStore.location=$1/hbase/tls/server.jks
        ssl.keyStore.password=changeit
        ssl.trustStore.location=$1/hbase/tls/trust.jks
        ssl.trustStore.password=changeit
        authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider
        admin.enableServer=false
        END
        cat >"$1/keeper/jaas.conf" <<END
        Server { com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true
          keyTab="$1/kdc/keytabs/zookeeper-localhost.keytab" principal="zookeeper/localhost@SLUICE.TEST"; };
        END
        """

    private static let launch = """
        echo $$ >"$1/keeper/run/keeper.pid"
        exec java -Xmx128m -Djava.net.preferIPv4Stack=true -Djava.security.krb5.conf="$1/kdc/krb5.conf" \\
          -Djava.security.auth.login.config="$1/keeper/jaas.conf" -Dzookeeper.sessionRequireClientSASLAuth=true \\
          -cp "$1/hbase/conf/client:$2/hbase/*" org.apache.zookeeper.server.ZooKeeperServerMain "$1/keeper/zoo.cfg"
        """

    /// What a client is told that asks it for HBase.
    func answer(
        _ server: Endpoint, _ kerberos: KerberosSettings?, principal: String? = nil,
        _ tls: TLSConfiguration? = nil
    ) throws -> HBaseError? {
        var settings = ClientSettings(
            registry: .zooKeeper(quorum: [server], parent: "/hbase"), user: "tester")
        settings.maxRetries = 1
        settings.zooKeeperTLS = tls
        settings.zooKeeperPrincipal = principal.map { .named($0) }
        if let kerberos { settings.authentication = .kerberos(kerberos) }
        let client = try HBaseClient(settings)
        defer { client.close() }
        return try failure { client.regions(of: HBaseTable(name: "t"), $0) }
    }

    private func register(
        _ server: Endpoint, _ kerberos: KerberosSettings?, _ tls: TLSConfiguration? = nil
    ) throws -> ReplicationPeer {
        var settings = ReplicationPeer.Settings(
            quorum: [server], node: "/sluice/secured", advertisedHost: "localhost")
        settings.listen = Endpoint(host: "127.0.0.1", port: 0)
        settings.zooKeeperTLS = tls
        var client = ClientSettings(registry: .zooKeeper(quorum: [server], parent: "/hbase"), user: "tester")
        if let kerberos {
            settings.zooKeeperPrincipal = .named("zookeeper/_HOST")
            client.authentication = .kerberos(kerberos)
        }
        return try ReplicationPeer(
            settings, startCode: 1, seed: 1, sink: NoShipments(),
            authenticator: HBaseClient.authenticator(client))
    }

    /// C1: the session that a peer's nodes hang on logs in, over TLS too, and says what it lacks.
    func checkPeers(_ cache: String) throws {
        func until(_ peer: ReplicationPeer, _ condition: (ReplicationPeer.Status) -> Bool) {
            for _ in 0..<200 where !condition(peer.status) { usleep(50_000) }
        }
        let kerberos = KerberosSettings(.cache(cache))
        for (server, tls) in [(plain, nil), (encrypted, secured.tls)] {
            let peer = try register(server, kerberos, tls)
            until(peer) { $0.isRegistered }
            #expect(peer.status.isRegistered, "\(server): \(peer.status)")
            peer.close(removesNodes: true)
        }
        let bare = try register(plain, nil)
        until(bare) { $0.trouble != nil }
        #expect(bare.status.trouble?.contains("set zookeeper.sasl.client to true") == true)
        bare.close()
        let untrusted = try register(encrypted, kerberos, TLSConfiguration())
        until(untrusted) { $0.trouble != nil }
        #expect(untrusted.status.trouble?.contains("zookeeper.ssl.trustStore.location") == true)
        untrusted.close()
    }

    /// Waits until it answers, and is as the test wants it.
    func check(_ cache: String) throws {
        let kerberos = KerberosSettings(.cache(cache))
        let own = "zookeeper/_HOST"
        var error = try answer(plain, kerberos, principal: own)
        for _ in 0..<100 where error?.kind == .network {
            usleep(100_000)
            error = try answer(plain, kerberos, principal: own)
        }
        let noNode = "ZooKeeper has no node \"/hbase/meta-region-server\""
        #expect(error?.message.contains(noNode) == true, "\(String(describing: error))")
        let over = try answer(encrypted, kerberos, principal: own, secured.tls)
        #expect(over?.message.contains(noNode) == true, "\(String(describing: over))")
        let bare = try answer(plain, nil)
        #expect(bare?.kind == .authentication && bare?.hint == "set zookeeper.sasl.client to true")
        #expect(bare?.message.contains("ZooKeeper answers nobody without a login") == true)
        let other = try answer(plain, kerberos, principal: "hbase/localhost@SLUICE.TEST")
        #expect(other?.kind == .authentication, "\(String(describing: other))")
        #expect(other?.message.contains("ZooKeeper does not take the ticket") == true)
        let nobody = try answer(plain, kerberos, principal: "keeper/localhost@SLUICE.TEST")
        #expect(nobody?.message.contains("not found in Kerberos database") == true)
        let untrusted = try answer(encrypted, kerberos, principal: own, TLSConfiguration())
        #expect(untrusted?.kind == .tls, "\(String(describing: untrusted))")
        #expect(untrusted?.hint?.contains("zookeeper.ssl.trustStore.location") == true)
    }
}

private struct NoShipments: ReplicationSink {
    func keep(_ entries: [WALEntry], _ done: @escaping @Sendable (ShipmentVerdict) -> Void) { done(.kept) }
}
