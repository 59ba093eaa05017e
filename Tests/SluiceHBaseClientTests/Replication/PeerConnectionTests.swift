import SluiceBase
import SluiceHBaseFake
import Testing

@testable import SluiceHBaseClient

/// The server's end of a connection as a machine of bytes.
@Suite struct PeerConnectionTests {
    enum Heard: Equatable {
        case sent([UInt8])
        case call(String, UInt32)
        case closed(String)
    }

    private func feed(_ machine: inout PeerConnection, _ bytes: [UInt8], chunk: Int = 4096) -> [Heard] {
        var heard: [Heard] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            let part = Array(bytes[start..<min(start + chunk, bytes.count)])
            part.withUnsafeBytes { raw in
                machine.received(raw) { event in
                    switch event {
                    case .send(let bytes): heard.append(.sent(bytes))
                    case .call(let request, _): heard.append(.call(request.method, request.callID))
                    case .close(let reason): heard.append(.closed(reason))
                    }
                }
            }
        }
        return heard
    }

    private func put(_ row: String, _ sequence: UInt64) -> FakeShippedEntry {
        FakeShippedEntry(
            sequence: sequence,
            cells: [
                FakeCell(row: Array(row.utf8), family: [0x66], qualifier: [0x71], timestamp: 5, value: [1])
            ])
    }

    @Test(arguments: [1, 2, 3, 7, 64, 4096]) func readsCallsThatComeInPieces(chunk: Int) {
        var machine = PeerConnection(clusterID: "id")
        let bytes =
            FakeShipment.opening() + FakeShipment.request([put("a", 1), put("b", 2)], id: 7)
            + FakeShipment.call("GetServerInfo", id: 8)
        #expect(
            feed(&machine, bytes, chunk: chunk) == [.call("ReplicateWALEntry", 7), .call("GetServerInfo", 8)])
        #expect(machine.user == "hbase")
    }

    @Test func answersAreTheBytesThatSourcesAccept() {
        #expect(hex(PeerAnswer.success(5)) == "00000004" + "02" + "0805" + "00")
        let refused = PeerAnswer.exception(9, PeerAnswer.doNotRetry, "no", doNotRetry: true)
        let answer = FakeShipment.answer(Array(refused[4...]))
        #expect(answer?.id == 9 && answer?.exception == PeerAnswer.doNotRetry)
    }

    /// A Kerberos source is told that there is no security here (10.2), and goes on if it may.
    @Test(arguments: [1, 5, 4096]) func tellsKerberosSourcesThatItHasNone(chunk: Int) {
        var machine = PeerConnection(clusterID: "id")
        var bytes = FakeShipment.preamble(81) + [0, 0, 2, 0xE4]
        bytes += [UInt8](repeating: 0x60, count: 740)
        #expect(
            feed(&machine, bytes, chunk: chunk) == [.sent([0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xA8])])
        let rest = FakeShipment.header() + FakeShipment.request([put("a", 1)], id: 1)
        #expect(feed(&machine, rest, chunk: chunk) == [.call("ReplicateWALEntry", 1)])
    }

    @Test func tellsItsIDBeforeTheOpening() {
        var machine = PeerConnection(clusterID: "6c1a2f3e-0000-8000-8000-000000000000")
        let heard = feed(&machine, Array("Regist".utf8))
        let expected =
            "0000002e" + "06" + "08ffffffff0f" + "26" + "0a24"
            + hex("6c1a2f3e-0000-8000-8000-000000000000".utf8)
        #expect(heard.first == .sent(bytes(hex: expected)))
        guard case .closed? = heard.last else {
            Issue.record("the connection stays open: \(heard)")
            return
        }
        var other = PeerConnection(clusterID: "id")
        let answer = feed(
            &other, Array("Securi".utf8) + FakeShipment.opening() + FakeShipment.call("X", id: 1))
        #expect(answer.count == 2 && answer.last == .call("X", 1))
    }

    @Test func closesWhatItDoesNotUnderstand() {
        let gzip = "org.apache.hadoop.io.compress.GzipCodec"
        let cases: [([UInt8], String, Int)] = [
            (Array("GET / HTTP/1.1\r\n\r\n".utf8), "something else than HBase's RPC", 1),
            (FakeShipment.preamble(7), "Unknown authentication 7", 1),
            ([0x48, 0x42, 0x61, 0x73, 3, 80], "Expected VERSION=0", 1),
            (FakeShipment.opening(service: "ClientService"), "the service \"ClientService\"", 0),
            (FakeShipment.opening(codec: "x.MessageCodec"), "the cell codec \"x.MessageCodec\"", 0),
            (FakeShipment.opening(compressor: gzip), "compress cells with \"\(gzip)\"", 0),
            (FakeShipment.preamble(80) + [0xFF, 0, 0, 0], "header has an impossible length", 0),
            (FakeShipment.preamble(80) + [0, 0, 0, 3, 0x0A, 0x7F, 0], "header cannot be read", 0),
            (FakeShipment.preamble(81) + [0x7F, 0, 0, 0], "token has an impossible length", 0),
            (FakeShipment.opening() + [0xFF, 0xFF, 0xFF, 0xFF], "frame that cannot be read", 0),
            (FakeShipment.opening() + [0, 0, 0, 3, 0x40, 0, 0], "frame that cannot be read", 0),
        ]
        for (bytes, reason, answers) in cases {
            var machine = PeerConnection(clusterID: "id")
            let heard = feed(&machine, bytes)
            #expect(heard.count == answers + 1, "\(reason)")
            guard case .closed(let text)? = heard.last else {
                Issue.record("stays open: \(reason)")
                continue
            }
            #expect(text.contains(reason), "\(text)")
            #expect(feed(&machine, FakeShipment.call("X", id: 1)).isEmpty)
        }
    }

    @Test func refusesFramesThatAreTooLong() {
        var machine = PeerConnection(clusterID: "id", largestFrame: 1000)
        let heard = feed(&machine, FakeShipment.opening() + [0, 0, 4, 0] + [UInt8](repeating: 0, count: 50))
        guard case .closed(let reason)? = heard.last else {
            Issue.record("stays open")
            return
        }
        #expect(reason.contains("1024 bytes"))
    }

    /// Whatever comes, there is an end without a trap, and never two ends.
    @Test func anyBytesAreSurvived() {
        var random = RandomSource(seed: 11)
        let good = FakeShipment.opening() + FakeShipment.request([put("a", 1), put("b", 2)], id: 7)
        for round in 0..<4000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch round % 3 {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                }
            }
            var machine = PeerConnection(clusterID: "id", largestFrame: 1 << 20)
            var closes = 0
            bytes.withUnsafeBytes { raw in
                machine.received(raw) { event in
                    switch event {
                    case .call(let request, _):
                        guard let entries = try? WALEntry.entries(of: request) else { return }
                        for entry in entries {
                            entry.cells.withUnsafeBytes { cells in
                                guard let rows = try? WALRows(cells) else { return }
                                for row in 0..<rows.rowCount {
                                    rows.forEachCell(ofRow: row) { _ = $0.timeToLiveMillis }
                                }
                            }
                        }
                    case .close: closes += 1
                    case .send: break
                    }
                }
            }
            #expect(closes <= 1)
        }
    }
}
