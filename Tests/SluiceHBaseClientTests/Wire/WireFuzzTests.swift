import Glibc
import SluiceBase
import Testing

@testable import SluiceHBaseClient

/// Random and damaged bytes are read to the end or refused; nothing traps. SLUICE_FUZZ sets the inputs per test.
@Suite struct WireFuzzTests {
    static let count = getenv("SLUICE_FUZZ").flatMap { Int(String(cString: $0)) } ?? 60_000

    struct Maker {
        var random: RandomSource

        mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(limit, 1))) }

        mutating func bytes(_ limit: Int) -> [UInt8] {
            (0..<below(limit)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        }

        /// Lengths and numbers that are near a limit.
        mutating func number() -> UInt64 {
            switch below(6) {
            case 0: return UInt64(below(4))
            case 1: return UInt64(below(300))
            case 2: return UInt64(UInt32.max) &+ UInt64(below(3)) &- 1
            case 3: return UInt64(Int64.max) &+ UInt64(below(3)) &- 1
            case 4: return UInt64(1) << UInt64(below(64))
            default: return random.next()
            }
        }

        mutating func damage(_ original: [UInt8]) -> [UInt8] {
            var bytes = original
            for _ in 0...below(4) where !bytes.isEmpty {
                let place = below(bytes.count)
                switch below(6) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes[place] ^= 1 << UInt8(below(8))
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
                case 4: bytes.removeLast(below(bytes.count))
                default: bytes[place] = [0, 0x7F, 0x80, 0xFF][below(4)]
                }
            }
            return bytes
        }

        /// A message of random fields, some of them messages again.
        mutating func message(_ depth: Int = 3) -> [UInt8] {
            var writer = ProtobufWriter()
            for _ in 0..<below(6) {
                let field = UInt32(1 + below(13))
                switch below(depth > 0 ? 4 : 2) {
                case 0: writer.field(field, number())
                case 1: writer.field(field, bytes(12))
                default: writer.field(field, message(depth - 1))
                }
            }
            return writer.finish()
        }

        mutating func block(_ cells: Int) -> [UInt8] {
            var writer = ProtobufWriter()
            for _ in 0..<cells {
                TestCell("r\(below(9))", "f", "q\(below(9))", Int64(below(99)), .put, bytes(20)).write(
                    to: &writer)
            }
            return writer.finish()
        }

        /// An answer to a Multi or a Scan, with cells in a block.
        mutating func answer() -> [UInt8] {
            let cells = below(5)
            var writer = ProtobufWriter()
            if below(2) == 0 {
                let region = writer.begin(1)
                for index in 0..<cells {
                    let action = writer.begin(1)
                    writer.field(1, UInt32(index + 1))
                    let result = writer.begin(2)
                    writer.field(2, UInt32(below(12) == 0 ? 7 : 1))
                    writer.end(result)
                    writer.end(action)
                }
                writer.end(region)
            } else {
                for _ in 0..<cells { writer.field(1, UInt32(1)) }
                writer.field(2, number())
                for _ in 0..<cells { writer.field(7, UInt32(below(2))) }
                writer.field(8, UInt32(1))
            }
            return answerFrame(callID: UInt32(1 + below(3)), message: writer.finish(), cells: block(cells))
        }
    }

    /// Reads a frame in every way that a client does; returns the cells seen.
    static func read(_ frame: ResponseFrame) -> Int {
        var seen = 0
        func walk(_ range: ResultRange) {
            frame.bytes.withUnsafeBytes { raw in
                try? range.forEachCell(in: raw) { cell in
                    seen += cell.row.count &+ cell.value.count &+ cell.qualifier.count > 0 ? 1 : 0
                }
            }
        }
        try? MultiResponse.read(frame) { event in
            if case .action(_, _, .result(let range)) = event { walk(range) }
        }
        if let scan = try? ScanResponse(frame) {
            for result in scan.results { walk(result) }
            var assembler = ScanAssembler()
            for isLast in [false, true] { try? assembler.add(scan, frame, isLast: isLast) }
            let block = assembler.takeBlock(most: 3)
            try? block.forEachCell { _, _ in seen += 1 }
            for row in 0..<block.count { _ = try? block.rowKey(row) }
        }
        frame.withMessage { message in
            _ = try? RegionInfo(message)
            _ = try? RegionLocationMessage(message)
            _ = try? RemoteException(message)
            _ = try? RegistryMessages.masters(message)
            _ = try? RegistryMessages.metaLocations(message)
            _ = try? RegistryMessages.metaServer(message)
            _ = try? BulkLoadHFileRequest.isLoaded(message)
            _ = try? ProcedureResult(message)
            _ = try? AdminAnswers.tableSchemas(message)
            _ = try? AdminAnswers.namespaces(message)
            _ = try? AdminAnswers.clusterStatus(message)
            _ = try? AdminAnswers.tableState(message)
        }
        return seen
    }

    @Test func framesOfDamagedAnswers() {
        var maker = Maker(random: RandomSource(seed: 41))
        var seen = 0
        var dead = 0
        for _ in 0..<WireFuzzTests.count {
            var connection = RPCConnection<Int>(.init(user: "u", service: "ClientService"))
            _ = try? connection.start()
            for call in 1...3 {
                _ = try? connection.request(call, method: "Multi", timeoutMillis: 0) { _ in }
            }
            var stream: [UInt8] = []
            for _ in 0...maker.below(2) { stream += maker.answer() }
            if maker.below(4) > 0 { stream = maker.damage(stream) }
            var start = 0
            while start < stream.count {
                let end = min(stream.count, start + 1 + maker.below(40))
                let chunk = [UInt8](stream[start..<end])
                do {
                    try chunk.withUnsafeBytes { raw in
                        try connection.received(raw) { event in
                            if case .response(_, let frame) = event { seen += WireFuzzTests.read(frame) }
                        }
                    }
                } catch {
                    dead += 1
                    break
                }
                start = end
            }
        }
        #expect(seen > WireFuzzTests.count / 4)
        #expect(dead > WireFuzzTests.count / 100)
    }

    @Test func messagesOfRandomFields() throws {
        var maker = Maker(random: RandomSource(seed: 42))
        var skipped = 0
        for _ in 0..<WireFuzzTests.count {
            let whole = maker.message()
            let message = maker.below(2) == 0 ? whole : maker.damage(whole)
            let frame = answerFrame(
                callID: 1, message: message, cells: maker.below(3) == 0 ? maker.bytes(40) : [])
            let parsed = try ResponseFrame(frame, 4..<frame.count)
            _ = WireFuzzTests.read(parsed)
            _ = try? RPCConnectionHeaderProbe.read(message)
            try? message.withUnsafeBytes { raw in
                var reader = ProtobufReader(raw)
                while try reader.next() != nil { try reader.skip() }
                skipped += 1
            }
        }
        #expect(skipped >= WireFuzzTests.count / 2)
    }

    @Test func damagedCellBlocks() {
        var maker = Maker(random: RandomSource(seed: 43))
        var read = 0
        for _ in 0..<WireFuzzTests.count {
            let whole = maker.block(1 + maker.below(4))
            let block = maker.below(8) == 0 ? maker.bytes(80) : maker.damage(whole)
            block.withUnsafeBytes { raw in
                var reader = CellBlockReader(raw)
                while let cell = try? reader.next() {
                    read += 1
                    let sum = cell.row.count + cell.family.count + cell.qualifier.count + cell.value.count
                    #expect(sum + cell.tags.count <= raw.count)
                }
                var skipper = CellBlockReader(raw)
                if let range = try? skipper.skip(maker.below(6)) { #expect(range.upperBound <= raw.count) }
            }
        }
        #expect(read > WireFuzzTests.count / 2)
    }

    /// Damaged tokens, refusals and wrapped records.
    @Test func damagedAuthentication() {
        var maker = Maker(random: RandomSource(seed: 45))
        var ready = 0
        var answered = 0
        for _ in 0..<WireFuzzTests.count / 4 {
            var connection = RPCConnection<Int>(
                .init(user: "u", service: "s", sasl: ScriptedSASL(wraps: maker.below(2) == 0)))
            _ = try? connection.start()
            var stream = bytes(hex: "00000000 00000001 0a 00000000 00000001 0b")
            if maker.below(3) == 0 { stream = maker.damage(stream) }
            var call: UInt32 = 1
            for turn in 0..<4 {
                let chunk = stream
                do {
                    try withRaw(chunk) { raw in
                        try connection.received(raw) { event in
                            if case .response = event { answered += 1 }
                        }
                    }
                } catch { break }
                guard connection.isReady else { break }
                ready += turn == 0 ? 1 : 0
                call = (try? connection.request(1, method: "Get", timeoutMillis: 0) { _ in })?.callID ?? call
                stream = answerFrame(callID: call, message: [1])
                if connection.wraps { stream = RPCConnection<Int>.prefixed(stream.map { ~$0 }) }
                if maker.below(3) == 0 { stream = maker.damage(stream) }
            }
        }
        #expect(ready > WireFuzzTests.count / 12)
        #expect(answered > WireFuzzTests.count / 12)
    }

    @Test func randomBytesOnEveryPath() {
        var maker = Maker(random: RandomSource(seed: 44))
        for _ in 0..<WireFuzzTests.count {
            var bytes = maker.bytes(64)
            if maker.below(2) == 0, bytes.count >= 4 { bytes.replaceSubrange(0..<3, with: [0, 0, 0]) }
            var reader = SpecialPreamble.Reader(.clusterID)
            _ = try? bytes.withUnsafeBytes { try reader.received($0) }
            if let frame = try? ResponseFrame(bytes, 0..<bytes.count) { _ = WireFuzzTests.read(frame) }
            _ = try? ResponseHeader(bytes)
            _ = try? ServerName(bytes)
            _ = try? NameStringPair(bytes)
            _ = try? BytesBytesPair(bytes)
        }
    }
}

/// The header of an answer with a message in place of its exception.
enum RPCConnectionHeaderProbe {
    static func read(_ message: [UInt8]) throws -> ResponseHeader {
        var writer = ProtobufWriter()
        writer.field(2, message)
        return try ResponseHeader(writer.finish())
    }
}
