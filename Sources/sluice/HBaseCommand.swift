import SluiceBase
import SluiceCommandLine
import SluiceEngine
import SluiceHBase

/// `sluice hbase …`: the tables of the embedded store or of a cluster.
enum HBaseCommand {
    static let spec = CommandSpec(
        "hbase", summary: "looks at and changes HBase tables: of a cluster, or of the embedded store",
        details: """
            A cluster is named by --quorum, --servers, --site or HBASE_CONF_DIR; without one the embedded store is meant. \
            Row keys, qualifiers and values are written as HBase's shell does: bytes that are not printable ASCII as \
            \\xNN. A column is family:qualifier.
            """,
        examples: [
            CommandExample("sluice hbase create planes info", "makes a table with one family"),
            CommandExample("sluice hbase put planes N10156 info:model EMB-145XR", "writes a cell"),
            CommandExample("sluice hbase scan planes --limit 10", "prints ten rows"),
        ],
        options: target, subcommands: tables + rows + peers)

    /// How a cluster is named.
    static let target: [CommandOption] = [
        .value("quorum", "HOST:PORT,…", "the cluster's ZooKeeper", isInherited: true),
        .value("znode", "PATH", "HBase's node in ZooKeeper, if not /hbase", isInherited: true),
        .value("servers", "HOST:PORT,…", "masters or region servers instead of ZooKeeper", isInherited: true),
        .value("site", "FILE", "an hbase-site.xml, or its folder", kind: .file, isInherited: true),
        .value(
            "property", "KEY=VALUE", "a setting of HBase's client, as in hbase-site.xml",
            isRepeatable: true, isInherited: true),
    ]

    static func readTarget(_ parsed: ParsedCommand) throws(SQLError) -> HBaseTarget {
        var out = HBaseTarget()
        out.set("zookeeper.quorum", parsed.value("quorum"))
        out.set("zookeeper.znode.parent", parsed.value("znode"))
        out.set("hbase.bootstrap.servers", parsed.value("servers"))
        out.siteFile = parsed.value("site")
        for text in parsed.values("property") {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw SQLError(.connectorOption, "\"\(text)\" is no setting", hint: "write KEY=VALUE")
            }
            out.set("properties." + text[..<equals], String(text[text.index(after: equals)...]))
        }
        return out
    }

    private static let json = CommandOption("json", "one JSON object a line")
    private static let table = CommandOperand("TABLE", "the table")
    private static let row = CommandOperand("ROW", "the row key")
    private static let type = CommandOption.choice(
        "type", short: "t", HBaseValueType.allCases.map(\.rawValue), "how values are read and written",
        defaultValue: "string")
    private static let timestamp = CommandOption.value(
        "timestamp", "MILLIS", "the version", kind: .integer(0...Int.max))

    private static func example(_ command: String, _ meaning: String) -> [CommandExample] {
        [CommandExample("sluice hbase " + command, meaning)]
    }

    private static let tables: [CommandSpec] = [
        CommandSpec(
            "ls", aliases: ["list"], summary: "lists the tables", examples: example("ls", "all of them"),
            operands: [CommandOperand("TEXT", "only names that contain this", count: .optional)],
            options: [json]),
        CommandSpec(
            "create", summary: "makes a table",
            examples: example("create t f 'g,VERSIONS=3'", "with two families"),
            operands: [
                table,
                CommandOperand(
                    "FAMILY", "a family, perhaps with attributes as in f,VERSIONS=3", count: .oneOrMore),
            ],
            options: [
                .value("split", "KEY", "a further region begins here", isRepeatable: true), json,
            ]),
        CommandSpec(
            "describe", aliases: ["desc"],
            summary: "prints families, and a CREATE TABLE statement that would fit",
            examples: example("describe t --ddl", "only the statement"), operands: [table],
            options: [CommandOption("ddl", "only the CREATE TABLE statement"), json]),
        CommandSpec(
            "drop", summary: "removes a table", examples: example("drop t", "with all its rows"),
            operands: [table],
            options: [json]),
        CommandSpec(
            "truncate", summary: "removes all rows of a table",
            examples: example("truncate t", "keeps the families"),
            operands: [table], options: [json]),
        CommandSpec(
            "compact", summary: "removes what no reader can see any more",
            examples: example("compact t", "one table"),
            operands: [table], options: [json]),
        CommandSpec(
            "doctor", summary: "looks for what is wrong between here and a table",
            examples: example("doctor t --quorum localhost:2181", "step by step"),
            operands: [table], options: [json]),
    ]

    private static let peer = CommandOperand("PEER", "the peer's name")

    private static let peers: [CommandSpec] = [
        CommandSpec(
            "peers", summary: "lists where the cluster ships its edits",
            examples: example("peers --quorum localhost:2181", "all replication peers"), options: [json]),
        CommandSpec(
            "peer-add", summary: "has the cluster ship edits to another one",
            examples: example("peer-add dr zk9:2181:/hbase orders=f,g", "two families of a table"),
            operands: [
                peer, CommandOperand("KEY", "where to: quorum:port:/node of its ZooKeeper"),
                CommandOperand(
                    "TABLE", "a table, or table=family,family; none: all tables", count: .any),
            ],
            options: [
                CommandOption("disabled", "keep the edits until the peer is enabled"),
                CommandOption("unordered", "faster; edits of a region may come out of order"), json,
            ]),
        CommandSpec(
            "peer-remove", summary: "removes a replication peer, with what was not shipped to it yet",
            examples: example("peer-remove dr", "its logs can be removed then"), operands: [peer],
            options: [json]),
        CommandSpec(
            "peer-enable", summary: "has a replication peer get its edits",
            examples: example("peer-enable dr", "with those that waited"), operands: [peer], options: [json]),
        CommandSpec(
            "peer-disable", summary: "keeps the edits for a replication peer",
            examples: example("peer-disable dr", "until it is enabled"), operands: [peer], options: [json]),
    ]

    private static let reading: [CommandOption] = [
        .value("column", short: "c", "COLUMN", "a family, or family:qualifier", isRepeatable: true),
        .value("versions", "N", "versions of each cell", kind: .integer(1...Int.max), defaultValue: "1"),
        .value("min-timestamp", "MILLIS", "from this version on", kind: .integer(0...Int.max)),
        .value("max-timestamp", "MILLIS", "below this version", kind: .integer(0...Int.max)),
        CommandOption("raw", "delete markers and deleted cells, too"), type, json,
    ]

    private static let rows: [CommandSpec] = [
        CommandSpec(
            "get", summary: "prints one row",
            examples: example("get t r1 -c f:q --type bigint", "one cell as a number"),
            operands: [table, row], options: reading),
        CommandSpec(
            "scan", summary: "prints rows in the order of their keys",
            examples: example("scan t --prefix 2013- --limit 5", "the first five of a prefix"),
            operands: [table],
            options: [
                .value("start", "ROW", "from this row on"), .value("stop", "ROW", "up to before this row"),
                .value("prefix", "TEXT", "rows that begin with this"),
                .value("limit", short: "n", "N", "so many rows", kind: .integer(0...Int.max)),
                CommandOption("reversed", "from the last row to the first"),
            ] + reading),
        CommandSpec(
            "put", summary: "writes a cell", examples: example("put t r1 f:q 42 --type bigint", "a number"),
            operands: [
                table, row, CommandOperand("COLUMN", "family:qualifier"),
                CommandOperand("VALUE", "the value"),
            ],
            options: [type, timestamp, json]),
        CommandSpec(
            "incr", summary: "adds to a counter and prints its new value",
            examples: example("incr t r1 f:hits 5", "adds five"),
            operands: [
                table, row, CommandOperand("COLUMN", "family:qualifier"),
                CommandOperand(
                    "BY", "how much; 1 if left out, -- in front of a negative number", count: .optional),
            ], options: [json]),
        CommandSpec(
            "delete", aliases: ["rm"], summary: "deletes a row, a family or a column",
            examples: example("delete t r1 f:q", "all versions of a cell"),
            operands: [
                table, row, CommandOperand("COLUMN", "a family, or family:qualifier", count: .optional),
            ],
            options: [timestamp, CommandOption("newest", "only the newest version of the column"), json]),
    ]

    /// The exit code of `sluice hbase …`.
    static func run(_ parsed: ParsedCommand, home: HomeFolder) -> Int32 {
        do throws(SQLError) {
            if parsed.path.last == "doctor" { return try DoctorCommand.examine(parsed, home) }
            let target = try readTarget(parsed)
            let commands = try Engine(home: home).hbaseCommands(isJSON: parsed.flag("json"), target)
            let emit: HBaseCommands.Emit = { line in Output.standard.write(line + "\n") }
            if try changePeer(parsed, commands, emit) { return 0 }
            if try !changeTable(parsed, commands, emit) { try changeRow(parsed, commands, emit) }
            return 0
        } catch {
            Output.errors.write(DiagnosticRenderer().render(error, source: nil))
            return error.code.exitCode
        }
    }

    private static func changePeer(
        _ parsed: ParsedCommand, _ commands: HBaseCommands, _ emit: HBaseCommands.Emit
    ) throws(SQLError) -> Bool {
        let id = parsed.operands.first ?? ""
        switch parsed.path.last {
        case "peers": try commands.peers(emit)
        case "peer-add":
            try commands.addPeer(
                id, key: parsed.operands.dropFirst().first ?? "", tables: Array(parsed.operands.dropFirst(2)),
                isEnabled: !parsed.flag("disabled"), isSerial: !parsed.flag("unordered"), emit)
        case "peer-remove": try commands.removePeer(id, emit)
        case "peer-enable": try commands.setPeer(id, isEnabled: true, emit)
        case "peer-disable": try commands.setPeer(id, isEnabled: false, emit)
        default: return false
        }
        return true
    }

    private static func changeTable(
        _ parsed: ParsedCommand, _ commands: HBaseCommands, _ emit: HBaseCommands.Emit
    ) throws(SQLError) -> Bool {
        let name = parsed.operands.first ?? ""
        switch parsed.path.last {
        case "ls": try commands.list(matching: parsed.operands.first, emit)
        case "create":
            try commands.create(
                name, families: Array(parsed.operands.dropFirst()), splits: parsed.values("split"), emit)
        case "describe": try commands.describe(name, ddlOnly: parsed.flag("ddl"), emit)
        case "drop": try commands.drop(name, emit)
        case "truncate": try commands.truncate(name, emit)
        case "compact": try commands.compact(name, emit)
        default: return false
        }
        return true
    }

    private static func changeRow(
        _ parsed: ParsedCommand, _ commands: HBaseCommands, _ emit: HBaseCommands.Emit
    ) throws(SQLError) {
        let name = parsed.operands.first ?? ""
        let key = parsed.operands.dropFirst().first ?? ""
        let column = parsed.operands.dropFirst(2).first
        let last = parsed.operands.dropFirst(3).first
        let type = parsed.value("type").flatMap { HBaseValueType(rawValue: $0) } ?? .string
        let timestamp = parsed.integer("timestamp").map { Int64($0) }
        switch parsed.path.last {
        case "get": try commands.get(name, row: key, readArguments(parsed, type), emit)
        case "scan": try commands.scan(name, scanArguments(parsed, type), emit)
        case "put":
            try commands.put(
                name, row: key, column: column ?? "", value: last ?? "", type: type, timestamp: timestamp,
                emit)
        case "incr":
            guard let delta = Int64(last ?? "1") else {
                throw SQLError(.tableStore, "\"\(last ?? "")\" is no whole number")
            }
            try commands.increment(name, row: key, column: column ?? "", by: delta, emit)
        default:
            try commands.delete(
                name, row: key, column: column, timestamp: timestamp, newestOnly: parsed.flag("newest"), emit)
        }
    }

    private static func readArguments(_ parsed: ParsedCommand, _ type: HBaseValueType) -> HBaseReadArguments {
        var out = HBaseReadArguments()
        out.columns = parsed.values("column")
        out.versions = parsed.integer("versions") ?? 1
        out.minTimestamp = parsed.integer("min-timestamp").map { Int64($0) } ?? 0
        out.maxTimestamp = parsed.integer("max-timestamp").map { Int64($0) } ?? .max
        out.isRaw = parsed.flag("raw")
        out.type = type
        return out
    }

    private static func scanArguments(_ parsed: ParsedCommand, _ type: HBaseValueType) -> HBaseScanArguments {
        var out = HBaseScanArguments()
        out.read = readArguments(parsed, type)
        out.start = parsed.value("start")
        out.stop = parsed.value("stop")
        out.prefix = parsed.value("prefix")
        out.limit = parsed.integer("limit")
        out.isReversed = parsed.flag("reversed")
        return out
    }
}
