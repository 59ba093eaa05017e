import SluiceBase
import SluiceCatalog
import SluiceCommandLine
import SluiceEngine
import SluiceHBase
import SluicePlanner
import SluiceShell

/// `sluice advise hbase`: what slows a cluster down. `sluice advise rowkey`: whether keys send all writes to one region of an HBase table.
enum AdviseCommand {
    static let spec = CommandSpec(
        "advise", summary: "says what could work better", subcommands: [rowKey, hbase])

    private static let rowKey = CommandSpec(
        "rowkey", summary: "judges the row keys that job files write, or that a table holds",
        details: """
            HBase keeps rows in the order of their keys, and a range of keys in one region. Keys that only grow, such as \
            times and sequences, send every new row to the same region. Of job files the expressions of the keys are \
            judged, and nothing is started; of a table the keys and the times of writing.
            """,
        examples: [
            CommandExample("sluice advise rowkey job.sql", "the keys of every INSERT"),
            CommandExample("sluice advise rowkey --table planes", "the keys that a table holds"),
        ],
        operands: [CommandOperand("JOB.sql", "job file, - for standard input", kind: .file, count: .any)],
        options: RunSettings.parameters + [
            .value("table", "TABLE", "an HBase table", isRepeatable: true),
            .value(
                "sample", "N", "keys of a table kept for judging", kind: .integer(20...10_000_000),
                defaultValue: "100000"),
            CommandOption("json", "one JSON object a line"),
            CommandOption("strict", "status 3 if a hot spot was found"),
        ] + HBaseCommand.target)

    private static let hbase = CommandSpec(
        "hbase", summary: "says what slows an HBase cluster down",
        details: """
            Looks at what the region servers tell the master of their regions: store files, sizes, memory, requests, \
            locality, and how regions are spread over servers. Nothing is changed.
            """,
        examples: [
            CommandExample("sluice advise hbase --quorum localhost:2181", "all tables of a cluster")
        ],
        options: [
            CommandOption("json", "one JSON object a line"),
            CommandOption("strict", "status 3 if something was found"),
        ] + HBaseCommand.target)

    private static func adviseCluster(_ parsed: ParsedCommand, _ home: HomeFolder) throws(SQLError) -> Int32 {
        let tools = try Engine(home: home).hbaseTools(try HBaseCommand.readTarget(parsed))
        let isJSON = parsed.flag("json")
        guard let found = try tools.advice() else {
            if !isJSON {
                Output.standard.write(
                    "no cluster is named; \(try tools.place) has no servers, regions or store files to tune\n"
                )
            }
            return 0
        }
        for item in found {
            if isJSON {
                Output.standard.write(
                    object([
                        ("topic", JSONText.quoted(item.topic.rawValue)),
                        ("subject", JSONText.quoted(item.subject)),
                        ("finding", JSONText.quoted(item.finding)),
                        ("advice", JSONText.quoted(item.advice)),
                    ]))
            } else {
                Output.standard.write(
                    "\(item.subject)\n  \(item.topic.rawValue): \(item.finding)\n  advice: \(item.advice)\n")
            }
        }
        if found.isEmpty && !isJSON { Output.standard.write("nothing was found in \(try tools.place)\n") }
        return found.isEmpty || !parsed.flag("strict") ? 0 : 3
    }

    /// The exit code.
    static func run(_ parsed: ParsedCommand, home: HomeFolder) -> Int32 {
        if parsed.path.last == "hbase" {
            do throws(SQLError) {
                return try adviseCluster(parsed, home)
            } catch {
                Output.errors.write(DiagnosticRenderer().render(error, source: nil))
                return error.code.exitCode
            }
        }
        let tables = parsed.values("table")
        guard !parsed.operands.isEmpty || !tables.isEmpty else {
            Output.errors.write(
                UsageError("there is nothing to judge", hints: ["name a job file, or --table TABLE"]).text)
            return UsageError.exitCode
        }
        var isHot = false
        if !parsed.operands.isEmpty {
            guard let inputs = ScriptInput.read(parsed.operands) else { return UsageError.exitCode }
            let code = judge(inputs, parsed, home, &isHot)
            if code != 0 { return code }
        }
        do throws(SQLError) {
            for table in tables { if try judge(table, parsed, home) { isHot = true } }
        } catch {
            Output.errors.write(DiagnosticRenderer().render(error, source: nil))
            return error.code.exitCode
        }
        return isHot && parsed.flag("strict") ? 3 : 0
    }

    // MARK: Job files

    private static func judge(
        _ inputs: [ScriptInput], _ parsed: ParsedCommand, _ home: HomeFolder, _ isHot: inout Bool
    ) -> Int32 {
        let renderer = DiagnosticRenderer(format: .human, isColored: Output.errors.isTerminal)
        do throws(ScriptError) {
            for script in try ScriptInput.scripts(inputs, parsed) {
                do throws(SQLError) {
                    let code = try judge(script, parsed, home, renderer, &isHot)
                    if code != 0 { return code }
                } catch {
                    Output.errors.write(renderer.render(error, source: nil))
                    return error.code.exitCode
                }
            }
            return 0
        } catch {
            Output.errors.write(renderer.render(error.error, source: error.source))
            return error.error.code.exitCode
        }
    }

    private static func judge(
        _ script: ScriptText, _ parsed: ParsedCommand, _ home: HomeFolder, _ renderer: DiagnosticRenderer,
        _ isHot: inout Bool
    ) throws(SQLError) -> Int32 {
        let session = try Engine(home: home).session(.jobFile)
        try RunSettings.apply(parsed, to: session)
        let found = ScriptChecker(session).check(script)
        let errors = found.errors.filter { $0.code != .nonDeterministicKey }
        for error in errors.prefix(20) {
            let place = script.located(error)
            Output.errors.write(renderer.render(place.error, source: place.source))
        }
        if let first = errors.first { return first.code.exitCode }
        for key in found.keys {
            if key.isHotspot { isHot = true }
            let place = Place(script, key.span)
            Output.standard.write(parsed.flag("json") ? json(key, place) : text(key, place))
        }
        if found.keys.isEmpty && !parsed.flag("json") {
            Output.standard.write("\(script.sources.first?.name ?? ""): no INSERT into a table with a key\n")
        }
        return 0
    }

    /// File and line of a span.
    private struct Place {
        var file: String
        var line: Int

        init(_ script: ScriptText, _ span: SourceSpan) {
            let found = script.located(SQLError(.internalError, "", span: span))
            file = found.source?.name ?? ""
            line = found.source?.position(of: found.error.span?.lower ?? 0).line ?? 0
        }
    }

    private static func text(_ key: SinkKey, _ place: Place) -> String {
        var out = "\(place.file):\(place.line): \(key.table) (\(key.columns.joined(separator: ", "))"
        out += " = \(key.expression))\n"
        out += "  \(key.isHotspot ? "hot spot: " : "")\(key.explanation)\n"
        if let advice = key.advice { out += "  advice: \(advice)\n" }
        for part in key.volatile {
            out += "  not repeatable: \(part.text) gives another key when the row is computed again\n"
        }
        return out
    }

    private static func json(_ key: SinkKey, _ place: Place) -> String {
        let volatile = key.volatile.map { JSONText.quoted($0.text) }.joined(separator: ",")
        let pairs: [(String, String)] = [
            ("file", JSONText.quoted(place.file)), ("line", String(place.line)),
            ("table", JSONText.quoted(key.table)), ("connector", JSONText.quoted(key.connector)),
            ("key", JSONText.quoted(key.columns.joined(separator: ","))),
            ("expression", JSONText.quoted(key.expression)), ("hotspot", key.isHotspot ? "true" : "false"),
            ("explanation", JSONText.quoted(key.explanation)),
            ("advice", key.advice.map { JSONText.quoted($0) } ?? "null"), ("volatile", "[" + volatile + "]"),
        ]
        return object(pairs)
    }

    private static func object(_ pairs: [(String, String)]) -> String {
        "{" + pairs.map { JSONText.quoted($0.0) + ":" + $0.1 }.joined(separator: ",") + "}\n"
    }

    // MARK: Tables

    /// True: the keys are sequential.
    private static func judge(
        _ table: String, _ parsed: ParsedCommand, _ home: HomeFolder
    ) throws(SQLError) -> Bool {
        let target = try HBaseCommand.readTarget(parsed)
        let commands = try Engine(home: home).hbaseCommands(isJSON: false, target)
        let report = try commands.rowKeys(table, sample: parsed.integer("sample") ?? 100_000).report()
        if parsed.flag("json") {
            let evidence = report.evidence.map { JSONText.quoted($0) }.joined(separator: ",")
            let regions: [String] = report.regions.map { region in
                "{\"start\":" + JSONText.quoted(region.startText) + ",\"rows\":" + String(region.rows)
                    + ",\"newest\":" + String(region.newest) + "}"
            }
            let pairs: [(String, String)] = [
                ("table", JSONText.quoted(table)), ("rows", String(report.rows)),
                ("sampled", String(report.sampled)),
                ("verdict", JSONText.quoted(report.verdict.rawValue)), ("evidence", "[" + evidence + "]"),
                ("regions", "[" + regions.joined(separator: ",") + "]"),
                ("advice", report.advice.map { JSONText.quoted($0) } ?? "null"),
            ]
            Output.standard.write(object(pairs))
        } else {
            var out =
                "\(table): \(report.rows) row(s), \(report.sampled) judged: \(verdict(report.verdict))\n"
            for line in report.evidence { out += "  \(line)\n" }
            if let advice = report.advice { out += "  advice: \(advice)\n" }
            Output.standard.write(out)
        }
        return report.verdict == .sequential
    }

    private static func verdict(_ verdict: RowKeySample.Verdict) -> String {
        switch verdict {
        case .sequential: return "hot spot"
        case .spread: return "writes are spread"
        case .unknown: return "nothing can be told"
        }
    }
}
