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
        options: target, subcommands: tables + rows + cluster + peers)

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

    /// The exit code of `sluice hbase …`.
    static func run(_ parsed: ParsedCommand, home: HomeFolder) -> Int32 {
        do throws(SQLError) {
            if parsed.path.last == "doctor" { return try DoctorCommand.examine(parsed, home) }
            let target = try readTarget(parsed)
            let commands = try Engine(home: home).hbaseCommands(isJSON: parsed.flag("json"), target)
            let emit: HBaseCommands.Emit = { line in Output.standard.write(line + "\n") }
            if try changePeer(parsed, commands, emit) { return 0 }
            if try operate(parsed, commands, emit) { return 0 }
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

    private static func operate(
        _ parsed: ParsedCommand, _ commands: HBaseCommands, _ emit: HBaseCommands.Emit
    ) throws(SQLError) -> Bool {
        let name = parsed.operands.first ?? ""
        switch parsed.path.last {
        case "enable": try commands.enable(name, emit)
        case "disable": try commands.disable(name, emit)
        case "flush": try commands.flush(name, emit)
        case "regions": try commands.regions(parsed.operands.first, emit)
        case "status": try commands.status(emit)
        case "namespaces": try commands.namespaces(emit)
        case "namespace-create": try commands.createNamespace(name, emit)
        case "namespace-drop": try commands.dropNamespace(name, emit)
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
        case "alter":
            try commands.alter(
                name, families: Array(parsed.operands.dropFirst()), dropped: parsed.values("drop"), emit)
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
