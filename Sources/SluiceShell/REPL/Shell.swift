import Glibc
import SluiceBase
import SluiceCatalog
public import SluiceEngine
import SluiceJobGraph
import SluicePlanner
import SluiceRuntime
import SluiceSyntax

/// The interactive shell: reads statements and meta commands, runs them, shows what comes of them.
public final class Shell {
    /// What the shell is told by its surroundings.
    public struct Setup: Sendable {
        public var version: String
        public var historyPath: String
        /// Scripts of SET and DDL that run first.
        public var initial: [ScriptText]
        public var options: RunOptions

        public init(version: String, historyPath: String, initial: [ScriptText], options: RunOptions) {
            self.version = version
            self.historyPath = historyPath
            self.initial = initial
            self.options = options
        }
    }

    enum Step { case goOn, leave }

    let session: Session
    let statements: StatementRunner
    let jobs = BackgroundJobs()
    let setup: Setup
    private let control: RunControl
    private var history: ShellHistory
    /// The lines of a statement that is not complete yet.
    var pending = ""
    var showsTiming = false
    /// The format that `\mode` chose; `\x` puts `vertical` over it.
    var format: OutputFormat
    private var wasWarnedOfJobs = false
    private var includeDepth = 0

    public init(_ session: Session, _ setup: Setup, output: OutputStream, errors: OutputStream) {
        self.session = session
        self.setup = setup
        control = RunControl()
        history = ShellHistory(path: setup.historyPath)
        format = setup.options.render.format
        statements = StatementRunner(session, setup.options, output: output, errors: errors, control: control)
    }

    /// Runs until the user leaves; the exit code.
    public func run() -> Int32 {
        guard let signals = ShellSignals(control) else {
            say("error: the system gives no pipe for the shell")
            return 1
        }
        statements.onBackground = { [unowned self] runner, job in
            let number = self.session.jobs.number(of: runner) ?? 0
            self.jobs.add(runner, number: number, name: job.graph.config.name)
            self.say(
                "job \(number) (\(PrintableText.of(job.graph.config.name))) has started; \\jobs lists jobs")
        }
        let editor = LineEditor(signals: signals)
        editor.complete = { [unowned self] line, range in
            ShellCompletion(session: self.session, pending: self.pending).candidates(line, range)
        }
        for entry in history.load() { editor.addHistory(entry) }
        say(
            "sluice \(setup.version), catalog \(PrintableText.of(session.engine.home.catalogPath)), \\? for help"
        )
        for script in setup.initial { _ = runScript(script, isInit: true) }
        let code = loop(editor, signals)
        jobs.stopAll()
        return code
    }

    private func loop(_ editor: LineEditor, _ signals: ShellSignals) -> Int32 {
        while true {
            for entry in jobs.takeEnded() { say(BackgroundJobs.message(entry)) }
            if statements.output.isClosed { return 141 }
            signals.forgetInterrupts()
            let event = editor.read(prompt: prompt, ticks: !jobs.isEmpty) { [unowned self] in
                let ended = self.jobs.takeEnded()
                return ended.isEmpty ? nil : ended.map { BackgroundJobs.message($0) + "\n" }.joined()
            }
            switch event {
            case .tick: break
            case .interrupted: pending = ""
            case .terminated(let number): return 128 + number
            case .endOfInput:
                if mayLeave() { return 0 }
            case .line(let line):
                if take(line, editor) == .leave && mayLeave() { return 0 }
            }
        }
    }

    private var prompt: String {
        let first = ShellPrompt.first(
            session.catalog.current, jobs: jobs.count, isUnicode: setup.options.render.isUnicode)
        guard !pending.isEmpty, let opening = StatementSplitter(pending).opening else { return first }
        return ShellPrompt.next(opening, width: DisplayWidth.of(first))
    }

    /// Jobs of this shell end with it, so the first attempt to leave is only answered.
    private func mayLeave() -> Bool {
        if jobs.isEmpty || wasWarnedOfJobs { return true }
        wasWarnedOfJobs = true
        say(
            "\(jobs.count) \(jobs.count == 1 ? "job runs" : "jobs run") in this shell; leave again to stop and go"
        )
        return false
    }

    // MARK: Lines

    private func take(_ line: String, _ editor: LineEditor) -> Step {
        let words = Self.trimmed(line)
        if pending.isEmpty {
            if words.isEmpty { return .goOn }
            if let command = MetaCommand(words) {
                remember(line, editor)
                return run(command)
            }
        } else if words.hasPrefix("\\"), isInStatement, let command = MetaCommand(words) {
            return run(command)
        }
        pending += line + "\n"
        let splitter = StatementSplitter(pending)
        guard splitter.isComplete else { return .goOn }
        let text = pending
        pending = ""
        guard !splitter.pieces.isEmpty else { return .goOn }
        remember(Self.withoutLineEnd(text), editor)
        wasWarnedOfJobs = false
        let start = SystemClock().monotonicNanos()
        _ = runScript(ScriptText(name: "<shell>", text: text), isInit: false)
        if showsTiming { say("time: \(Amounts.time(nanos: SystemClock().monotonicNanos() - start))") }
        return .goOn
    }

    /// Not within a string or comment.
    private var isInStatement: Bool {
        switch StatementSplitter(pending).opening {
        case .string, .identifier, .comment: return false
        default: return true
        }
    }

    private func remember(_ text: String, _ editor: LineEditor) {
        if let entry = history.add(text) { editor.addHistory(entry) }
    }

    // MARK: Scripts

    /// Runs statements up to the first that fails and says how many were left out; true if all ran.
    func runScript(_ script: ScriptText, isInit: Bool) -> Bool {
        let parsed = Parser.parseScript(script.text)
        let firstError = parsed.errors.first
        let total = parsed.statements.count + parsed.errors.count
        var done = 0
        for statement in parsed.statements {
            if let place = firstError?.span, place.lower < statement.span.lower { break }
            if isInit && !statement.statement.isAllowedInInit {
                statements.show(
                    SQLError(
                        .refusedByPolicy, "an init file holds SET and DDL statements only",
                        span: statement.span),
                    .error, script)
                return false
            }
            guard statements.run(statement, script) == 0 else {
                tellSkipped(total - done - 1)
                return false
            }
            done += 1
        }
        guard let firstError else { return true }
        statements.show(firstError, .error, script)
        tellSkipped(total - done - 1)
        return false
    }

    private func tellSkipped(_ count: Int) {
        if count > 0 { say("\(count) more \(count == 1 ? "statement was" : "statements were") not run") }
    }

    /// `\i FILE`.
    func include(_ path: String) {
        guard includeDepth < 16 else { return say("error: files include each other too deeply") }
        let text: String
        do throws(DiskError) { text = try TextFile.read(path, on: session.engine.disk) } catch {
            return say("error: \"\(PrintableText.of(path))\" cannot be read: \(error.reason)")
        }
        includeDepth += 1
        defer { includeDepth -= 1 }
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        do throws(ScriptError) {
            let values = ParameterValues(environment: HomeFolder.processEnvironment, commandLine: [])
            let read = try ScriptReader.read(
                name: path, text: text, folder: folder, on: session.engine.disk, values: values,
                isStrict: true)
            _ = runScript(read.script, isInit: false)
        } catch {
            statements.errors.write(statements.renderer.render(error.error, source: error.source))
        }
    }

    /// Runs one statement of the shell's own.
    func runOwn(_ text: String) {
        _ = runScript(ScriptText(name: "<shell>", text: text), isInit: false)
    }

    func say(_ text: String) { statements.errors.write(text + "\n") }

    static func trimmed(_ text: String) -> String {
        var out = Substring(text).drop { $0.isWhitespace }
        while let last = out.last, last.isWhitespace { out = out.dropLast() }
        return String(out)
    }

    private static func withoutLineEnd(_ text: String) -> String {
        var out = Substring(text)
        while let last = out.last, last.isNewline { out = out.dropLast() }
        return String(out)
    }
}
