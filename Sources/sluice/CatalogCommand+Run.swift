import Glibc
import SluiceBase
import SluiceCatalog
import SluiceCommandLine
import SluiceEngine

extension CatalogCommand {
    /// What a command needs from its surroundings.
    struct Context {
        /// The catalog's file.
        var home: HomeFolder
        var path: String { home.catalogPath }
        /// Who stands in the history.
        var principal: String
    }

    /// The exit code of `sluice catalog …`.
    static func run(_ parsed: ParsedCommand, _ context: Context) -> Int32 {
        do throws(SQLError) {
            return try perform(parsed, context)
        } catch {
            Output.errors.write(DiagnosticRenderer().render(error, source: nil))
            return error.code.exitCode
        }
    }

    private static func perform(_ parsed: ParsedCommand, _ context: Context) throws(SQLError) -> Int32 {
        let verb = parsed.path.last ?? ""
        switch verb {
        case "create": return try create(parsed, context)
        case "drop": return try drop(parsed, context)
        case "import":
            guard let scripts = ScriptInput.read(parsed.operands) else { return UsageError.exitCode }
            return try runDefinitions(parsed, scripts, context)
        default: return try read(verb, parsed, context)
        }
    }

    private static func printer(_ parsed: ParsedCommand) -> ReportPrinter {
        let form: ReportPrinter.Form = parsed.flag("json") ? .json : (parsed.flag("quiet") ? .quiet : .table)
        return ReportPrinter(form: form, output: .standard)
    }

    // MARK: Reading

    private static func read(
        _ verb: String, _ parsed: ParsedCommand, _ context: Context
    ) throws(SQLError) -> Int32 {
        let printer = printer(parsed)
        if verb == "diff" { return try difference(parsed, context, printer) }
        let tool = try open(context)
        switch verb {
        case "ls":
            let kind = parsed.value("kind").flatMap { CatalogTool.Kind(rawValue: $0) }
            printer.print(try tool.list(kind, within: parsed.operands.first))
        case "show":
            printer.print(try tool.show(parsed.operands))
        case "export":
            let report = try tool.export(redact: parsed.flag("redact"), only: parsed.operands.first)
            printer.print(report, nameColumn: "statement")
        case "log":
            let report = try tool.log(of: parsed.operands.first, limit: parsed.integer("limit"))
            printer.print(report, nameColumn: "object")
        case "verify":
            let report = try tool.verify()
            printer.print(report, nameColumn: "problem")
            return report.rows.isEmpty ? 0 : ErrorCode.catalogFile.exitCode
        case "backup":
            try tool.backup(to: parsed.operands[0])
        default:
            return UsageError.exitCode
        }
        return 0
    }

    private static func difference(
        _ parsed: ParsedCommand, _ context: Context, _ printer: ReportPrinter
    ) throws(SQLError) -> Int32 {
        let first = try CatalogTool.open(parsed.operands[0], forReading: true, principal: context.principal)
        var second = context
        if parsed.operands.count > 1 { second.home.catalogPath = parsed.operands[1] }
        let report = try first.difference(to: try open(second, make: parsed.operands.count == 1))
        printer.print(report)
        return parsed.flag("exit-code") && !report.rows.isEmpty ? 8 : 0
    }

    /// The user's own catalog is made when it is first looked at; another one must be there.
    private static func open(_ context: Context, make: Bool = true) throws(SQLError) -> CatalogTool {
        let isThere = access(context.path, F_OK) == 0
        return try CatalogTool.open(
            context.path, forReading: isThere || !make, principal: context.principal)
    }

    // MARK: Changing

    private static func create(_ parsed: ParsedCommand, _ context: Context) throws(SQLError) -> Int32 {
        let what = parsed.operands[0]
        guard what == "catalog" || what == "database" else {
            guard what.contains(" "), parsed.operands.count == 1 else {
                throw SQLError(
                    .invalidDefinition, "\"\(what)\" can be made by a statement only",
                    hint: "sluice catalog create \"CREATE …\"")
            }
            return try runDefinitions(
                parsed, [ScriptInput(kind: .command, name: "<statement>", text: what)], context)
        }
        guard parsed.operands.count > 1 else {
            throw SQLError(.invalidDefinition, "the name of the \(what) is missing")
        }
        let tool = try CatalogTool.open(context.path, forReading: false, principal: context.principal)
        let name = parsed.operands[1]
        let options = parsed.pairs("option")
        let comment = parsed.value("comment")
        let ifNotExists = parsed.flag("if-not-exists")
        let changed: Bool
        if what == "catalog" {
            changed = try tool.createCatalog(
                name, options: options, comment: comment, ifNotExists: ifNotExists)
        } else {
            changed = try tool.createDatabase(
                name, options: options, comment: comment, ifNotExists: ifNotExists)
        }
        report(changed ? "created" : "kept", what, name, parsed)
        return 0
    }

    private static func drop(_ parsed: ParsedCommand, _ context: Context) throws(SQLError) -> Int32 {
        guard let kind = CatalogTool.Kind(rawValue: parsed.operands[0]) else { return UsageError.exitCode }
        let tool = try CatalogTool.open(context.path, forReading: false, principal: context.principal)
        let name = parsed.operands[1]
        let changed = try tool.drop(
            kind, name, ifExists: parsed.flag("if-exists"), cascade: parsed.flag("cascade"))
        report(changed ? "dropped" : "absent", kind.rawValue, name, parsed)
        return 0
    }

    /// What was done goes to stdout only where a program asked for it.
    private static func report(_ done: String, _ kind: String, _ name: String, _ parsed: ParsedCommand) {
        let rows: [[String?]] = [[done, kind, name]]
        if parsed.flag("json") {
            printer(parsed).print(CatalogReport(columns: ["done", "kind", "name"], rows: rows))
        } else if !parsed.flag("quiet") {
            Output.errors.write("\(done) \(kind) \(name)\n")
        }
    }

    /// Nothing is run unless every statement only changes the catalog.
    private static func runDefinitions(
        _ parsed: ParsedCommand, _ scripts: [ScriptInput], _ context: Context
    ) throws(SQLError) -> Int32 {
        for script in scripts {
            let errors = CatalogTool.complaints(aboutScript: script.text)
            guard let first = errors.first else { continue }
            let source = SourceText(name: script.name, text: script.text)
            Output.errors.write(DiagnosticRenderer().render(errors, source: source))
            return first.code.exitCode
        }
        let code = RunCommand.run(parsed, scripts, mode: .stored, home: context.home)
        if code == 0 { for script in scripts { report("imported", "script", script.name, parsed) } }
        return code
    }
}
