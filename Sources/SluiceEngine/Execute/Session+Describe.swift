import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceExpressions
import SluicePlanner
import SluiceSyntax

/// DESCRIBE and EXPLAIN.
extension Session {
    func describe(_ describe: Describe, _ span: SourceSpan) throws(SQLError) -> StatementOutcome {
        do throws(SQLError) {
            if case .function(let name) = describe.target, let listing = builtInFunction(name) {
                return StatementOutcome(.listing(listing))
            }
            if let listing = try catalogListing.describe(describe) {
                return StatementOutcome(.listing(listing))
            }
            guard case .job(let id) = describe.target else {
                throw SQLError(.unsupported, "this DESCRIBE is not supported yet")
            }
            return StatementOutcome(.listing(try jobDescription(id)))
        } catch {
            throw error.at(span)
        }
    }

    /// What the engine itself knows of a function by that name.
    private func builtInFunction(_ name: ObjectName) -> Listing? {
        let header = ["info name", "info value"]
        if let builtin = engine.functions.find(name.last) {
            return Listing(
                columns: header,
                rows: [
                    ["is system function", "TRUE"], ["is temporary", "FALSE"], ["name", builtin.name],
                    ["kind", builtin.category.rawValue], ["signature", builtin.signature],
                    ["deterministic", builtin.isDeterministic ? "TRUE" : "FALSE"],
                ])
        }
        if let aggregate = engine.aggregates.find(name.last) {
            return Listing(
                columns: header,
                rows: [
                    ["is system function", "TRUE"], ["is temporary", "FALSE"], ["name", aggregate.name],
                    ["kind", "aggregate"], ["signature", aggregate.signature],
                ])
        }
        return nil
    }

    func explain(_ explain: Explain, _ parsed: ParsedStatement) throws(SQLError) -> StatementOutcome {
        let inserts: [Insert]
        var query: Query?
        switch explain.statement {
        case .query(let inner):
            query = inner
            inserts = []
        case .insert(let insert): inserts = [insert]
        case .statementSet(let list): inserts = list
        default:
            throw SQLError(
                .unsupported, "only queries, INSERT and statement sets can be explained", span: parsed.span)
        }
        if case .stage(.ast) = explain.kind {
            return StatementOutcome(.listing(.text("result", SQLPrinter.text(explain.statement))))
        }
        let job: PlannedJob
        if let query { job = try planner().plan(query) } else { job = try planner().plan(inserts) }
        let writer = ExplainWriter(job: job)
        let text: String
        switch explain.kind {
        case .plan(let details):
            text =
                details.contains(.jsonExecutionPlan)
                ? writer.json : writer.plan(details: details.map(\.rawValue))
        case .stage(.logical): text = writer.logical
        case .stage(.optimized): text = writer.optimized
        case .stage: text = writer.json
        case .analyze:
            throw SQLError(.unsupported, "EXPLAIN ANALYZE is not supported yet", span: parsed.span)
        }
        return StatementOutcome(.listing(.text("result", text)), warnings: job.warnings)
    }
}
