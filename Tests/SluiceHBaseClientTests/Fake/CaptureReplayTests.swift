import SluiceNet
import Testing

@testable import SluiceHBaseFake

/// The fake cluster against what a real HBase answered to the same bytes: the same exceptions, the same fields, the
/// same cells. Numbers that differ from run to run (times, scanners, sequence numbers) are left out.
@Suite struct CaptureReplayTests {
    private static let hasCaptures: Bool = {
        if CapturedConversation.folder == nil { print("skipped: no captures beside the checkout") }
        return CapturedConversation.folder != nil
    }()

    /// One conversation after the other, as later ones build on what earlier ones wrote.
    @Test(.enabled(if: hasCaptures)) func answersLikeTheRealOne() throws {
        let replay = Replay()
        var compared = 0
        for file in [
            "02-meta-lookup.txt", "03-get-put-delete.txt", "04-multi.txt", "05-increment-nonce.txt",
            "06-conditional-batch.txt", "07-scan.txt",
        ] {
            let conversation = try #require(CapturedConversation(file))
            var request: CapturedConversation.Frame?
            replay.disconnect()
            // The captured scanners have the numbers from here.
            replay.cluster.lastScanner = 0xe93a_b5b0_0000_0000
            for frame in conversation.frames where !frame.name.hasPrefix("zk") {
                // Compressed cells are not spoken here, and the time limit of a scan never ends early.
                if frame.title.contains("Gzip") || frame.title.contains("cursor") { break }
                if frame.isRequest {
                    replay.send(frame)
                    request = frame
                } else if let asked = request {
                    let fake = try #require(replay.answer(), "no answer: \(frame.title)")
                    let expected = try AnswerShape(frame.bytes, of: asked.name)
                    let found = try AnswerShape(fake, of: asked.name)
                    #expect(found == expected, "\(frame.title)")
                    compared += 1
                }
            }
        }
        #expect(compared == 46)
        #expect(replay.cluster.refusedConnections == [])
    }

    @Test func digestsMatchKnownOnes() {
        #expect(md5Hex([]) == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(md5Hex(Array("message digest".utf8)) == "f96b697d7cb7938d525a2f31aaf161d0")
    }
}

/// One connection at a time to a cluster that holds what the captured one held.
private final class Replay: TransportHandler {
    let transport = SimulatedTransport(seed: 1)
    let cluster: FakeHBaseCluster
    private var connection = ConnectionID(0)
    private var isOpen = false
    private var input: [UInt8] = []

    init() {
        cluster = FakeHBaseCluster(on: transport, regionServers: 1, seed: 1)
        let families = [FakeFamily("f", versions: 3), FakeFamily("g")]
        let table = cluster.createTable(
            FakeTableName("cap"), families: families, splits: [Array("m".utf8)], regionID: 1_795_259_088_796)
        for i in 0..<12 {
            for q in 0..<3 {
                let row = Array((i < 10 ? "d0\(i)" : "d\(i)").utf8)
                let value = [UInt8](repeating: UInt8(ascii: "v"), count: 20)
                cluster.put(
                    FakeCell(
                        row: row, family: Array("f".utf8), qualifier: Array("q\(q)".utf8), timestamp: 1000,
                        value: value), into: table)
            }
        }
        cluster.put(
            FakeCell(
                row: Array("i4".utf8), family: Array("f".utf8), qualifier: Array("n".utf8), timestamp: 1000,
                value: [0, 0, 0, 1]), into: table)
        cluster.leaseNanos = 20_000_000_000
        transport.handler = self
    }

    func disconnect() { isOpen = false }

    func send(_ frame: CapturedConversation.Frame) {
        if frame.name == "preamble" || !isOpen {
            input = []
            isOpen = false
            connection = transport.connect(
                cluster.layout.regionServers[0], tls: nil, timeoutNanos: 1_000_000_000)
            _ = transport.run(withinNanos: 1_000_000_000) { isOpen }
            if frame.name != "preamble", frame.name != "connection header" { introduce() }
        }
        transport.send(frame.bytes, on: connection)
    }

    /// Files that begin with a request use a connection whose opening is in another file.
    private func introduce() {
        guard let opening = CapturedConversation("02-meta-lookup.txt") else { return }
        for frame in opening.frames.prefix(2) { transport.send(frame.bytes, on: connection) }
    }

    func answer() -> [UInt8]? {
        func complete() -> Int? {
            var at = 0
            guard let length = BigEndian.read(Int32.self, input[...], &at).map(Int.init),
                input.count >= 4 + length
            else { return nil }
            return 4 + length
        }
        guard transport.run(withinNanos: 5_000_000_000, until: { complete() != nil }), let count = complete()
        else {
            return nil
        }
        defer { input.removeFirst(count) }
        return Array(input[..<count])
    }

    func opened(_ connection: ConnectionID) { isOpen = true }
    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID) { input += Array(bytes) }
    func closed(_ connection: ConnectionID, _ error: NetworkError?) { isOpen = false }
    func fired(_ timer: TimerID) {}
    func woken() {}
}

/// What of an answer must be alike.
private struct AnswerShape: Equatable, CustomStringConvertible {
    private var lines: [String] = []

    var description: String { "\n" + lines.joined(separator: "\n") }

    /// Message fields that are messages themselves, by path.
    private static let nested: Set<String> = [
        "Get/1", "Get/1/1", "Mutate/1", "Multi/1", "Multi/1/1", "Multi/1/1/2", "Multi/1/1/2/1", "Multi/1/1/3",
        "Multi/1/2",
    ]
    /// Fields whose values differ from run to run.
    private static let changing: Set<String> = [
        "Get/1/1/4", "Scan/2", "Scan/4", "Scan/11", "Multi/1/1/2/1/4", "Multi/1/1/3/2", "Multi/1/2/2",
    ]

    init(_ frame: [UInt8], of method: String) throws {
        var at = 4
        let header = try Self.delimited(frame, &at)
        let message = try FakeMessage("ResponseHeader", header[...], known: 3)
        if let exception = try message.message(2, "ExceptionResponse", known: 6) {
            lines = [
                try exception.requiredString(1), "do not retry \(try exception.bool(5) ?? false)",
            ]
            return
        }
        try add(try Self.delimited(frame, &at), path: method)
        // The order of fields of an opening scan differs; it does not matter.
        if method == "Scan" { lines.sort() }
        for cell in try FakeCell.decodeBlock(frame[at...]) { lines.append(Self.line(cell)) }
    }

    private static func delimited(_ bytes: [UInt8], _ at: inout Int) throws -> [UInt8] {
        let length = Int(try FakeMessage.varint(bytes[...], &at))
        defer { at += length }
        return Array(bytes[at..<at + length])
    }

    private mutating func add(_ bytes: [UInt8], path: String) throws {
        var at = 0
        while at < bytes.count {
            let tag = try FakeMessage.varint(bytes[...], &at)
            let field = "\(path)/\(tag >> 3)"
            if tag & 7 == 2 {
                let inner = try Self.delimited(bytes, &at)
                if Self.nested.contains(field) {
                    lines.append("\(field) {")
                    try add(inner, path: field)
                    lines.append("}")
                } else {
                    let isFixed = !Self.changing.contains(field)
                    lines.append(
                        "\(field) \(isFixed ? String(decoding: inner, as: UTF8.self).debugDescription : "...")"
                    )
                }
            } else {
                let value = try FakeMessage.varint(bytes[...], &at)
                lines.append("\(field) \(Self.changing.contains(field) ? "..." : "\(value)")")
            }
        }
    }

    /// Columns of meta that name a server or a sequence number are compared without their values.
    private static func line(_ cell: FakeCell) -> String {
        let qualifier = String(decoding: cell.qualifier, as: UTF8.self)
        let isMeta = cell.family == Array("info".utf8)
        let value = isMeta && qualifier != "regioninfo" && qualifier != "state" ? "..." : "\(cell.value)"
        let time = cell.timestamp > 1_000_000_000_000 || isMeta ? "..." : "\(cell.timestamp)"
        return
            "\(String(decoding: cell.row, as: UTF8.self)) \(String(decoding: cell.family, as: UTF8.self)):\(qualifier)"
            + " \(time) \(cell.type) \(value)"
    }
}
