public import SluiceBase
import SluiceCatalog
import SluicePlanner
public import SluiceSyntax

/// An INSERT of an open statement set.
struct PendingInsert {
    var insert: Insert
}

extension Session {
    /// Carries a statement out, up to the point where a job would start.
    public func execute(_ parsed: ParsedStatement) throws(SQLError) -> StatementOutcome {
        if let pending = openStatementSet { return try collect(parsed, pending) }
        switch parsed.statement {
        case .query(let query):
            let job = try planner().plan(query)
            return StatementOutcome(.query(job), warnings: job.warnings)
        case .insert(let insert): return try planned([insert])
        case .statementSet(let inserts): return try planned(inserts)
        case .beginStatementSet:
            openStatementSet = []
            return StatementOutcome(.done)
        case .endStatementSet:
            throw SQLError(.syntax, "END without BEGIN STATEMENT SET", span: parsed.span)
        case .execute(let inner):
            var copy = parsed
            copy.statement = inner
            return try execute(copy)
        default: return try executeOther(parsed)
        }
    }

    private func planned(_ inserts: [Insert]) throws(SQLError) -> StatementOutcome {
        let job = try planner().plan(inserts)
        return StatementOutcome(.insert(job), warnings: job.warnings)
    }

    private func collect(_ parsed: ParsedStatement, _ pending: [PendingInsert]) throws(SQLError)
        -> StatementOutcome
    {
        switch parsed.statement {
        case .insert(let insert), .execute(.insert(let insert)):
            openStatementSet = pending + [PendingInsert(insert: insert)]
            return StatementOutcome(.done)
        case .endStatementSet:
            openStatementSet = nil
            guard !pending.isEmpty else {
                return StatementOutcome(.done, notices: ["the statement set is empty"])
            }
            return try planned(pending.map(\.insert))
        default:
            openStatementSet = nil
            throw SQLError(
                .syntax, "only INSERT can stand in a statement set", span: parsed.span,
                hint: "end the set with END;")
        }
    }

    private func executeOther(_ parsed: ParsedStatement) throws(SQLError) -> StatementOutcome {
        switch parsed.statement {
        case .set(let option): return try set(option)
        case .reset(let key):
            settings.reset(key)
            return StatementOutcome(.done)
        case .use(let use): return try self.use(use, parsed.span)
        case .explain(let explain): return try self.explain(explain, parsed)
        case .createTable, .createView, .createCatalog, .createDatabase, .createFunction, .createModel,
            .createMaterializedTable:
            return try create(parsed)
        case .alterTable, .alterView, .alterCatalog, .alterDatabase, .alterFunction, .alterModel,
            .alterMaterializedTable, .drop:
            return try change(parsed)
        case .describe(let describe): return try self.describe(describe, parsed.span)
        case .show(let show): return try self.show(show, parsed.span)
        default: return try executeRest(parsed)
        }
    }

    /// Statements that are accepted without effect, and those that cannot run.
    private func executeRest(_ parsed: ParsedStatement) throws(SQLError) -> StatementOutcome {
        func refused(_ what: String) -> SQLError {
            SQLError(.unsupported, "\(what) is not supported yet", span: parsed.span)
        }
        switch parsed.statement {
        case .addJar(let path), .removeJar(let path):
            return StatementOutcome(.done, notices: ["'\(path)' is left alone: sluice runs no jars"])
        case .analyzeTable: return StatementOutcome(.done, notices: ["ANALYZE TABLE has no effect"])
        case .update: throw refused("UPDATE")
        case .delete: throw refused("DELETE")
        case .truncate: throw refused("TRUNCATE TABLE")
        case .compilePlan: throw refused("COMPILE PLAN")
        case .executePlan: throw refused("EXECUTE PLAN")
        case .loadModule, .unloadModule: throw refused("LOAD and UNLOAD MODULE")
        case .call: throw refused("CALL")
        case .stopJob: throw refused("STOP JOB")
        default: throw refused("this statement")
        }
    }

    // MARK: SET and USE

    private func set(_ option: SetOption) throws(SQLError) -> StatementOutcome {
        switch option {
        case .list:
            let rows = settings.entries.map {
                [$0.key, Redaction().shown($0.value, of: $0.key), $0.origin.rawValue]
            }
            return StatementOutcome(.listing(Listing(columns: ["key", "value", "origin"], rows: rows)))
        case .assign(let pair):
            do {
                let warning = try settings.set(pair.key, pair.value, .statement)
                return StatementOutcome(.done, warnings: warning.map { [$0.at(pair.keySpan)] } ?? [])
            } catch {
                throw error.at(pair.valueSpan)
            }
        }
    }

    private func use(_ use: Use, _ span: SourceSpan) throws(SQLError) -> StatementOutcome {
        do throws(SQLError) {
            switch use {
            case .catalog(let name): try catalog.useCatalog(name.name)
            case .database(let name): try catalog.use(name.names)
            case .modules(let names):
                if let other = names.first(where: { $0.name != "core" }) {
                    throw SQLError(
                        .unsupported, "module \"\(other.name)\" does not exist",
                        hint: "the only module is core")
                }
            }
        } catch {
            throw error.at(span)
        }
        return StatementOutcome(.done)
    }
}
