import SluiceBase
import SluiceColumns
import SluiceConnect
import Testing

@testable import SluiceBuiltins

private struct IdleWaker: Waker {
    func wake() {}
}

private func table(_ columns: [(String, DataType)], _ options: [String: String]) -> ResolvedTable {
    ResolvedTable(
        name: "t", columns: columns.map { ResolvedTable.Column(name: $0.0, type: $0.1) },
        options: TableOptions(
            [TableOptions.Entry("connector", "x")]
                + options.sorted { $0.key < $1.key }.map { TableOptions.Entry($0.key, $0.value) }))
}

@Suite("datagen")
struct DatagenTests {
    let clock = ManualClock(micros: 1_700_000_000_000_000)
    let connector = DatagenConnector()

    private func rows(_ table: ResolvedTable, seed: UInt64 = 7, projection: [Int]? = nil) throws -> [[Datum]]
    {
        let source = try connector.makeSource(
            table, ScanRequest(projection: projection ?? Array(table.columns.indices)))
        let context = ConnectorContext(clock: clock, waker: IdleWaker(), randomSeed: seed)
        let reader = try source.open(try source.discoverSplits(context)[0], context)
        var all: [[Datum]] = []
        while true {
            switch try reader.poll(maxRows: 100) {
            case .rows(let batch): for row in 0..<batch.rowCount { all.append(batch.row(row)) }
            case .wait: clock.advance(micros: 10_000)
            case .finished: return all
            }
        }
    }

    @Test("a seed gives the same rows again, and a projection the same values")
    func repeatable() throws {
        let table = table(
            [("a", .bigint), ("s", .string), ("d", .decimal(10, 2))],
            ["number-of-rows": "500", "fields.s.length": "8", "fields.a.min": "1", "fields.a.max": "9"])
        let first = try rows(table)
        #expect(first.count == 500)
        #expect(try rows(table) == first)
        #expect(try rows(table, seed: 8) != first)
        #expect(try rows(table, projection: [1]) == first.map { [$0[1]] })
        for row in first {
            let a = try #require(row[0].asInt64)
            #expect(a >= 1 && a <= 9)
            #expect(row[1].asString?.utf8.count == 8)
        }
    }

    @Test("a sequence counts from start to end and ends the source")
    func sequence() throws {
        let table = table(
            [("i", .int), ("x", .double)],
            [
                "fields.i.kind": "sequence", "fields.i.start": "3", "fields.i.end": "6",
                "fields.x.null-rate": "1",
            ])
        #expect(try connector.sourceTraits(table)?.isBounded == true)
        #expect(try rows(table) == (3...6).map { [.int32(Int32($0)), .null] })
    }

    @Test("rows come at the wanted rate")
    func rate() throws {
        let table = table([("b", .boolean)], ["rows-per-second": "10"])
        #expect(try connector.sourceTraits(table)?.isBounded == false)
        let source = try connector.makeSource(table, ScanRequest(projection: [0]))
        let context = ConnectorContext(clock: clock, waker: IdleWaker())
        let reader = try source.open(SourceSplit(id: "rows"), context)
        var counts: [Int] = []
        for _ in 0..<4 {
            var count = 0
            while case .rows(let batch) = try reader.poll(maxRows: 3) { count += batch.rowCount }
            counts.append(count)
            clock.advance(micros: 500_000)
        }
        #expect(counts == [1, 5, 5, 5])
    }

    @Test("every type has values of its layout")
    func allTypes() throws {
        let types: [DataType] = [
            .boolean, .tinyint, .smallint, .int, .bigint, .float, .double, .decimal(5, 2), .decimal(38, 10),
            DataType(.char(4)), .string, DataType(.binary(3)), .bytes, .date, .time, .timestamp(3),
            .timestamp(9),
            .timestampLTZ(3), DataType(.array(.int)), DataType(.map(.string, .int)),
            DataType(.multiset(.int)),
            DataType(.row([Field("x", .int), Field("y", .string)])),
        ]
        let columns = types.enumerated().map { ("c\($0.offset)", $0.element) }
        for row in try rows(table(columns, ["number-of-rows": "20"])) {
            #expect(row.allSatisfy { !$0.isNull })
        }
    }

    @Test("wrong options are refused")
    func wrongOptions() {
        for options in [
            ["fields.a.kind": "other"], ["fields.b.min": "1"], ["fields.a.min": "x"],
            ["rows-per-second": "0"],
            ["fields.a.min": "5", "fields.a.max": "4"], ["fields.a.kind": "sequence"],
            ["row-per-second": "1"],
        ] {
            #expect(throws: SQLError.self) { try connector.validate(table([("a", .int)], options)) }
        }
    }
}

@Suite("print and blackhole")
struct PrintTests {
    @Test("rows are printed as Java prints them, with kind and identifier")
    func prints() throws {
        let disk = MemoryDisk()
        let connector = PrintConnector { isError in
            (try? disk.open(isError ? "/err" : "/out", .append)) ?? SystemFile(-1, path: "none")
        }
        let types: [(String, DataType)] = [
            ("i", .int), ("s", .string), ("t", .timestamp(3)), ("l", .timestampLTZ(3)), ("m", .time),
            ("d", .decimal(6, 2)),
            ("b", .bytes), ("a", DataType(.array(.string))), ("r", DataType(.row([Field("x", .double)]))),
            ("k", DataType(.map(.string, .int))), ("missing", .int),
        ]
        let table = table(types, ["print-identifier": "out"])
        let sink = try connector.makeSink(
            table, SinkRequest(columns: Array(0..<10), input: .retract))
        let writer = try sink.open(
            subtask: 0, of: 1, ConnectorContext(clock: ManualClock(), waker: IdleWaker()))
        let builder = BatchBuilder(types.dropLast().map { Field($0.0, $0.1) }, capacity: 4)
        builder.appendRow(
            [
                .int32(1), .string("a b"), .int64(1_704_164_640_000_000), .int64(1_704_164_640_500_000),
                .int32(3_600_000), .int64(150), .bytes([1, 255]), .list([.string("x"), .null]),
                .row([.float64(1e7)]),
                .map([Datum.MapEntry(.string("k"), .int32(2))]),
            ], kind: .updateAfter)
        _ = try writer.write(builder.finish())
        try writer.finish()
        let text = disk.contents("/out").map { String(decoding: $0, as: UTF8.self) }
        #expect(
            text
                == "out> +U[1, a b, 2024-01-02T03:04, 2024-01-02T03:04:00.500Z, 01:00, 1.50, [1, -1], [x, null], "
                + "+I[1.0E7], {k=2}, null]\n")
    }

    @Test("several printers number their lines")
    func parallel() throws {
        let disk = MemoryDisk()
        let connector = PrintConnector { _ in
            (try? disk.open("/out", .append)) ?? SystemFile(-1, path: "none")
        }
        let sink = try connector.makeSink(
            table([("i", .int)], [:]), SinkRequest(columns: [0], input: .appendOnly))
        let writer = try sink.open(
            subtask: 1, of: 2, ConnectorContext(clock: ManualClock(), waker: IdleWaker()))
        _ = try writer.write(RecordBatch(columns: [.int32(FixedColumn([5]))], rowCount: 1))
        #expect(disk.contents("/out") == Array("2> +I[5]\n".utf8))
    }

    @Test("a closed output is told apart from other failures")
    func closedOutput() throws {
        let disk = MemoryDisk()
        let connector = PrintConnector { _ in
            (try? disk.open("/out", .append)) ?? SystemFile(-1, path: "none")
        }
        let sink = try connector.makeSink(
            table([("i", .int)], [:]), SinkRequest(columns: [0], input: .appendOnly))
        let writer = try sink.open(
            subtask: 0, of: 1, ConnectorContext(clock: ManualClock(), waker: IdleWaker()))
        disk.fail("write", code: 32)
        do {
            _ = try writer.write(RecordBatch(columns: [.int32(FixedColumn([5]))], rowCount: 1))
            Issue.record("no error")
        } catch {
            #expect(error.cause.code == .outputClosed)
            #expect(error.cause.code.exitCode == 141)
        }
    }
}
