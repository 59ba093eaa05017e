import CGSSAPI
import Glibc
import SluiceNet
import Testing

/// A Kerberos realm with a key distribution centre of its own on 127.0.0.1, which ends with the process.
/// Needs Debian's krb5-kdc, krb5-admin-server and krb5-user.
final class TestRealm: Sendable {
    let folder: String

    static let name = "SLUICE.TEST"
    static let isPossible: Bool = ["krb5kdc", "kadmin.local", "kdb5_util"].allSatisfy {
        access("/usr/sbin/" + $0, X_OK) == 0
    }

    /// The library reads its configuration where the environment says; one realm serves the whole process.
    static let shared = Result { try TestRealm() }

    private static let script = #"""
        set -e
        cd "$1"
        cat > krb5.conf <<END
        [libdefaults]
          default_realm = SLUICE.TEST
          dns_lookup_kdc = false
          dns_canonicalize_hostname = false
          rdns = false
          udp_preference_limit = 1
        [realms]
          SLUICE.TEST = {
            kdc = 127.0.0.1:$2
          }
          GONE.TEST = {
            kdc = 127.0.0.1:1
          }
        END
        cat > kdc.conf <<END
        [kdcdefaults]
          kdc_listen = 127.0.0.1:$2
          kdc_tcp_listen = 127.0.0.1:$2
        [realms]
          SLUICE.TEST = {
            database_name = $1/principal
            key_stash_file = $1/stash
            acl_file = $1/acl
            max_life = 12h
            supported_enctypes = aes256-cts:normal
          }
        END
        export KRB5_CONFIG=$1/krb5.conf KRB5_KDC_PROFILE=$1/kdc.conf PATH=$PATH:/usr/sbin
        kdb5_util create -s -r SLUICE.TEST -P master
        for principal in hbase/localhost alice brief; do
            kadmin.local -r SLUICE.TEST -q "addprinc -randkey $principal"
            kadmin.local -r SLUICE.TEST -q "ktadd -k $(echo $principal | tr / -).keytab $principal"
        done
        kadmin.local -r SLUICE.TEST -q "modprinc -maxlife 4seconds brief"
        # A keytab with a key that the realm has replaced, and one of a principal that is gone.
        kadmin.local -r SLUICE.TEST -q "addprinc -randkey stale"
        kadmin.local -r SLUICE.TEST -q "ktadd -k stale.keytab stale"
        kadmin.local -r SLUICE.TEST -q "cpw -randkey stale"
        kadmin.local -r SLUICE.TEST -q "addprinc -randkey leaver"
        kadmin.local -r SLUICE.TEST -q "ktadd -k leaver.keytab leaver"
        kadmin.local -r SLUICE.TEST -q "delprinc -force leaver"
        printf 'addent -password -p alice@GONE.TEST -k 1 -e aes256-cts\nsecret\nwkt gone.keytab\n' | ktutil
        """#

    private init() throws {
        var template = Array("/tmp/sluice-realm-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer -> String? in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        folder = try #require(made)
        let placeholder = try LoopbackServer { _ in }
        let port = placeholder.port
        placeholder.stop()
        #expect(TestShell.run(Self.script, [folder, "\(port)"]) == 0)
        // Processes that a test starts inherit a mask that holds back other signals.
        let serve = """
            export KRB5_CONFIG=$1/krb5.conf KRB5_KDC_PROFILE=$1/kdc.conf
            /usr/sbin/krb5kdc -n -r SLUICE.TEST &
            while kill -0 $2; do sleep 0.2; done
            kill -9 $!
            rm -rf "$1"
            """
        _ = try #require(TestShell.start(serve, [folder, "\(getpid())"]))
        setenv("KRB5_CONFIG", folder + "/krb5.conf", 1)
        setenv("KRB5CCNAME", "FILE:" + folder + "/none.ccache", 1)
        let harness = try LoopHarness()
        let endpoint = Endpoint(host: "127.0.0.1", port: port)
        let answers: () -> Bool = {
            let id = harness.connect(endpoint)
            return wait { harness.isOpen(id) || harness.end(id) != nil } && harness.isOpen(id)
        }
        #expect(wait(answers))
        harness.thread.stop()
    }

    func keytab(_ name: String) -> String { folder + "/" + name + ".keytab" }

    /// A ticket cache filled by kinit.
    func cache(_ principal: String, _ options: String = "") throws -> String {
        let file: String = folder + "/" + principal + ".ccache"
        let script = "kinit -k -t \"$1/$2.keytab\" -c \"$3\" \(options) $2"
        #expect(TestShell.run(script, [folder, principal, file]) == 0)
        return "FILE:" + file
    }
}

/// The server's side of a context, of the library itself.
final class GSSAPIServer {
    private let credential: OpaquePointer
    private let context: OpaquePointer
    private(set) var isEstablished: Bool = false

    init(keytab: String) throws {
        var error = sluice_gss_error()
        credential = try #require(sluice_gss_server_credential_new(keytab, &error))
        context = try #require(sluice_gss_context_new(credential, nil, 0, &error))
    }

    deinit {
        sluice_gss_context_free(context)
        sluice_gss_credential_free(credential)
    }

    func step(_ token: [UInt8]) throws -> [UInt8] {
        var error = sluice_gss_error()
        let status = sluice_gss_step(context, token, token.count, &error)
        try #require(status != 0)
        isEstablished = status == 2
        return result
    }

    func wrap(_ bytes: [UInt8], confidential: Bool) throws -> [UInt8] {
        var error = sluice_gss_error()
        try #require(sluice_gss_wrap(context, confidential ? 1 : 0, bytes, bytes.count, &error) != 0)
        return result
    }

    /// The bytes and whether they were encrypted.
    func unwrap(_ bytes: [UInt8]) throws -> ([UInt8], Bool) {
        var error = sluice_gss_error()
        var confidential: Int32 = 0
        try #require(sluice_gss_unwrap(context, bytes, bytes.count, &confidential, &error) != 0)
        return (result, confidential != 0)
    }

    private var result: [UInt8] {
        var length = 0
        let bytes = sluice_gss_result(context, &length)
        return Array(UnsafeRawBufferPointer(start: bytes, count: length))
    }
}
