import Glibc
import SluiceBase
import SluiceCatalog
import SluiceEngine
import SluiceJobGraph
import SluiceRuntime

/// The meta commands.
extension Shell {
    func run(_ command: MetaCommand) -> Step {
        switch command.name {
        case "q": return .leave
        case "?": showHelp()
        case "h": statements.output.write(StatementHelp.text(command.argument))
        case "i":
            command.argument.isEmpty ? say("error: \\i needs the name of a file") : include(command.argument)
        case "p": statements.output.write(pending)
        case "r": pending = ""
        case "version": say("sluice \(setup.version)")
        case "conninfo": showConnection()
        case "cd": changeFolder(command.argument)
        case "!": runSystem(command.argument)
        default:
            if !runListing(command) && !runOutput(command) && !runJobs(command) { unknown(command) }
        }
        return .goOn
    }

    private func unknown(_ command: MetaCommand) {
        let shown = PrintableText.of(command.name)
        let near = DidYouMean.nearest("\\" + command.name, in: MetaCommand.all.map { "\\" + $0.name })
        say(
            "error: \"\\\(shown)\" is no command"
                + (near.map { "; did you mean \($0)?" } ?? "; \\? lists them"))
    }

    private func showHelp() {
        let width = MetaCommand.all.reduce(0) { max($0, $1.usage.utf8.count) }
        var text =
            "Statements end with a semicolon and may have several lines. Ctrl-C stops a query or drops the line.\n\n"
        for entry in MetaCommand.all {
            text +=
                "  \(entry.usage)\(String(repeating: " ", count: width - entry.usage.utf8.count + 2))\(entry.meaning)\n"
        }
        statements.output.write(text)
    }

    private func showConnection() {
        let home = session.engine.home
        let current = session.catalog.current
        let rows: [[String?]] = [
            ["catalog file", home.catalogPath], ["home folder", home.path], ["catalog", current.catalog],
            ["database", current.database], ["history", setup.historyPath],
        ]
        statements.show(Listing(columns: ["what", "value"], rows: rows))
    }

    private func changeFolder(_ path: String) {
        if chdir(path.isEmpty ? (getenv("HOME").map { String(cString: $0) } ?? "/") : path) != 0 {
            say("error: \"\(PrintableText.of(path))\": \(String(cString: strerror(errno)))")
        }
    }

    private func runSystem(_ command: String) {
        guard !command.isEmpty else { return say("error: \\! needs a command") }
        var process: pid_t = 0
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The command takes signals itself; the shell's threads block them.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigemptyset(&all)
        sigaddset(&all, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(command), nil]
        defer { for word in words { free(word) } }
        guard posix_spawn(&process, "/bin/sh", nil, &attributes, &words, environ) == 0 else {
            return say("error: the command cannot be started")
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    }

    // MARK: Objects

    private func runListing(_ command: MetaCommand) -> Bool {
        do throws(SQLError) {
            switch command.name {
            case "d" where !command.argument.isEmpty: runOwn("DESCRIBE \(command.argument);")
            case "d": try showRelations { _ in true }
            case "dt": try showRelations { $0.kind == .table }
            case "dv": try showRelations { $0.kind == .view }
            case "df": showFunctions(command.argument)
            case "ddl": try showDefinition(command.argument)
            case "l": try showDatabases()
            case "c": command.argument.isEmpty ? showConnection() : runOwn("USE \(command.argument);")
            default: return false
            }
        } catch {
            statements.show(error, .error, nil)
        }
        return true
    }

    private func showRelations(_ include: (CatalogObject) -> Bool) throws(SQLError) {
        let objects = try session.catalog.objects(.relation, in: session.catalog.current)
        let rows: [[String?]] = objects.filter(include).map { object in
            var connector: String?
            if case .table(let table) = object { connector = table.options["connector"] }
            return [object.name.object, object.kind.rawValue, connector]
        }
        statements.show(Listing(columns: ["name", "kind", "connector"], rows: rows))
    }

    private func showFunctions(_ pattern: String) {
        let quoted = ParameterType.doubled(pattern, "'")
        runOwn(pattern.isEmpty ? "SHOW FUNCTIONS;" : "SHOW FUNCTIONS ILIKE '%\(quoted)%';")
    }

    private func showDefinition(_ name: String) throws(SQLError) {
        guard !name.isEmpty else { return say("error: \\ddl needs a name") }
        let parts = name.split(separator: ".").map(String.init)
        let kind = try session.catalog.requireRelation(parts).kind == .view ? "VIEW" : "TABLE"
        runOwn("SHOW CREATE \(kind) \(name);")
    }

    private func showDatabases() throws(SQLError) {
        let current = session.catalog.current
        var rows: [[String?]] = []
        for catalog in try session.catalog.catalogs() {
            for database in try session.catalog.databases(in: catalog.name) {
                let isCurrent =
                    database.name.catalog == current.catalog && database.name.database == current.database
                rows.append([catalog.name, database.name.database, isCurrent ? "*" : ""])
            }
        }
        statements.show(Listing(columns: ["catalog", "database", "current"], rows: rows))
    }

    // MARK: Output

    private func runOutput(_ command: MetaCommand) -> Bool {
        switch command.name {
        case "timing":
            guard let wanted = flag(command, now: showsTiming) else { return true }
            showsTiming = wanted
            say("timing is \(wanted ? "on" : "off")")
        case "x":
            guard let wanted = flag(command, now: statements.options.render.format == .vertical) else {
                return true
            }
            statements.options.render.format = wanted ? .vertical : (format == .vertical ? .box : format)
            say("expanded display is \(wanted ? "on" : "off")")
        case "mode": changeMode(command.argument)
        case "null":
            if !command.argument.isEmpty {
                let text = command.argument
                let isQuoted = text.count >= 2 && text.first == "'" && text.last == "'"
                statements.options.render.nullText = isQuoted ? String(text.dropFirst().dropLast()) : text
            }
            say("NULL is shown as \"\(statements.options.render.null)\"")
        case "maxrows":
            if let number = Int(command.argument), number >= 0 {
                statements.options.render.maxRows = number == 0 ? nil : number
            } else if !command.argument.isEmpty {
                say("error: \\maxrows needs a whole number")
                return true
            }
            say("results show \(statements.options.render.maxRows.map { "at most \($0)" } ?? "all") rows")
        default: return false
        }
        return true
    }

    private func flag(_ command: MetaCommand, now: Bool) -> Bool? {
        switch command.argument.lowercased() {
        case "": return !now
        case "on": return true
        case "off": return false
        default:
            say("error: \\\(command.name) takes on or off")
            return nil
        }
    }

    private func changeMode(_ word: String) {
        if !word.isEmpty {
            guard let wanted = OutputFormat(rawValue: word.lowercased()) else {
                let names = OutputFormat.allCases.map(\.rawValue)
                let near = DidYouMean.nearest(word, in: names).map { "; did you mean \($0)?" } ?? ""
                return say("error: the formats are \(names.joined(separator: ", "))\(near)")
            }
            format = wanted
            statements.options.render.format = wanted
        }
        say("results are shown as \(statements.options.render.format.rawValue)")
    }

    // MARK: Jobs

    private func runJobs(_ command: MetaCommand) -> Bool {
        switch command.name {
        case "jobs":
            let rows: [[String?]] = jobs.entries.map { entry in
                let metrics = entry.job.metrics
                let rowsIn = ProgressMeter.Snapshot(
                    metrics, entry.job.graph, elapsedNanos: metrics.elapsedMicros * 1000)
                return [
                    String(entry.number), entry.name, Amounts.grouped(rowsIn.rows),
                    Amounts.grouped(metrics.lateRows),
                    Amounts.time(nanos: metrics.elapsedMicros * 1000),
                ]
            }
            statements.show(Listing(columns: ["job", "name", "rows read", "late", "time"], rows: rows))
        case "stop", "kill":
            guard let number = Int(command.argument),
                let entry = jobs.entries.first(where: { $0.number == number })
            else {
                say("error: there is no job \"\(PrintableText.of(command.argument))\"; \\jobs lists them")
                return true
            }
            if command.name == "stop" { entry.job.drain() } else { entry.job.cancel() }
        default: return false
        }
        return true
    }
}
