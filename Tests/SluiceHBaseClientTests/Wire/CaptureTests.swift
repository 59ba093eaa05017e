import SluiceBase
import Testing

@testable import SluiceHBaseClient

/// Conversations of another client with a real HBase 2.6.4, when the folder with them stands beside the checkout
/// (or SLUICE_SERVERS names it): this client writes the same requests, and reads the answers.
@Suite(.enabled(if: TestFolders.captures != nil, "no recorded conversations beside the checkout"))
struct CaptureTests {
    func capture(_ name: String) throws -> CaptureFile {
        let folder = try #require(TestFolders.captures)
        return try #require(CaptureFile(path: folder + "/\(name).txt"))
    }

    func answer(_ frames: [CaptureFile.Frame]) throws -> ResponseFrame {
        let frames = try answers(frames)
        return try #require(frames.first)
    }

    func answers(_ frames: [CaptureFile.Frame]) throws -> [ResponseFrame] {
        try frames.filter { !$0.isFromClient && !$0.name.hasPrefix("zk") }.map {
            try ResponseFrame($0.bytes, 4..<$0.bytes.count)
        }
    }

    /// A request with the number of a recorded one.
    func request(
        like recorded: [UInt8], _ method: StaticString, cells: [TestCell] = [],
        _ message: (inout ProtobufWriter) -> Void
    ) throws -> [UInt8] {
        var block = ProtobufWriter()
        for cell in cells { cell.write(to: &block) }
        let blockBytes = block.finish()
        let wanted = try ResponseHeader(Array(recorded[5..<5 + Int(recorded[4])].prefix(2))).callID
        var connection = RPCConnection<Int>(.init(user: "root", service: "ClientService"))
        while true {
            let made = try connection.request(
                0, method: method, timeoutMillis: 0, cellBlockLength: blockBytes.count, message: message,
                cells: { $0.raw(blockBytes) })
            if made.callID == wanted { return made.bytes }
        }
    }

    func text(_ bytes: String) -> [UInt8] { [UInt8](bytes.utf8) }

    /// The region's name as it stands in the requests of a file.
    func regionName(_ recorded: [UInt8]) throws -> [UInt8] {
        let start = try #require(recorded.indices.first { recorded[$0...].starts(with: text("cap,,")) })
        return Array(recorded[start..<start + Int(recorded[start - 1])])
    }

    func cells(_ frame: ResponseFrame, _ result: ResultRange) throws -> [TestCell] {
        var cells: [TestCell] = []
        try withRaw(frame.bytes) { raw in try result.forEachCell(in: raw) { cells.append(TestCell($0)) } }
        return cells
    }

    @Test func multiOfPutsAndGets() throws {
        let frames = try capture("04-multi").section("two Puts")
        let recorded = frames[0].bytes
        let region = try regionName(recorded)
        let columns = [("k1", "f", "q", "1"), ("k3", "f", "q", "3"), ("k3", "g", "q", "3")]
        let puts = columns.map { TestCell($0.0, $0.1, $0.2, 7, .put, text($0.3)) }
        let made = try request(like: recorded, "Multi", cells: puts) { writer in
            let mark = writer.beginRegionAction(region: region)
            var index: UInt32 = 1
            for (put, count, get) in [("k1", 1, "a1"), ("k3", 2, "c0")] {
                text(put).withUnsafeBytes {
                    writer.mutationAction(index: index, .put, row: $0, cellCount: count)
                }
                let none = UnsafeRawBufferPointer(start: nil, count: 0)
                text(get).withUnsafeBytes { writer.getAction(index: index + 1, row: $0, fields: none) }
                index += 2
            }
            writer.end(mark)
        }
        #expect(hex(made) == hex(recorded))
        let frame = try answer(frames)
        var found: [String] = []
        try MultiResponse.read(frame) { event in
            switch event {
            case .action(let region, let index, .result(let range)):
                found.append("\(region) \(index) \((try? cells(frame, range)) ?? [])")
            case .action: found.append("exception")
            case .region(let region, let exception, _): found.append("region \(region) \(exception == nil)")
            }
        }
        #expect(
            found == [
                "0 2 [a1/f/q2/1000/4=7632, a1/g/x/1001/4=]", "0 4 []", "0 1 []", "0 3 []", "region 0 true",
            ])
    }

    @Test func partialFailureOfAMulti() throws {
        let frame = try answer(try capture("04-multi").section("partial failure"))
        var found: [String] = []
        try MultiResponse.read(frame) { event in
            switch event {
            case .action(let region, let index, .exception(let exception)):
                found.append("\(region) \(index) \(exception.shortName)")
            case .action(let region, let index, _): found.append("\(region) \(index) done")
            case .region(let region, let exception, _):
                found.append("region \(region) \(exception?.shortName ?? "-")")
            }
        }
        #expect(
            found == [
                "0 1 done", "0 2 NoSuchColumnFamilyException", "region 0 -",
                "region 1 NotServingRegionException",
            ])
    }

    @Test func atomicAnswersCountFromZeroAndHaveTheirCellsInline() throws {
        let frame = try answer(try capture("04-multi").section("atomic batch"))
        var indices: [UInt32] = []
        var inline: [TestCell] = []
        try MultiResponse.read(frame) { event in
            switch event {
            case .action(_, let index, .result(let range)):
                indices.append(index)
                inline += (try? cells(frame, range)) ?? []
            case .action: Issue.record()
            case .region(_, let exception, let processed): #expect(exception == nil && processed == true)
            }
        }
        #expect(indices.first == 0)
        #expect(inline.map(\.value) == [[0, 0, 0, 0, 0, 0, 0, 5]])
    }

    /// Both halves of an exactly-once increment; the conditions are written byte for byte as recorded.
    @Test func conditionalBatches() throws {
        let file = try capture("06-conditional-batch")
        var outcomes: [[Bool]] = []
        for section in file.sections.prefix(3) {
            let frame = try answer(section.frames)
            var processed: [Bool] = []
            try MultiResponse.read(frame) { event in
                if case .region(_, _, let flag) = event { processed.append(flag ?? false) }
            }
            outcomes.append(processed)
        }
        #expect(outcomes == [[false, true], [false, false], [true, false]])
        let recorded = hex(file.section("new row")[0].bytes)
        let row = text("l1795259116")
        let offset: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 10]
        for (compare, value) in [(CompareOperator.greater, offset), (.equal, [])] {
            let condition = Condition(
                row: row, family: text("f"), qualifier: text("led"), compare, value: value)
            #expect(recorded.contains(hex(condition.encoded())))
        }
    }

    @Test func scanRequestsAndAnswers() throws {
        let file = try capture("07-scan")
        let opening = file.section("open, 5 rows")
        let region = try regionName(opening[0].bytes)
        var scan = ScanRequest()
        scan.region = region
        var range = Scan()
        range.startRow = text("d")
        range.stopRow = text("e")
        scan.scan = range
        scan.numberOfRows = 5
        let made = try request(like: opening[0].bytes, "Scan") { scan.write(to: &$0) }
        #expect(hex(made) == hex(opening[0].bytes))
        let frame = try answer(opening)
        let first = try ScanResponse(frame)
        #expect(first.results.map(\.cellCount) == [3, 3, 3, 3, 3])
        var rows: [String] = []
        for result in first.results {
            rows.append(String(decoding: try cells(frame, result).first?.row ?? [], as: UTF8.self))
        }
        #expect(rows == ["d00", "d01", "d02", "d03", "d04"])
        #expect(first.moreResults == true && first.moreResultsInRegion == true && !first.isHeartbeat)
        #expect(first.leaseMillis == 20000 && first.mvccReadPoint > 0)
        var next = ScanRequest()
        next.scannerID = first.scannerID
        next.numberOfRows = 5
        next.nextCallSequence = 0
        #expect(
            hex(try request(like: file.section("next")[0].bytes, "Scan") { next.write(to: &$0) })
                == hex(file.section("next")[0].bytes))
    }

    @Test func scanFlags() throws {
        let file = try capture("07-scan")
        func response(_ title: String) throws -> ScanResponse {
            try ScanResponse(try answer(file.section(title)))
        }
        #expect(try response("last rows").moreResultsInRegion == false)
        #expect(try response("batch_size 2").results.map(\.isPartial) == [true, false])
        #expect(try response("close").moreResultsInRegion == true)
        #expect(try response("reversed").moreResults == false)
        let beat = try response("heartbeat without rows")
        #expect(beat.isHeartbeat && beat.results.isEmpty)
        #expect(beat.cursorRow.map { String(decoding: $0, as: UTF8.self) } == "003972")
        let unknown = try answer(file.section("unknown scanner")).exception
        #expect(unknown?.shortName == "UnknownScannerException" && unknown?.doNotRetry == true)
    }

    @Test func filtersAsRecorded() throws {
        let recorded = hex(try capture("07-scan").section("FilterList")[0].bytes)
        let filter = Filter.list(.all, [.prefix(text("d0")), .firstKeyOnly, .keyOnly()])
        #expect(recorded.contains(hex(filter.encoded())))
    }

    @Test func nonceAndAttributesOfIncrements() throws {
        let file = try capture("05-increment-nonce")
        var fields = MutationFields()
        fields.wantsResult = false
        #expect(hex(file.section("attribute _rr_")[0].bytes).contains(hex(fields.encoded())))
    }

    @Test func everyAnswerCanBeRead() throws {
        var read = 0
        for name in [
            "02-meta-lookup", "03-get-put-delete", "04-multi", "05-increment-nonce", "06-conditional-batch",
            "07-scan", "08-admin",
        ] {
            for section in try capture(name).sections {
                for frame in section.frames where !frame.isFromClient && !frame.name.hasPrefix("zk") {
                    let answer = try ResponseFrame(frame.bytes, 4..<frame.bytes.count)
                    if frame.name == "Scan" { _ = try ScanResponse(answer) }
                    if frame.name == "Multi" { try MultiResponse.read(answer) { _ in } }
                    if !section.title.contains("Gzip"), !section.title.contains("gzip") {
                        try withRaw(answer.bytes) { raw in
                            var block = CellBlockReader(UnsafeRawBufferPointer(rebasing: raw[answer.cells]))
                            while try block.next() != nil {}
                        }
                    }
                    read += 1
                }
            }
        }
        #expect(read > 60)
    }

    @Test func metaRowsHoldRegionInfos() throws {
        let frames = try capture("02-meta-lookup").section("all regions")
        let frame = try answer(frames)
        let response = try ScanResponse(frame)
        var regions: [RegionInfo] = []
        for result in response.results {
            for cell in try cells(frame, result) where cell.qualifier == text("regioninfo") {
                #expect(cell.value.prefix(4) == text("PBUF")[...])
                regions.append(try RegionInfo(Array(cell.value.dropFirst(4))))
            }
        }
        #expect(regions.count == 2)
        #expect(regions.map(\.table) == [HBaseTable(name: "cap"), HBaseTable(name: "cap")])
        #expect(regions[0].startKey.isEmpty && regions[0].endKey == regions[1].startKey)
        let again = try RegionInfo(regions[1].encoded())
        #expect(again == regions[1])
    }

    @Test func registryAnswers() throws {
        let file = try capture("01-registry")
        var names: [String] = []
        for section in file.sections {
            for frame in section.frames where !frame.isFromClient && frame.bytes.count > 6 {
                guard frame.name.hasPrefix("Get"),
                    let answer = try? ResponseFrame(frame.bytes, 4..<frame.bytes.count)
                else { continue }
                names.append(frame.name)
                try answer.withMessage { message in
                    switch frame.name {
                    case "GetClusterId": #expect(try RegistryMessages.clusterID(message).utf8.count == 36)
                    case "GetActiveMaster": #expect(try RegistryMessages.activeMaster(message) != nil)
                    case "GetMasters": #expect(try RegistryMessages.masters(message).contains { $0.isActive })
                    case "GetMetaRegionLocations":
                        let locations = try RegistryMessages.metaLocations(message)
                        #expect(locations.first?.region.table == .meta && locations.first?.server != nil)
                    case "GetBootstrapNodes": #expect(!(try RegistryMessages.servers(message).isEmpty))
                    default: break
                    }
                }
            }
        }
        #expect(names.count >= 5, "\(names)")
    }
}
