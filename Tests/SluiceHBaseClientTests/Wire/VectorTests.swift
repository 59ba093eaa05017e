import Testing

@testable import SluiceHBaseClient

/// Conversations of this client with a real HBase, in `Tests/Vectors` (made anew by `recordVectors` of
/// HBaseClusterTests): every byte that is sent is still sent so, and every answer is still understood.
@Suite struct VectorTests {
    let file: CaptureFile

    init() throws {
        let folder = TestFolders.target.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        file = try #require(CaptureFile(path: folder.joined(separator: "/") + "/Vectors/hbase.txt"))
    }

    func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

    func answers(_ title: String, _ method: String) throws -> [ResponseFrame] {
        try file.section(title).filter { !$0.isFromClient && $0.name == method }.map {
            try ResponseFrame($0.bytes, 4..<$0.bytes.count)
        }
    }

    func requests(_ title: String, _ method: String) -> [[UInt8]] {
        file.section(title).filter { $0.isFromClient && $0.name == method }.map(\.bytes)
    }

    /// Region name, as it stands in a request after the type of its specifier.
    func region(_ request: [UInt8]) throws -> [UInt8] {
        let start = try #require(request.indices.first { request[$0...].starts(with: bytes("vectors,")) })
        return Array(request[start..<start + Int(request[start - 1])])
    }

    /// What follows the request's header.
    func message(_ request: [UInt8]) throws -> [UInt8] {
        try withRaw(Array(request[4...])) { raw in
            var reader = LengthReader(raw)
            _ = try reader.next()
            return [UInt8](UnsafeRawBufferPointer(rebasing: raw[try reader.next()]))
        }
    }

    func cells(_ frame: ResponseFrame, _ result: ResultRange) throws -> [TestCell] {
        var cells: [TestCell] = []
        try withRaw(frame.bytes) { raw in try result.forEachCell(in: raw) { cells.append(TestCell($0)) } }
        return cells
    }

    @Test func connectionsOpenAsRecorded() throws {
        for (title, service) in [("create a table", "MasterService"), ("puts and", "ClientService")] {
            var connection = RPCConnection<Int>(.init(user: "tester", service: service))
            let opening = try connection.start()
            let recorded = file.section(title).filter {
                $0.name == "preamble" || $0.name == "connection header"
            }
            #expect(hex(opening) == hex(recorded[0].bytes + recorded[1].bytes))
        }
    }

    @Test func multisAreWrittenAsRecorded() throws {
        let request = try #require(
            requests("gets", "Multi").first { hex($0).contains(hex(bytes("vectors,m"))) })
        let name = try region(request)
        var writer = ProtobufWriter()
        let mark = writer.beginRegionAction(region: name)
        bytes("n").withUnsafeBytes { row in
            writer.getAction(index: 0, row: row, fields: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        writer.end(mark)
        let written = hex(writer.finish())
        #expect(hex(try message(request)).hasPrefix(written))
    }

    @Test func getsAreAnswered() throws {
        var found: [String] = []
        for frame in try answers("gets", "Multi") {
            try MultiResponse.read(frame) { event in
                if case .action(_, _, .result(let range)) = event {
                    found.append("\((try? cells(frame, range)) ?? [])")
                }
            }
        }
        let rows =
            ["[]"] + ["a", "n"].map { "[\($0)/f/q1/1000/4=\(hex(bytes($0 + "1"))), \($0)/g/x/1001/4=]" }
        #expect(found.sorted() == rows.sorted())
    }

    @Test func exceptionsOfActionsAreRead() throws {
        var classes: [String] = []
        for frame in try answers("gets of an unknown", "Multi") {
            try MultiResponse.read(frame) { event in
                if case .action(_, _, .exception(let exception)) = event {
                    classes.append(exception.shortName)
                }
            }
        }
        #expect(classes == Array(repeating: "NoSuchColumnFamilyException", count: 3))
    }

    @Test func existenceIsAnsweredWithoutCells() throws {
        var exists: [Bool] = []
        for frame in try answers("questions of existence", "Multi") {
            try MultiResponse.read(frame) { event in
                if case .action(_, _, .result(let range)) = event, range.cellCount == 0 {
                    exists.append(range.exists == true)
                }
            }
        }
        #expect(exists.filter { $0 }.count == 2 && exists.count == 3)
    }

    @Test func incrementsGiveTheirValues() throws {
        var values: [[UInt8]] = []
        for frame in try answers("an increment", "Multi") {
            try MultiResponse.read(frame) { event in
                if case .action(_, _, .result(let range)) = event {
                    values += ((try? cells(frame, range)) ?? []).map(\.value)
                }
            }
        }
        #expect(values == [[0, 0, 0, 0, 0, 0, 0, 5]])
    }

    @Test func scansAreWrittenAsRecorded() throws {
        let recorded = requests("a scan of two rows", "Scan")
        var spec = TableScanSpec(table: HBaseTable(name: "vectors"))
        spec.rowsPerBlock = 2
        let scan = TableScan(spec)
        #expect(
            hex(scan.openRequest(region: try region(recorded[0])).encoded()) == hex(try message(recorded[0])))
        let filter = Filter.list(.all, [.prefix(bytes("a")), .firstKeyOnly, .keyOnly()])
        spec.read = ReadSpec(cacheBlocks: false, filter: filter.encoded())
        spec.rowsPerBlock = nil
        let filtered = requests("a scan with filters", "Scan")[0]
        let request = TableScan(spec).openRequest(region: try region(filtered))
        #expect(hex(request.encoded()) == hex(try message(filtered)))
    }

    @Test func rowsInPartsAreJoined() throws {
        let frames = try answers("a row in parts", "Scan")
        var spec = TableScanSpec(table: HBaseTable(name: "vectors"))
        spec.stopRow = bytes("b")
        var scan = TableScan(spec)
        let table = HBaseTable(name: "vectors")
        let location = RegionLocation(
            region: RegionInfo(regionID: 1, table: table, endKey: bytes("m")), name: bytes("vectors,,1."),
            server: ServerName(host: "h", port: 1))
        var blocks: [ScanBlock] = []
        for (index, frame) in frames.enumerated() {
            let block = index == 0 ? try scan.opened(frame, location) : try scan.received(frame)
            if let block { blocks.append(block) }
        }
        #expect(frames.count == 4 && blocks.count == 1 && scan.isFinished)
        var names: [String] = []
        try blocks.first?.forEachCell(ofRow: 0) { names.append(TestCell($0).description) }
        #expect(names.count == 3 && names[0].hasPrefix("a/f/n/") && names[2] == "a/g/x/1001/4=")
    }

    @Test func administrationIsRead() throws {
        func read<Value>(
            _ title: String, _ method: String, _ body: (UnsafeRawBufferPointer) throws(WireError) -> Value
        ) throws -> Value {
            let frame = try #require(try answers(title, method).first)
            return try frame.withMessage { (raw) throws(WireError) in try body(raw) }
        }
        let schema = try read("describe", "GetTableDescriptors", AdminAnswers.tableSchemas)[0]
        #expect(schema.families.map { $0["VERSIONS"] } == ["3", "1"])
        #expect(try read("state of a table", "GetTableState", AdminAnswers.tableState) == .enabled)
        #expect(try read("cluster status", "GetClusterStatus", AdminAnswers.clusterStatus).servers.count == 2)
        #expect(try read("tables", "GetTableNames", AdminAnswers.tableNames) == [HBaseTable(name: "vectors")])
        #expect(try read("namespaces", "ListNamespaceDescriptors", AdminAnswers.namespaces).count == 2)
        let unknown = try #require(try answers("state of an unknown", "GetTableState").first)
        #expect(unknown.exception?.shortName == "TableNotFoundException")
        let states = try answers("create a table", "getProcedureResult").map {
            try $0.decode(ProcedureResult.self)
        }
        #expect(states.last?.state == .finished && states.first?.state == .running)
    }
}
