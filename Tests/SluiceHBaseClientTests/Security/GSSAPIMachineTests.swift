import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// A mechanism that needs so many answers, and protects by a first byte: 1 signed, 2 encrypted (bits turned
/// over).
private final class FakeContext: SecurityContext {
    private var answersLeft: Int
    private var started: Bool = false

    init(answers: Int) { answersLeft = answers }

    var isEstablished: Bool { started && answersLeft == 0 }

    func step(_ token: UnsafeRawBufferPointer) throws(AuthenticationError) -> [UInt8]? {
        if !started {
            started = true
            return [0x60]
        }
        guard token.first == 0x61 else { throw AuthenticationError("a bad token") }
        answersLeft -= 1
        return answersLeft == 0 ? nil : [0x62]
    }

    func wrap(_ bytes: UnsafeRawBufferPointer, confidential: Bool) throws(AuthenticationError) -> [UInt8] {
        confidential ? [2] + bytes.map { ~$0 } : [1] + Array(bytes)
    }

    func unwrap(_ bytes: UnsafeRawBufferPointer, confidential: Bool) throws(AuthenticationError) -> [UInt8] {
        switch bytes.first {
        case 1 where !confidential: return Array(bytes.dropFirst())
        case 2: return bytes.dropFirst().map { ~$0 }
        default: throw AuthenticationError("a bad message")
        }
    }
}

@Suite("SASL with GSSAPI")
struct GSSAPIMachineTests {
    private func answer(_ machine: GSSAPIMachine, _ token: [UInt8]) throws -> [UInt8]? {
        try token.withUnsafeBytes { try machine.answer($0) }
    }

    private func agreed(_ offer: [UInt8], accepted: [SASLProtection] = []) throws -> (GSSAPIMachine, [UInt8]?)
    {
        let machine = GSSAPIMachine(FakeContext(answers: 1), accepted: accepted)
        #expect(try machine.firstToken() == [0x60])
        #expect(try answer(machine, [0x61]) == [])
        #expect(!machine.isComplete)
        return (machine, try answer(machine, [1] + offer))
    }

    @Test func tokensThenAnEmptyOneThenTheChoice() throws {
        let (machine, choice) = try agreed([1, 1, 0, 0])
        #expect(choice == [1, 1, 0, 0, 0])
        #expect(machine.isComplete)
        #expect(!machine.wraps)
        #expect(machine.authenticationCode == 81)
        #expect(throws: AuthenticationError.self) { try answer(machine, [1]) }
    }

    @Test func longerExchanges() throws {
        let machine = GSSAPIMachine(FakeContext(answers: 3))
        try machine.prepare()
        #expect(try machine.firstToken() == [0x60])
        #expect(try answer(machine, [0x61]) == [0x62])
        #expect(try answer(machine, [0x61]) == [0x62])
        #expect(try answer(machine, [0x61]) == [])
        #expect(throws: AuthenticationError.self) { try answer(machine, [9]) }
    }

    @Test(arguments: [
        (UInt8(7), [SASLProtection](), SASLProtection.privacy),
        (3, [], .integrity),
        (1, [], .authentication),
        (7, [.authentication, .privacy], .authentication),
        (6, [.authentication, .integrity], .integrity),
    ])
    func theBestCommonProtectionIsChosen(
        _ offer: UInt8, _ accepted: [SASLProtection], _ expected: SASLProtection
    ) throws {
        let (machine, choice) = try agreed([offer, 1, 0, 0], accepted: accepted)
        #expect(choice?[1] == expected.rawValue)
        #expect(machine.wraps == (expected != .authentication))
    }

    @Test func noCommonProtectionIsNamed() throws {
        let error = #expect(throws: AuthenticationError.self) {
            try agreed([4, 1, 0, 0], accepted: [.authentication, .integrity])
        }
        let wanted = "the client accepts authentication, integrity"
        #expect(error?.message == "the server protects connections with privacy, " + wanted)
    }

    @Test(arguments: [[], [1], [1, 1, 0], [1, 1, 0, 0, 0], [0, 0, 0, 0], [8, 0, 0, 0]] as [[UInt8]])
    func badOffersAreRefused(_ offer: [UInt8]) {
        #expect(throws: AuthenticationError.self) { try agreed(offer) }
    }

    @Test func recordsAreNoLargerThanTheServerTakes() throws {
        let (machine, _) = try agreed([4, 0, 0x10, 0])
        let bytes: [UInt8] = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        let records = try machine.wrap(bytes)
        var start = 0
        var plain: [UInt8] = []
        while start < records.count {
            let length = records[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            #expect(length <= 0x1000)
            let record = Array(records[start + 4..<start + 4 + length])
            #expect(record.first == 2)
            plain += try record.withUnsafeBytes { try machine.unwrap($0) }
            start += 4 + length
        }
        #expect(plain == bytes)
        let signed: [UInt8] = [1, 5]
        #expect(throws: AuthenticationError.self) { try signed.withUnsafeBytes { try machine.unwrap($0) } }
    }
}

@Suite("Server principals")
struct ServerPrincipalTests {
    @Test func theHostIsPutIn() {
        let server = Endpoint(host: "RS1.example.org", port: 16020)
        func name(_ pattern: String) -> String? { ServerPrincipal.named(pattern).name(for: server) }
        #expect(name("hbase/_HOST@EXAMPLE.ORG") == "hbase/rs1.example.org@EXAMPLE.ORG")
        #expect(name("hbase/_HOST") == "hbase/rs1.example.org")
        #expect(name("hbase/fixed@EXAMPLE.ORG") == "hbase/fixed@EXAMPLE.ORG")
        #expect(name("hbase@_HOST") == "hbase@_HOST")
        #expect(name("hbase/my_HOST@R") == "hbase/my_HOST@R")
        #expect(name("") == "")
        #expect(ServerPrincipal.asked.name(for: server) == nil)
    }

    @Test func oneServersPrincipalTellsThoseOfOthers() {
        let told = Endpoint(host: "RS1.example.org", port: 16020)
        let other = Endpoint(host: "rs2.example.org", port: 16000)
        let own = ServerPrincipal.pattern("hbase/rs1.example.org@R", of: told)
        #expect(own.name(for: other) == "hbase/rs2.example.org@R")
        #expect(ServerPrincipal.pattern("hbase/all@R", of: told).name(for: other) == "hbase/all@R")
        #expect(
            ServerPrincipal.pattern("hbase/rs1.example.org", of: told).name(for: other)
                == "hbase/rs2.example.org")
    }
}
