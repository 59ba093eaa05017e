import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceHBase
import SluiceTableStore
import Testing

private struct NoWaker: Waker { func wake() {} }

/// The connector hbase-cdc on the embedded store.
@Suite("connector hbase-cdc")
struct ChangesConnectorTests {
    private func reader(
        _ model: ChangeModel, _ table: ResolvedTable, _ projection: [Int]? = nil
    ) throws -> any SplitReader {
        let connector = HBaseChangesConnector(store: model.store)
        try connector.checkMetadata(table)
        try connector.validate(table)
        let context = ConnectorContext(clock: model.clock, waker: NoWaker())
        let scan = ScanRequest(projection: projection ?? Array(table.columns.indices))
        let source = try connector.makeSource(table, scan)
        let splits = try source.discoverSplits(context)
        #expect(splits.count == 1)
        return try source.open(splits[0], context)
    }

    /// Reads until there is nothing more for now.
    private func drain(_ reader: any SplitReader, maxRows: Int = 4096, _ sum: inout ChangeSum) throws {
        var waits = 0
        while waits < 3 {
            switch try reader.poll(maxRows: maxRows) {
            case .rows(let batch): sum.add(batch)
            case .wait: waits += 1
            case .finished: return
            }
        }
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return (error as? SQLError)?.message ?? (error as? JobError)?.cause.message ?? "another error"
        }
    }

    private func lines(_ model: ChangeModel, _ table: ResolvedTable, _ projection: [Int]? = nil) throws
        -> [String]
    {
        let reader = try reader(model, table, projection)
        defer { reader.close() }
        var lines: [String] = []
        while case .rows(let batch) = try reader.poll(maxRows: 100) {
            for row in 0..<batch.rowCount {
                let values = batch.row(row).map { ChangeSum.text($0) }.joined(separator: "|")
                lines.append(batch.kind(row).symbol + "|" + values)
            }
        }
        return lines
    }

    @Test(
        "H31: rows and then their changes add up to the table, whatever is written while they are read",
        arguments: Array(1...12))
    func snapshotThenChanges(seed: Int) throws {
        let model = try ChangeModel(seed: UInt64(seed), versions: seed % 3 == 0 ? 3 : 1)
        let usesTimes = seed % 2 == 0
        for _ in 0..<200 { try model.writeSomething(rows: 60, explicitTimes: usesTimes) }
        let reader = try reader(model, ChangeModel.resolved([:]))
        defer { reader.close() }
        var sum = ChangeSum()
        let maxRows = [1, 3, 7, 100][seed % 4]
        for _ in 0..<400 {
            if model.random(3) > 0 { try model.writeSomething(rows: 60, explicitTimes: usesTimes) }
            if case .rows(let batch) = try reader.poll(maxRows: maxRows) { sum.add(batch) }
        }
        try drain(reader, maxRows: maxRows, &sum)
        #expect(sum.problems == [])
        #expect(sum.rows == (try model.scan()))
        #expect(sum.kinds[.updateBefore] == sum.kinds[.updateAfter])
        for kind in RowKind.allCases { #expect(sum.kinds[kind, default: 0] > 0, "\(kind)") }
    }

    @Test("H31: salted rows are handed over like others")
    func salted() throws {
        let model = try ChangeModel(seed: 5)
        let connector = HBaseConnector(store: model.store)
        var table = ChangeModel.resolved(["row-key.salt-buckets": "4"])
        func write(_ rows: Range<Int>, _ kind: RowKind) throws {
            var target = table
            target.options = TableOptions([.init("connector", "hbase"), .init("table-name", "t")])
            target.options["row-key.salt-buckets"] = "4"
            let sink = try connector.makeSink(target, SinkRequest(columns: [0, 1, 2], input: .upsert))
            let context = ConnectorContext(clock: model.clock, waker: NoWaker())
            let writer = try sink.open(subtask: 0, of: 1, context)
            let builder = BatchBuilder(target.schema, capacity: 16)
            for row in rows {
                builder.appendRow(
                    [.string("k\(row)"), .row([.string("x"), .int64(Int64(row))]), .row([.string("y")])],
                    kind: kind)
            }
            _ = try writer.write(builder.finish())
            writer.close()
        }
        try write(0..<30, .insert)
        table.options["scan.startup.mode"] = "initial"
        let reader = try reader(model, table, [0, 1])
        defer { reader.close() }
        var sum = ChangeSum()
        if case .rows(let batch) = try reader.poll(maxRows: 10) { sum.add(batch) }
        try write(5..<10, .delete)
        try write(30..<33, .insert)
        try drain(reader, &sum)
        #expect(sum.problems == [])
        let expected = Set((0..<33).filter { !(5..<10).contains($0) }.map { "k\($0)|x|\($0)" })
        #expect(sum.rows == expected)
    }

    @Test("H30: a row whose delivered columns stay as they are is no change, one that loses them all is one")
    func pruned() throws {
        let model = try ChangeModel(seed: 1)
        let (a, c) = (ChangeModel.cells[0], ChangeModel.cells[2])
        try model.table.put([0x31], a, [0x61])
        try model.table.put([0x31], c, [0x63])
        try model.table.mutate([Mutation(row: [0x31], [.deleteColumn(a)])])
        try model.table.mutate([Mutation(row: [0x31], [.deleteColumn(c)])])
        try model.table.mutate([Mutation(row: [0x31], [.deleteColumn(c)])])
        let table = ChangeModel.resolved(["scan.startup.mode": "earliest", "scan.bounded.mode": "latest"])
        #expect(
            try lines(model, table, [1]) == ["+I|a|NULL", "-U|a|NULL", "+U|NULL|NULL", "-D|NULL|NULL"])
        #expect(try lines(model, table, [0]) == ["+I|1", "-D|1"])
    }

    @Test("C2, C7: one row for one entry, with what it did, its number, region and times")
    func edits() throws {
        let model = try ChangeModel(seed: 1)
        let (a, b, c) = (ChangeModel.cells[0], ChangeModel.cells[1], ChangeModel.cells[2])
        let row = Array("r".utf8)
        try model.table.put(row, a, [0x61])
        model.clock.advance(micros: 5000)
        try model.table.mutate([
            Mutation(
                row: row,
                [
                    .put(a, value: [0x62]), .put(b, value: [0, 0, 0, 0, 0, 0, 0, 9]), .put(c, value: [0x63]),
                    .deleteColumn(ColumnReference("f", "other")),
                ])
        ])
        model.clock.advance(micros: 5000)
        try model.table.mutate([Mutation(row: row, [.deleteRow()])])
        let table = ChangeModel.resolved(
            ["scan.startup.mode": "earliest", "scan.bounded.mode": "latest", "changelog.mode": "edits"],
            metadata: [
                ("op_type", .string), ("wal_seq", .bigint), ("region", .string),
                ("write_time", .timestampLTZ(3)), ("timestamp", .timestampLTZ(3)),
                ("deleted_columns", DataType(.array(.string))),
            ])
        let found = try lines(model, table)
        #expect(
            found == [
                "+I|r|a|NULL|NULL|PUT|1|t|1000000000|1000000000|NULL",
                "+I|r|b|9|c|PUT_AND_DELETE|2|t|1000005000|1000005000|f:other",
                "+I|r|NULL|NULL|NULL|DELETE_ROW|3|t|1000010000|1000010000|f|g",
            ])
    }

    @Test("C7: metadata of row images tells of the last edit, and retractions repeat it")
    func imageMetadata() throws {
        let model = try ChangeModel(seed: 1)
        let row = Array("r".utf8)
        try model.table.put(row, ChangeModel.cells[0], [0x61])
        let table = ChangeModel.resolved(
            [:], metadata: [("op_type", .string), ("wal_seq", .bigint)])
        let reader = try reader(model, table, [0, 3, 4])
        defer { reader.close() }
        var sum = ChangeSum()
        try drain(reader, &sum)
        #expect(sum.rows == ["r|SNAPSHOT|NULL"])
        try model.table.put(row, ChangeModel.cells[0], [0x62])
        try drain(reader, &sum)
        #expect(sum.rows == ["r|PUT|2"])
        try model.table.mutate([Mutation(row: row, [.deleteRow()])])
        try drain(reader, &sum)
        #expect(sum.rows == [] && sum.problems == [])
    }

    @Test("C12: changes from the beginning, from a time, from now on")
    func startupModes() throws {
        let model = try ChangeModel(seed: 1)
        let a = ChangeModel.cells[0]
        try model.table.put([0x31], a, [0x61])
        model.clock.advance(micros: 10_000_000)
        let middle = model.clock.nowMicros() / 1000
        try model.table.put([0x31], a, [0x62])
        try model.table.put([0x32], a, [0x63])
        var options = ["scan.startup.mode": "earliest", "scan.bounded.mode": "latest"]
        #expect(
            try lines(model, ChangeModel.resolved(options), [0, 1]) == [
                "+I|1|a|NULL", "-U|1|a|NULL", "+U|1|b|NULL", "+I|2|c|NULL",
            ])
        options["changelog.mode"] = "edits"
        options["scan.startup.mode"] = "timestamp"
        options["scan.startup.timestamp-millis"] = "\(middle)"
        #expect(
            try lines(model, ChangeModel.resolved(options), [0, 1]) == ["+I|1|b|NULL", "+I|2|c|NULL"])
        options = ["scan.startup.mode": "latest"]
        let reader = try reader(model, ChangeModel.resolved(options), [0, 1])
        defer { reader.close() }
        var sum = ChangeSum()
        try drain(reader, &sum)
        #expect(sum.kinds.isEmpty)
        // The row was there: its change is known to be one.
        try model.table.put([0x31], ChangeModel.cells[1], [0, 0, 0, 0, 0, 0, 0, 1])
        try drain(reader, &sum)
        #expect(sum.kinds == [.updateBefore: 1, .updateAfter: 1])
        #expect(sum.rows == ["1|b|1"])
        #expect(
            try lines(model, ChangeModel.resolved(["scan.bounded.mode": "latest"]), [0, 1]) == [
                "+I|1|b|1", "+I|2|c|NULL",
            ])
    }

    @Test("C12: edits that were removed are asked for in vain, with what would work")
    func trimmed() throws {
        let model = try ChangeModel(seed: 1, retention: EditRetention(edits: 50))
        for _ in 0..<200 { try model.table.put([0x31], ChangeModel.cells[0], [0x61]) }
        let early = message {
            _ = try reader(model, ChangeModel.resolved(["scan.startup.mode": "earliest"]))
        }
        #expect(early.hasPrefix("'scan.startup.mode' = 'earliest': the edit log of \"t\" begins at edit 1"))
        let old = message {
            _ = try reader(
                model,
                ChangeModel.resolved([
                    "scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": "5",
                ]))
        }
        #expect(old.hasPrefix("changes since 5: the edit log of \"t\" begins at edit 1"))
        // A reader that falls behind is told, one that is registered is waited for.
        let slow = try reader(model, ChangeModel.resolved(["scan.startup.mode": "latest"]))
        let held = try reader(model, ChangeModel.resolved(["scan.startup.mode": "latest", "peer-id": "p1"]))
        for _ in 0..<200 { try model.table.put([0x32], ChangeModel.cells[0], [0x61]) }
        var sum = ChangeSum()
        #expect(message { try drain(slow, &sum) } == "no error")
        for _ in 0..<200 { try model.table.put([0x32], ChangeModel.cells[1], [0, 0, 0, 0, 0, 0, 0, 1]) }
        try drain(held, &sum)
        #expect(try model.table.editReaderPosition("p1") != nil)
    }

    @Test("H31: a table that was emptied ends the stream with an error instead of a wrong copy")
    func emptied() throws {
        let model = try ChangeModel(seed: 1)
        try model.table.put([0x31], ChangeModel.cells[0], [0x61])
        let reader = try reader(model, ChangeModel.resolved([:]))
        defer { reader.close() }
        var sum = ChangeSum()
        try drain(reader, &sum)
        #expect(sum.rows.count == 1)
        try model.table.truncate()
        #expect(
            message { try drain(reader, &sum) }
                == "the table \"t\" was emptied: its rows went without edits")
    }

    @Test("H32: what a table captures and what a sink writes")
    func places() throws {
        let model = try ChangeModel(seed: 1)
        let changes = HBaseChangesConnector(store: model.store)
        let captured = try changes.capturedPlaces(ChangeModel.resolved([:]))
        #expect(captured.map(\.part) == ["f", "g"])
        var target = ChangeModel.resolved([:])
        target.options["connector"] = "hbase"
        let sink = HBaseConnector(store: model.store)
        let request = SinkRequest(columns: [0, 2], input: .appendOnly)
        // What is not named is written as NULL.
        #expect(try sink.writtenPlaces(target, request) == captured)
        target.options["sink.ignore-null-value"] = "true"
        #expect(try sink.writtenPlaces(target, request) == [captured[1]])
        target.options["sink.delete.mode"] = "row"
        let deleted = try sink.writtenPlaces(target, SinkRequest(columns: [0, 2], input: .upsert))
        #expect(deleted.map(\.part) == [nil])
        #expect(deleted[0].overlaps(captured[0]) && captured[0].overlaps(deleted[0]))
        #expect(!captured[0].overlaps(captured[1]))
    }

    @Test(
        "H30: wrong options are named",
        arguments: [
            (["changelog.mode": "all"], "option 'changelog.mode' is 'all', expected rows or edits"),
            (
                ["scan.startup.mode": "first"],
                "option 'scan.startup.mode' is 'first', expected initial or earliest or latest or timestamp or "
                    + "earliest-offset or latest-offset"
            ),
            (
                ["scan.startup.mode": "timestamp"],
                "'scan.startup.mode' = 'timestamp' needs 'scan.startup.timestamp-millis'"
            ),
            (
                ["scan.startup.timestamp-millis": "7"],
                "'scan.startup.timestamp-millis' has no effect with 'scan.startup.mode' = 'initial'"
            ),
            (["peer-id": "a-b"], "option 'peer-id' is 'a-b', expected letters, digits and _"),
            (
                ["families": "f"],
                "table \"h_cdc\" declares the family \"g\", which 'families' leaves out"
            ),
            (["familes": "f"], "unknown option 'familes' of table \"h_cdc\""),
            (
                ["zookeeper.quorum": "localhost:1", "peer.listen": "x/y"],
                "option 'peer.listen' is 'x/y', expected an address, or address:port"
            ),
            (
                ["zookeeper.quorum": "localhost:1", "scan.startup.mode": "earliest"],
                "table \"h_cdc\": a cluster ships the edits of its newest logs, older rows would not be known"
            ),
        ])
    func wrongOptions(options: [String: String], expected: String) throws {
        let model = try ChangeModel(seed: 1)
        #expect(message { _ = try reader(model, ChangeModel.resolved(options)) } == expected)
    }

    @Test("C3: families whose edits are not kept are refused, and so is metadata that there is not")
    func refused() throws {
        let model = try ChangeModel(seed: 1)
        try model.table.alter { (families) throws(SQLError) in
            try families[1].set("REPLICATION_SCOPE", to: "0")
        }
        #expect(
            message { _ = try reader(model, ChangeModel.resolved([:])) }
                == "the edits of the family \"g\" of \"t\" are not kept: its REPLICATION_SCOPE is 0")
        let list = DataType(.array(.string))
        #expect(
            message {
                _ = try reader(model, ChangeModel.resolved([:], metadata: [("deleted_columns", list)]))
            } == "metadata 'deleted_columns' needs 'changelog.mode' = 'edits'")
        #expect(
            message { _ = try reader(model, ChangeModel.resolved([:], metadata: [("wal_sec", .bigint)])) }
                == "connector 'hbase-cdc' has no metadata 'wal_sec'")
    }
}
