import Testing

@testable import SluiceHBaseClient

/// Answers each token by its bytes plus one, is complete after three, wraps by turning bits over.
final class ScriptedSASL: SASLMachine {
    let authenticationCode: UInt8 = 81
    let wraps: Bool
    var answers = 0
    var isComplete: Bool { answers == 2 }

    init(wraps: Bool) { self.wraps = wraps }

    struct Refusal: Error {}
    var isOver = false

    func firstToken() throws -> [UInt8] { [1, 2, 3] }

    func answer(_ token: UnsafeRawBufferPointer) throws -> [UInt8]? {
        if token.elementsEqual([0xEE]) { throw Refusal() }
        answers += 1
        return token.map { $0 &+ 1 }
    }

    func wrap(_ bytes: [UInt8]) throws -> [UInt8] {
        if isOver { throw Refusal() }
        return RPCConnection<Int>.prefixed(bytes.map { ~$0 })
    }
    func unwrap(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] { bytes.map { ~$0 } }
}

@Suite struct SASLConnectionTests {
    typealias Connection = RPCConnection<Int>

    func start(wraps: Bool, fallback: Bool = false) throws -> (Connection, [UInt8]) {
        var settings = Connection.Settings(
            user: "u", service: "ClientService", sasl: ScriptedSASL(wraps: wraps))
        settings.allowsSimpleFallback = fallback
        var connection = Connection(settings)
        return (connection, try connection.start())
    }

    func started(wraps: Bool, fallback: Bool = false) throws -> Connection {
        var connection = try start(wraps: wraps, fallback: fallback).0
        _ = try connection.start()
        return connection
    }

    func sent(_ events: [Connection.Event]) -> [UInt8] {
        var all: [UInt8] = []
        for event in events { if case .send(let bytes) = event { all += bytes } }
        return all
    }

    @Test(arguments: [1, 3, 100])
    func tokensGoToAndFroThenTheHeaderFollows(_ chunk: Int) throws {
        let (_, opening) = try start(wraps: false)
        #expect(hex(opening) == "484261730051" + "00000003" + "010203")
        var connection = try started(wraps: false)
        #expect(!connection.isReady)
        let events = try connection.take(bytes(hex: "00000000 00000002 0a0b 00000000 00000000"), chunk: chunk)
        #expect(connection.isReady)
        let header = RPCConnection<Int>.prefixed(connection.settings.header.encoded())
        #expect(hex(sent(events)) == "00000002" + "0b0c" + "00000000" + hex(header))
        guard case .ready = try #require(events.last) else { Issue.record(); return }
    }

    @Test(arguments: [1, 4, 9, 1000])
    func laterBytesAreWrapped(_ chunk: Int) throws {
        var connection = try started(wraps: true)
        let events = try connection.take(bytes(hex: "00000000 00000001 0a 00000000 00000001 0b"))
        let header = RPCConnection<Int>.prefixed(connection.settings.header.encoded()).map { ~$0 }
        #expect(sent(events).suffix(header.count + 4) == RPCConnection<Int>.prefixed(header)[...])
        let request = try connection.request(7, method: "Get", timeoutMillis: 0) { $0.field(1, "x") }
        #expect(hex(request.bytes.prefix(4)) == "00000012")
        let answer = answerFrame(callID: request.callID, message: [9], cells: [1, 2])
        // A frame may be cut over several wrapped records.
        let stream =
            RPCConnection<Int>.prefixed(answer[0..<5].map { ~$0 })
            + RPCConnection<Int>.prefixed(answer[5...].map { ~$0 })
        let answers = try connection.take(stream, chunk: chunk)
        guard case .response(7, let frame) = try #require(answers.first) else { Issue.record(); return }
        #expect(frame.withMessage { [UInt8]($0) } == [9])
        #expect(frame.withCells { [UInt8]($0) } == [1, 2])
    }

    /// Its owner ends it: it must not be among those that wait for an answer as well.
    @Test func aCallThatCannotBeWrappedIsNotOpen() throws {
        var connection = try started(wraps: true)
        _ = try connection.take(bytes(hex: "00000000 00000001 0a 00000000 00000001 0b"))
        (connection.settings.sasl as? ScriptedSASL)?.isOver = true
        #expect(throws: RPCFailure.self) {
            _ = try connection.request(7, method: "Get", timeoutMillis: 0) { $0.field(1, "x") }
        }
        #expect(connection.takeOpenCalls().isEmpty)
    }

    @Test func aServerWithoutSecurityIsRefusedUnlessAllowed() throws {
        var strict = try started(wraps: false)
        #expect(throws: RPCFailure.notSecured) { try strict.take(bytes(hex: "00000000 ffffffa8")) }
        var lenient = try started(wraps: false, fallback: true)
        let events = try lenient.take(bytes(hex: "00000000 ffffffa8"))
        #expect(lenient.isReady)
        #expect(sent(events) == RPCConnection<Int>.prefixed(lenient.settings.header.encoded()))
    }

    @Test func refusalsNameTheServersReason() throws {
        var connection = try started(wraps: false)
        let refusal =
            bytes(hex: "00000001 00000003") + [UInt8]("a.B".utf8) + [0, 0, 0, 2] + [UInt8]("no".utf8)
        #expect(throws: RPCFailure.refused(className: "a.B", message: "no")) {
            try connection.take(refusal, chunk: 1)
        }
        var failing = try started(wraps: false)
        #expect(throws: RPCFailure.self) { try failing.take(bytes(hex: "00000000 00000001 ee")) }
        var huge = try started(wraps: false)
        #expect(throws: RPCFailure.self) { try huge.take(bytes(hex: "00000000 7fffffff")) }
    }
}
