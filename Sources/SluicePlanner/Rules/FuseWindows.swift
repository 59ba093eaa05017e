import SluiceExpressions
import SluiceJobGraph

/// Lets an aggregation over HOP or CUMULATE assign its windows itself instead of reading a row per window: a late row is counted
/// once, when its last window has fired (W8), and rows are not copied.
struct FuseWindows: OptimizerRule {
    var name: String { "FuseWindows" }

    func apply(_ plan: LogicalPlan) -> LogicalPlan {
        plan.rewriting { node in
            guard case .windowAggregate(let input, let aggregate) = node.kind,
                case .attached(let start, let end) = aggregate.window,
                case .project(let table, let exprs) = input.kind,
                case .windowTable(let source, let window) = table.kind, isFusible(window)
            else { return node }
            return fused(node, aggregate, input, exprs, source, window, [start, end]) ?? node
        }
    }

    private func isFusible(_ node: WindowTableNode) -> Bool {
        guard !node.time.isLTZ && !node.time.isProctime else { return false }
        switch node.window {
        case .hop, .cumulate: return true
        default: return false
        }
    }

    /// nil: something beside the window's bounds reads the window's columns.
    private func fused(
        _ node: LogicalPlan, _ aggregate: WindowAggregateNode, _ input: LogicalPlan, _ exprs: [BoundExpr],
        _ source: LogicalPlan, _ window: WindowTableNode, _ bounds: Set<Int>
    ) -> LogicalPlan? {
        let width = source.fields.count
        var used = Set(aggregate.keys)
        for call in aggregate.aggregates { used.formUnion(call.columns) }
        guard used.isDisjoint(with: bounds) else { return nil }
        let kept = used.sorted()
        guard kept.allSatisfy({ exprs[$0].referencedColumns.allSatisfy { $0 < width } }) else { return nil }
        var places: PruneColumns.Places = [:]
        for (new, old) in kept.enumerated() { places[old] = new }
        var below = kept.map { exprs[$0] }
        below.append(source.column(window.time.column))
        var copy = aggregate
        copy.window = window.window
        copy.time = WindowTime(column: kept.count, isLTZ: false, isProctime: false)
        copy.keys = aggregate.keys.map { places[$0] ?? 0 }
        copy.aggregates = aggregate.aggregates.map { $0.moved(places) }
        let names = kept.map { input.fields[$0].name } + [source.fields[window.time.column].name]
        let projected = source.projecting(below, names: names)
        return LogicalPlan(.windowAggregate(projected, copy), node.fields, span: node.span)
    }
}
