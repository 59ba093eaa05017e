import Glibc
import SluiceHBaseClient
import SluiceNet
import SluiceTestSupport
import Testing

/// A secured cluster and what a client needs for it.
struct SecuredHBase {
    let cluster: RealHBase
    let keytab: String
    let authority: String?
    let tls: TLSConfiguration?
    let folder: String

    /// Master and region server, for the RPC registry.
    var servers: [String] {
        let ports = text(Subprocess.read(folder + "/hbase/ports")).split { $0 == " " || $0 == "\n" }
        return ports.dropFirst().prefix(2).map { "127.0.0.1:\($0)" }
    }

    private static let accessChecks: [String] = {
        let controller = "org.apache.hadoop.hbase.security.access.AccessController"
        return [
            "hbase.security.authorization=true", "hbase.superuser=alice",
            "hbase.coprocessor.master.classes=\(controller)",
            "hbase.coprocessor.region.classes=\(controller)",
            "hbase.coprocessor.regionserver.classes=\(controller)",
        ]
    }()

    /// `protection` nil: no Kerberos. `checksAccess`: only alice and those whom she lets may do anything.
    init(_ protection: String?, tls: Bool, checksAccess: Bool = false) throws {
        var properties: [String] = protection.map { ["hbase.rpc.protection=\($0)"] } ?? []
        if checksAccess { properties += Self.accessChecks }
        cluster = try RealHBase.cluster(
            RealHBase.Options(kerberos: protection != nil, tls: tls, properties: properties))
        let place = try #require(cluster.folder)
        folder = place
        keytab = place + "/kdc/keytabs/alice.keytab"
        if protection != nil {
            setenv("KRB5_CONFIG", try #require(cluster.settings["KRB5_CONFIG"]), 1)
        }
        authority = cluster.settings["authority"]
        guard tls else {
            self.tls = nil
            return
        }
        // The server's own certificate serves as a client's.
        let both = place + "/client.pem"
        let files = ["/hbase/tls/server.pem", "/hbase/tls/server.key"].map { place + $0 }
        _ = try Subprocess.check(["/bin/sh", "-c", "cat \"$1\" \"$2\" > \"$3\"", "sh"] + files + [both])
        self.tls = TLSConfiguration(authorities: authority, certificate: both)
    }

    /// A cluster with nothing to guard it.
    init(plain cluster: RealHBase) throws {
        self.cluster = cluster
        folder = try #require(cluster.folder)
        keytab = ""
        authority = nil
        tls = nil
    }

    /// One more principal, with a keytab.
    func add(_ principal: String) throws -> String {
        _ = try Subprocess.check(["\(RealHBase.scripts ?? "")/kdc.sh", "add", folder + "/kdc", principal])
        return folder + "/kdc/keytabs/\(principal).keytab"
    }

    /// A command of the administrator of the realm.
    func administer(_ command: String) throws {
        let files = ["KRB5_CONFIG": folder + "/kdc/krb5.conf", "KRB5_KDC_PROFILE": folder + "/kdc/kdc.conf"]
        _ = try Subprocess.check(
            ["/usr/sbin/kadmin.local", "-r", "SLUICE.TEST", "-q", command], environment: files)
    }

    /// A ticket cache filled by kinit.
    func cache(_ principal: String, _ options: String = "") throws -> String {
        let file = folder + "/\(principal)\(options.isEmpty ? "" : "-brief").ccache"
        let script = "KRB5_CONFIG=\"$1\" kinit -k -t \"$2\" -c \"$3\" \(options) \"$4\""
        let configuration = cluster.settings["KRB5_CONFIG"] ?? ""
        _ = try Subprocess.check(["/bin/sh", "-c", script, "sh", configuration, keytab, file, principal])
        return "FILE:" + file
    }

    private func client(
        _ kerberos: KerberosSettings?, _ tls: TLSConfiguration?, _ authenticator: KerberosAuthenticator? = nil
    ) throws -> HBaseClient {
        var settings = ClientSettings(
            registry: .zooKeeper(quorum: cluster.quorum, parent: cluster.parent), user: "tester")
        settings.maxRetries = 3
        settings.tls = tls
        if let kerberos { settings.authentication = .kerberos(kerberos) }
        return try HBaseClient(settings, authenticator: authenticator)
    }

    func with(
        _ kerberos: KerberosSettings, _ authenticator: KerberosAuthenticator? = nil,
        _ body: (HBaseClient) throws -> Void
    ) throws {
        let client = try client(kerberos, tls, authenticator)
        defer { client.close() }
        try body(client)
    }

    /// The message of a read that fails; what stands in its place when it does not.
    func failure(_ kerberos: KerberosSettings?, _ table: HBaseTable, tls: TLSConfiguration?? = nil) -> String
    {
        do {
            let client = try client(kerberos, tls ?? self.tls)
            defer { client.close() }
            let batch = GetBatch(table: table, keys: RowKeys([utf8("row-0")]))
            let results: RowResults = try wait(seconds: 30) { client.get(batch, $0) }
            let message = results.firstError?.message ?? "it worked"
            return message.contains("\n") ? "several lines" : message
        } catch {
            return "\(error)"
        }
    }

    func writeAndRead(_ client: HBaseClient, _ table: HBaseTable, rows: Int, bytes: Int) throws {
        var builder = MutationBatchBuilder(table: table)
        var keys = RowKeys()
        for row in 0..<rows {
            keys.append(utf8("row-\(row)"))
            builder.beginPut(utf8("row-\(row)"))
            let value = [UInt8](repeating: UInt8(truncatingIfNeeded: row), count: bytes)
            builder.cell(family: utf8("f"), qualifier: utf8("q"), value: value)
        }
        let batch = builder.finish()
        let written: MutationResults = try wait { client.mutate(batch, $0) }
        try #require(written.firstError == nil, "\(String(describing: written.firstError))")
        let read: RowResults = try wait { client.get(GetBatch(table: table, keys: keys), $0) }
        try #require(read.firstError == nil, "\(String(describing: read.firstError))")
        for row in 0..<rows {
            var right = false
            read.forEachCell(ofKey: row) { cell in
                right =
                    cell.value.count == bytes
                    && cell.value.allSatisfy { $0 == UInt8(truncatingIfNeeded: row) }
            }
            #expect(right)
        }
    }
}
