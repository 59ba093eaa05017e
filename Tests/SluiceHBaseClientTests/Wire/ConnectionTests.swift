import SluiceBase
import Testing

@testable import SluiceHBaseClient

/// Builds answers of a server.
func answerFrame(
    callID: UInt32, exception: RemoteException? = nil, message: [UInt8]? = [], cells: [UInt8] = []
) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.bigEndian(0)
    let header = writer.begin()
    writer.field(1, callID)
    if let exception {
        let mark = writer.begin(2)
        writer.field(1, exception.className)
        writer.field(2, exception.stackTrace)
        writer.optional(5, exception.doNotRetry)
        writer.end(mark)
    }
    if !cells.isEmpty {
        let mark = writer.begin(3)
        writer.field(1, UInt64(cells.count))
        writer.end(mark)
    }
    writer.end(header)
    if let message {
        let mark = writer.begin(expecting: message.count)
        writer.raw(message)
        writer.end(mark)
    }
    writer.raw(cells)
    writer.patch(Int32(writer.count - 4), at: 0)
    return writer.finish()
}

extension RPCConnection {
    /// Takes bytes in chunks of `size` and returns what happened.
    mutating func take(_ bytes: [UInt8], chunk size: Int = Int.max) throws -> [Event] {
        var events: [Event] = []
        var start = 0
        while start < bytes.count {
            let end = start + min(size, bytes.count - start)
            let chunk = [UInt8](bytes[start..<end])
            try withRaw(chunk) { (raw) throws in try received(raw) { events.append($0) } }
            start = end
        }
        return events
    }
}

@Suite struct ConnectionTests {
    typealias Connection = RPCConnection<String>

    func ready() throws -> Connection {
        var connection = Connection(.init(user: "u", service: "ClientService"))
        _ = try connection.start()
        return connection
    }

    func send(_ connection: inout Connection, _ call: String) throws -> UInt32 {
        try connection.request(call, method: "Get", timeoutMillis: 0) { $0.field(1, "x") }.callID
    }

    func texts(_ events: [Connection.Event]) -> [String] {
        events.map { event in
            switch event {
            case .send(let bytes): return "send " + hex(bytes)
            case .ready: return "ready"
            case .response(let call, let frame):
                let message = frame.withMessage { hex($0) }
                return "\(call):\(message):\(frame.withCells { hex($0) })"
            }
        }
    }

    @Test func opensWithPreambleAndHeader() throws {
        var connection = Connection(.init(user: "root", service: "ClientService"))
        let bytes = try connection.start()
        #expect(connection.isReady)
        #expect(hex(bytes[0..<6]) == "484261730050")
        let header = Array(bytes[10...])
        #expect(Int(bytes[9]) == header.count)
        try withRaw(header) { (raw) throws in
            var reader = ProtobufReader(raw)
            #expect(try reader.next() == 1)
            #expect(hex(try reader.bytes()) == "0a04726f6f74")
            #expect(try reader.next() == 2)
            #expect(try reader.string() == "ClientService")
            #expect(try reader.next() == 3)
            #expect(try reader.string() == "org.apache.hadoop.hbase.codec.KeyValueCodec")
            #expect(try reader.next() == 5)
            // All six texts are required; 2.6 tells the server what this client understands.
            #expect(hex(try reader.bytes()) == "0a05322e362e3012001a002206736c756963652a00320038024006")
            #expect(try reader.next() == nil)
        }
    }

    @Test func aRequestIsOneFrame() throws {
        var connection = try ready()
        let request = try connection.request(
            "c", method: "Mutate", timeoutMillis: 1000, priority: 200, cellBlockLength: 2,
            message: { $0.field(1, "m") }, cells: { $0.raw([0xAA, 0xBB]) })
        #expect(
            hex(request.bytes)
                == "0000001d" + "16" + "0801" + "1a064d7574617465" + "2001" + "2a020802" + "30c801" + "38e807"
                + "03" + "0a016d" + "aabb")
    }

    @Test(arguments: [1, 2, 3, 5, 7, 64, 4096])
    func answersInAnyOrderAndAnyChunks(_ chunk: Int) throws {
        var connection = try ready()
        var ids: [UInt32] = []
        for index in 0..<20 { ids.append(try send(&connection, "call\(index)")) }
        var stream: [UInt8] = []
        var expected: [String] = []
        for index in [3, 0, 19, 7, 8, 1] {
            let cells = [UInt8](repeating: UInt8(index), count: index * 40)
            stream += answerFrame(callID: ids[index], message: [UInt8(index)], cells: cells)
            expected.append("call\(index):\(hex([UInt8(index)])):\(hex(cells))")
        }
        #expect(texts(try connection.take(stream, chunk: chunk)) == expected)
        #expect(connection.openCalls == 14)
        #expect(connection.takeOpenCalls().map(\.call).first == "call2")
    }

    @Test func unknownAndForgottenCallsArePassedOver() throws {
        var connection = try ready()
        let first = try send(&connection, "first")
        let second = try send(&connection, "second")
        #expect(connection.forget(first) == "first")
        let stream =
            answerFrame(callID: 77, message: [1]) + answerFrame(callID: first, message: [2])
            + answerFrame(callID: second, message: [3])
        #expect(texts(try connection.take(stream)) == ["second:03:"])
    }

    @Test func anExceptionOfACallLeavesTheConnectionAlive() throws {
        var connection = try ready()
        let id = try send(&connection, "c")
        let exception = RemoteException(
            className: "org.apache.hadoop.hbase.NotServingRegionException",
            stackTrace: "org.apache.hadoop.hbase.NotServingRegionException: gone\n\tat X", doNotRetry: false)
        let events = try connection.take(answerFrame(callID: id, exception: exception, message: nil))
        guard case .response(_, let frame) = try #require(events.first) else { Issue.record(); return }
        #expect(frame.exception == exception)
        #expect(frame.exception?.firstLine == "gone")
        #expect(frame.exception?.shortName == "NotServingRegionException")
        #expect(connection.isReady)
    }

    @Test(arguments: [
        (UInt32.max, "java.io.IOException"),
        (1, "org.apache.hadoop.hbase.ipc.FatalConnectionException"),
        (1, "org.apache.hadoop.hbase.ipc.BadAuthException"),
    ])
    func exceptionsOfTheConnectionEndIt(_ callID: UInt32, _ className: String) throws {
        var connection = try ready()
        _ = try send(&connection, "c")
        let exception = RemoteException(className: className, stackTrace: "no", doNotRetry: false)
        #expect(throws: RPCFailure.fatal(exception)) {
            try connection.take(answerFrame(callID: callID, exception: exception, message: nil))
        }
        #expect(!connection.isReady)
        #expect(try connection.take([1, 2, 3]).isEmpty)
        #expect(connection.takeOpenCalls().map(\.call) == ["c"])
    }

    @Test(arguments: ["ffffffff", "7fffffff", "10000001"])
    func frameLengthsAreBounded(_ length: String) throws {
        var connection = try ready()
        let error = #expect(throws: RPCFailure.self) { try connection.take(bytes(hex: length)) }
        #expect(error?.message.contains("bytes is not accepted") == true)
    }

    @Test func anAnnouncedLengthDoesNotTakeMemory() throws {
        var decoder = FrameDecoder(limit: 256 << 20)
        let start = bytes(hex: "0fffffff00")
        try withRaw(start) { (raw) throws in try decoder.receive(raw) { _, _ in Issue.record() } }
        #expect(MemoryLayout.size(ofValue: decoder) < 100)
    }

    @Test func malformedAnswersAreErrors() throws {
        for text in ["00000001 05", "00000002 0108", "00000003 020801 ", "00000005 06080118 0a0803"] {
            var connection = try ready()
            _ = try send(&connection, "c")
            var stream = bytes(hex: text)
            let length = stream.count - 4
            stream.replaceSubrange(0..<4, with: [0, 0, 0, UInt8(length)])
            if text.hasPrefix("00000003") {
                // A header alone is an answer without a message.
                #expect(texts(try connection.take(stream)) == ["c::"])
            } else {
                #expect(throws: RPCFailure.self, "\(text)") { try connection.take(stream) }
            }
        }
    }

    @Test func callNumbersWrapAndPassOverOpenOnes() throws {
        var connection = try ready()
        for _ in 0..<5 {
            let id = try send(&connection, "c")
            #expect(connection.forget(id) == "c")
        }
        #expect(try send(&connection, "d") == 6)
    }

    @Test func specialPreambles() throws {
        #expect(hex(SpecialPreamble.clusterID.bytes) == "526567697374")
        #expect(hex(SpecialPreamble.serverPrincipal.bytes) == "536563757269")
        let answer = answerFrame(callID: UInt32.max, message: [0x0A, 3] + [UInt8]("abc".utf8))
        for size in 1...answer.count {
            var reader = SpecialPreamble.Reader(.clusterID)
            var found: SpecialPreamble.Answer?
            for start in stride(from: 0, to: answer.count, by: size) {
                let chunk = [UInt8](answer[start..<min(start + size, answer.count)])
                found = try withRaw(chunk) { try reader.received($0) } ?? found
            }
            #expect(found == .clusterID("abc"))
        }
        let unsecured = RemoteException(
            className: "org.apache.hadoop.hbase.ipc.SecurityNotEnabledException", stackTrace: "x",
            doNotRetry: false)
        let fatal = RemoteException(
            className: "org.apache.hadoop.hbase.ipc.FatalConnectionException", stackTrace: "Expected HEADER=",
            doNotRetry: false)
        func ask(_ exception: RemoteException) throws -> SpecialPreamble.Answer? {
            var reader = SpecialPreamble.Reader(.serverPrincipal)
            let frame = answerFrame(callID: UInt32.max, exception: exception, message: nil)
            return try withRaw(frame) { try reader.received($0) }
        }
        #expect(try ask(unsecured) == .notSecured)
        #expect(try ask(fatal) == .notSupported(fatal))
    }
}
