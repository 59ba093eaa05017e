import SluiceBase
import SluiceHBase
import SluiceTableStore
import SluiceScratch
import Testing

@Suite("hbase commands")
struct HBaseCommandsTests {
    let folder: ScratchFolder
    let commands: HBaseCommands
    let json: HBaseCommands

    init() throws {
        folder = try ScratchFolder()
        let store = TableStore(folder: folder.path, clock: ManualClock(micros: 7_000_000))
        commands = HBaseCommands(store: store)
        json = HBaseCommands(store: store, isJSON: true)
    }

    private func lines(_ body: ((String) throws(SQLError) -> Void) throws(SQLError) -> Void) -> [String] {
        var lines: [String] = []
        do throws(SQLError) {
            try body { (line) throws(SQLError) in lines.append(line) }
        } catch {
            lines.append("error: \(error.message)")
        }
        return lines
    }

    @Test("a session prints what HBase's shell would")
    func session() {
        #expect(
            lines { (out) throws(SQLError) in try commands.create("t", families: ["f,VERSIONS=2", "g"], out) }
                == ["created table t"])
        #expect(lines { (out) throws(SQLError) in try commands.list(out) } == ["t", "1 table(s)"])
        #expect(
            lines { (out) throws(SQLError) in
                try commands.put("t", row: "r\\x00", column: "f:q", value: "a b", out)
                try commands.put("t", row: "r2", column: "g:n", value: "-1", type: .int, out)
                try commands.increment("t", row: "r2", column: "f:c", by: 4, out)
                try commands.increment("t", row: "r2", column: "f:c", out)
            } == ["COUNTER VALUE = 4", "COUNTER VALUE = 5"])
        #expect(
            lines { (out) throws(SQLError) in try commands.get("t", row: "r\\x00", HBaseReadArguments(), out)
            } == [
                "COLUMN                      CELL", " f:q                        timestamp=7000, value=a b",
                "1 row(s)",
            ])
        var scan = HBaseScanArguments()
        scan.read.columns = ["g", "f:c"]
        scan.start = "r1"
        #expect(
            lines { (out) throws(SQLError) in try commands.scan("t", scan, out) } == [
                "ROW                      COLUMN+CELL",
                " r2                      column=f:c, timestamp=7000, value=\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x05",
                " r2                      column=g:n, timestamp=7000, value=\\xFF\\xFF\\xFF\\xFF", "1 row(s)",
            ])
        #expect(
            lines { (out) throws(SQLError) in
                try commands.delete("t", row: "r2", column: "g:n", out)
                try commands.delete("t", row: "r\\x00", out)
                try json.scan("t", HBaseScanArguments(), out)
            } == [
                #"{"row":"r2","cells":[{"column":"f:c","timestamp":7000,"value":"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x05"}]}"#
            ])
        #expect(
            lines { (out) throws(SQLError) in try commands.get("t", row: "r9", HBaseReadArguments(), out) }
                .last == "0 row(s)")
        #expect(
            lines { (out) throws(SQLError) in try json.list(out) } == [#"{"table":"t","families":["f","g"]}"#]
        )
        #expect(lines { (out) throws(SQLError) in try commands.drop("t", out) } == ["dropped table t"])
        #expect(
            lines { (out) throws(SQLError) in try commands.drop("t", out) }
                == ["error: the table \"t\" does not exist"])
    }

    @Test("H6: describe guesses a CREATE TABLE")
    func describe() {
        let output = lines { (out) throws(SQLError) in
            try commands.create("ns:t", families: ["f"], out)
            try commands.put("ns:t", row: "k1", column: "f:name", value: "x", out)
            try commands.put("ns:t", row: "k1", column: "f:n", value: "5", type: .bigint, out)
            try commands.put("ns:t", row: "k2", column: "f:ok", value: "true", type: .boolean, out)
            try commands.put("ns:t", row: "k2", column: "f:i", value: "-7", type: .int, out)
            try commands.put("ns:t", row: "k2", column: "f:d", value: "12.25", type: .double, out)
            try commands.describe("ns:t", out)
        }
        #expect(
            output.dropFirst() == [
                "Table ns:t",
                "{NAME => 'f', VERSIONS => '1', MIN_VERSIONS => '0', TTL => 'FOREVER', "
                    + "KEEP_DELETED_CELLS => 'FALSE', REPLICATION_SCOPE => '1'}",
                "", "-- a guess from 2 row(s); check the types", "CREATE TABLE `t` (", "  `rowkey` STRING,",
                "  `f` ROW<`d` DOUBLE, `i` INT, `n` BIGINT, `name` STRING, `ok` BOOLEAN>,",
                "  PRIMARY KEY (`rowkey`) NOT ENFORCED",
                ") WITH ('connector' = 'hbase', 'table-name' = 'ns:t');",
            ])
    }

    @Test("H6: what SQL cannot name is left out of the guess, and told; the statement can be run")
    func describeNames() {
        let output = lines { (out) throws(SQLError) in
            try commands.create("t", families: ["rowkey", "x", "y"], out)
            try commands.put("t", row: "r", column: "rowkey:a`b", value: "v", out)
            try commands.put("t", row: "r", column: "x:", value: "v", out)
            try commands.put("t", row: "r", column: "y:_sluice:8621ef194cd6b106:0", value: "1", out)
            try commands.put("t", row: "r", column: "y:\\xFF", value: "v", out)
            try commands.put("t", row: "r", column: "y:ok", value: "v", out)
            try commands.describe("t", ddlOnly: true, out)
        }
        #expect(
            output.dropFirst() == [
                "-- left out, no name of SQL: x:", "-- left out, marks of increments: 1 column(s) of y",
                "-- left out, no name of SQL: y:\\xFF",
                "CREATE TABLE `t` (",
                "  `_rowkey` STRING,", "  `rowkey` ROW<`a``b` STRING>,", "  `y` ROW<`ok` STRING>,",
                "  PRIMARY KEY (`_rowkey`) NOT ENFORCED",
                ") WITH ('connector' = 'hbase', 'table-name' = 't');",
            ])
    }

    @Test("H3: alter adds, changes and drops families, and names what it cannot")
    func alter() {
        let output = lines { (out) throws(SQLError) in
            try commands.create("t", families: ["f", "g"], out)
            try commands.put("t", row: "r", column: "g:q", value: "1", out)
            try commands.alter("t", families: ["f,VERSIONS=3", "h,TTL=60"], dropped: ["g"], out)
            try json.list(out)
            try commands.describe("t", out)
            try commands.get("t", row: "r", HBaseReadArguments(), out)
        }
        #expect(output[1] == "altered table t")
        #expect(output[2] == #"{"table":"t","families":["f","h"]}"#)
        #expect(output[4].contains("NAME => 'f', VERSIONS => '3'") && output[5].contains("TTL => '60"))
        #expect(output.last == "0 row(s)")
        #expect(
            lines { (out) throws(SQLError) in try commands.alter("t", families: [], dropped: ["x"], out) }
                == ["error: table \"t\" has no column family \"x\""])
        #expect(
            lines { (out) throws(SQLError) in try commands.alter("t", families: [], out) }
                == ["error: nothing of table \"t\" is to be altered"])
        #expect(
            lines { (out) throws(SQLError) in try commands.alter("t", families: ["f,VERSIONS=x"], out) }
                .first?.hasPrefix("error: ") == true)
    }

    @Test("H3: what only a cluster has is refused by its name")
    func ofClustersOnly() {
        let output = lines { (out) throws(SQLError) in
            try commands.create("t", families: ["f"], { (_) throws(SQLError) in })
            try commands.disable("t", out)
        }
        #expect(output.count == 1 && output[0].hasPrefix("error: the embedded store "))
        #expect(output[0].hasSuffix("has no tables to disable"))
        #expect(
            lines { (out) throws(SQLError) in try commands.status(out) }[0].hasSuffix("has no servers"))
        #expect(
            lines { (out) throws(SQLError) in try commands.regions("t", out) }[0]
                == "error: the tables of the embedded store have no regions")
    }

    @Test("a table that is not there is said without a header")
    func missingTable() {
        let output = lines { (out) throws(SQLError) in try commands.scan("none", HBaseScanArguments(), out) }
        #expect(output.count == 1 && output[0].hasPrefix("error: "), "\(output)")
    }

    @Test(
        "wrong arguments are named",
        arguments: [
            ("f", "\"f\" names no column"), ("x:q", "the table \"t\" has no family \"x\""),
        ])
    func wrongColumn(column: String, expected: String) {
        let output = lines { (out) throws(SQLError) in
            try commands.create("t", families: ["f"], { (_) throws(SQLError) in })
            try commands.put("t", row: "r", column: column, value: "1", out)
        }
        #expect(output == ["error: \(expected)"])
    }

    @Test("values of every type are read and written alike")
    func values() {
        let pairs: [(HBaseValueType, String)] = [
            (.string, "a\\xFFb"), (.tinyint, "-3"), (.smallint, "300"), (.int, "-70000"), (.bigint, "5"),
            (.float, "1.5"), (.double, "-0.25"), (.boolean, "true"), (.hex, "00ff10"),
        ]
        #expect(Set(pairs.map(\.0)) == Set(HBaseValueType.allCases))
        _ = lines { (out) throws(SQLError) in try commands.create("t", families: ["f"], out) }
        for (type, text) in pairs {
            var read = HBaseReadArguments()
            read.type = type
            let output = lines { (out) throws(SQLError) in
                try commands.put("t", row: type.rawValue, column: "f:q", value: text, type: type, out)
                try commands.get("t", row: type.rawValue, read, out)
            }
            #expect(output.dropFirst().first?.hasSuffix("value=\(text)") == true, "\(type)")
        }
        #expect(
            lines { (out) throws(SQLError) in
                try commands.put("t", row: "r", column: "f:q", value: "300", type: .tinyint, out)
            } == ["error: \"300\" is no value of type tinyint"])
    }
}
