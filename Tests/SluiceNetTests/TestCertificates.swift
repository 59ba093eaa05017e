import Glibc
import Testing

/// Authorities, certificates and keys in a folder that goes away with the process.
final class TestCertificates: Sendable {
    let folder: String

    private static let script = #"""
        set -e
        cd "$1"
        key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
        # own NAME SUBJECT EXTENSION: a certificate signed by itself
        own() { key $1; openssl req -x509 -new -key $1.key -out $1.pem -days 2 -subj "/CN=$2" -addext "$3"; }
        # signed NAME AUTHORITY DAYS ALTERNATIVE-NAMES
        signed() {
            key $1
            openssl req -new -key $1.key -out $1.csr -subj "/CN=$1"
            echo "subjectAltName=$4" > $1.ext
            openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days $3 -extfile $1.ext \
                -out $1.pem
        }
        own authority authority "basicConstraints=critical,CA:TRUE"
        own stranger stranger "basicConstraints=critical,CA:TRUE"
        own own localhost "subjectAltName=DNS:localhost,IP:127.0.0.1"
        signed good authority 2 DNS:localhost,IP:127.0.0.1
        signed other authority 2 DNS:other.example,IP:127.0.0.9
        signed wildcard authority 2 "DNS:*.example.com"
        signed expired authority -1 DNS:localhost,IP:127.0.0.1
        signed unknown stranger 2 DNS:localhost,IP:127.0.0.1
        signed client authority 2 DNS:client
        signed unwelcome stranger 2 DNS:client
        cat client.pem client.key > both.pem
        openssl pkey -in client.key -aes256 -passout pass:secret -out locked.key
        openssl pkcs12 -export -in client.pem -inkey client.key -certfile authority.pem -passout pass:secret \
            -out client.p12
        openssl pkcs12 -export -nokeys -in authority.pem -passout pass:secret -out trust.p12
        if command -v keytool; then
            keytool -importkeystore -noprompt -srckeystore client.p12 -srcstoretype PKCS12 -srcstorepass secret \
                -destkeystore client.jks -deststoretype JKS -deststorepass secret
            keytool -importcert -noprompt -alias a -file authority.pem -keystore trust.jks -storetype JKS \
                -storepass secret
            keytool -importcert -noprompt -alias a -file authority.pem -keystore trust.jceks -storetype JCEKS \
                -storepass secret
        fi
        echo nothing > empty.pem
        """#

    init() throws {
        var template = Array("/tmp/sluice-tls-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer -> String? in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        folder = try #require(made)
        #expect(TestShell.run(Self.script, [folder]) == 0)
        let remove = "while kill -0 $2; do sleep 0.2; done; rm -rf \"$1\""
        _ = try #require(TestShell.start(remove, [folder, "\(getpid())"]))
    }

    func path(_ file: String) -> String { folder + "/" + file }
}
