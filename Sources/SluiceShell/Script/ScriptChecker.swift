public import SluiceBase
public import SluiceEngine
public import SluicePlanner
import SluiceSyntax

/// Parses, binds and plans the statements of a script without starting a job.
public final class ScriptChecker {
    public enum PlanForm: String, Sendable, CaseIterable { case tree, json }

    private let session: Session
    private var errors: [SQLError] = []
    private var warnings: [SQLError] = []
    /// Objects whose CREATE failed; that they are missing is no news.
    private var failedObjects: Set<String> = []
    private var keys: [SinkKey] = []
    /// The plans of queries and INSERTs in order, where they are asked for.
    private var plans: [String] = []
    private let form: PlanForm?

    /// `form`: also writes the plans.
    public init(_ session: Session, plans form: PlanForm? = nil) {
        self.session = session
        self.form = form
    }

    /// What was found in a script.
    public struct Findings: Sendable {
        public var errors: [SQLError]
        public var warnings: [SQLError]
        public var plans: [String]
        /// What the INSERTs write as keys, with places in the script.
        public var keys: [SinkKey]
        public var statementCount: Int

        /// The exit code: that of the first error by place.
        public var exitCode: Int32 {
            errors.min { ($0.span?.lower ?? 0) < ($1.span?.lower ?? 0) }?.code.exitCode ?? 0
        }
    }

    public func check(_ script: ScriptText) -> Findings {
        let parsed = Parser.parseScript(script.text)
        errors = parsed.errors
        for statement in parsed.statements { check(statement) }
        return Findings(
            errors: errors, warnings: warnings, plans: plans, keys: keys,
            statementCount: parsed.statements.count)
    }

    private func check(_ statement: ParsedStatement) {
        if statement.statement.asksRunningThings { return }
        do throws(SQLError) {
            let outcome = try session.execute(statement)
            // A run may go on with such a key; a check exists to find it.
            errors += outcome.warnings.filter { $0.code == .nonDeterministicKey }
            warnings += outcome.warnings.filter { $0.code != .nonDeterministicKey }
            switch outcome.result {
            case .query(let job), .insert(let job): add(job)
            case .done, .listing: break
            }
        } catch {
            let located = error.at(statement.span)
            if let name = statement.statement.createdName { failedObjects.insert(name) }
            let isKnown = error.code == .unknownTable && failedObjects.contains { error.message.contains($0) }
            if !isKnown { errors.append(located) }
        }
    }

    private func add(_ job: PlannedJob) {
        keys += job.sinkKeys
        guard let form else { return }
        let writer = ExplainWriter(job: job)
        plans.append(form == .json ? writer.json : writer.plan(details: []))
    }
}

extension Statement {
    /// What is asked of jobs and of clusters has no answer where nothing is started and nothing contacted.
    fileprivate var asksRunningThings: Bool {
        switch self {
        case .show(let show):
            switch show.kind {
            case .jobReport(.metrics, _), .jobReport(.regions, _), .report(.regions, _): return true
            default: return false
            }
        case .describe(let describe):
            if case .job = describe.target { return true }
            return false
        default: return false
        }
    }

    /// The last part of the name of the table or view that the statement makes.
    fileprivate var createdName: String? {
        switch self {
        case .createTable(let create): return create.name.last
        case .createView(let create): return create.name.last
        default: return nil
        }
    }
}
