import SluiceBase
import Testing

@Suite struct RedactionTests {
    let redaction = Redaction(additional: ["house-key"])

    @Test(
        "keys that hold secrets are known",
        arguments: [
            "properties.sasl.jaas.config", "PASSWORD", "fs.s3a.secret-key", "s3.access_key",
            "value.avro-confluent.basic-auth.user-info",
            "auth-params", "security.kerberos.login.keytab", "my.house.key",
        ])
    func sensitive(key: String) {
        #expect(redaction.isSensitive(key))
        #expect(redaction.shown("x", of: key) == "******")
    }

    @Test(
        "other keys, and references to secrets, are shown",
        arguments: ["connector", "topic", "key.format", "primary-key"])
    func open(key: String) {
        #expect(!redaction.isSensitive(key))
        #expect(redaction.shown("x", of: key) == "x")
        #expect(redaction.shown("${secret:DB}", of: "password") == "${secret:DB}")
    }

    @Test("a statement keeps everything but its secrets")
    func statement() {
        let text =
            "CREATE TABLE t (a INT) WITH ('connector' = 'x', 'password'='it''s' , -- note\n 'token' /* c */ = 's3')"
        #expect(
            redaction.shown(statement: text)
                == "CREATE TABLE t (a INT) WITH ('connector' = 'x', 'password'='******' , -- note\n 'token' /* c */ = '******')"
        )
        let harmless = "SELECT 'password', a = 'b' FROM `pass'word` WHERE c = 'it''s' -- 'password' = 'x"
        #expect(redaction.shown(statement: harmless) == harmless)
        #expect(redaction.shown(statement: "SET 'secret' = 'open") == "SET 'secret' = '******'")
    }

    @Test("credentials inside URLs are masked")
    func urls() {
        #expect(
            redaction.shown("jdbc:postgresql://me:pw@h/db?a=b", of: "url")
                == "jdbc:postgresql://me:******@h/db?a=b")
        #expect(redaction.shown("http://h/x?Password=pw&b=c", of: "url") == "http://h/x?Password=******&b=c")
        #expect(redaction.shown(statement: "SELECT 'http://u:p@h'") == "SELECT 'http://u:******@h'")
        #expect(redaction.shown("http://h:80/a@b", of: "url") == "http://h:80/a@b")
    }
}
