import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph

/// Takes away columns that nothing above reads, down to what a source has to decode.
///
/// In a statement set the uses of one table are pruned to the union of what they need, so that they stay equal and
/// share one scan: `collect` first, then `prune`.
struct PruneColumns {
    /// Columns needed of each table, by its key, over all statements.
    private var needs: [String: Set<Int>] = [:]
    private var isCollecting = false

    /// Old column to new one.
    typealias Places = [Int: Int]

    /// Notes what `plan` needs of its tables.
    mutating func collect(_ plan: LogicalPlan) {
        isCollecting = true
        _ = prune(plan, Set(plan.fields.indices))
        isCollecting = false
    }

    /// The same rows and columns from less.
    mutating func prune(_ plan: LogicalPlan) -> LogicalPlan {
        let (pruned, places) = prune(plan, Set(plan.fields.indices))
        let order = plan.fields.indices.map { places[$0] ?? 0 }
        if order == Array(pruned.fields.indices) { return pruned.withFields(plan.fields) }
        let exprs = order.enumerated().map { BoundExpr.column($0.element, plan.fields[$0.offset].type) }
        return LogicalPlan(.project(pruned, exprs), plan.fields, span: plan.span)
    }

    private mutating func prune(_ plan: LogicalPlan, _ needed: Set<Int>) -> (LogicalPlan, Places) {
        switch plan.kind {
        case .scan(let scan): return prune(scan, plan, needed)
        case .table(let input, let key): return prune(table: input, key, plan, needed)
        case .values: return (plan, identity(plan))
        case .project(let input, let exprs): return prune(project: input, exprs, plan, needed)
        case .filter(let input, let predicate):
            let (below, places) = prune(input, needed.union(predicate.referencedColumns))
            return (rebuilt(plan, below, places, .filter(below, predicate.moved(places))), places)
        case .watermark(let input, let column, let expr):
            let (below, places) = prune(input, needed.union(expr.referencedColumns).union([column]))
            let kind = LogicalPlan.Kind.watermark(below, column: places[column] ?? 0, expr.moved(places))
            return (rebuilt(plan, below, places, kind), places)
        case .sort(let input, var node):
            let (below, places) = prune(input, needed.union(node.keys.map(\.column)))
            node.keys = node.keys.moved(places)
            return (rebuilt(plan, below, places, .sort(below, node)), places)
        case .limit(let input, let offset, let count):
            let (below, places) = prune(input, needed)
            return (rebuilt(plan, below, places, .limit(below, offset: offset, count: count)), places)
        case .union(let inputs): return prune(union: inputs, plan, needed)
        case .expand(let input, let lists): return prune(expand: input, lists, plan, needed)
        default: return pruneWide(plan, needed)
        }
    }

    private mutating func pruneWide(_ plan: LogicalPlan, _ needed: Set<Int>) -> (LogicalPlan, Places) {
        switch plan.kind {
        case .windowTable(let input, let node): return prune(windowTable: input, node, plan, needed)
        case .aggregate(let input, let node): return prune(aggregate: input, node, plan, needed)
        case .windowAggregate(let input, let node): return prune(window: input, node, plan)
        case .join(let left, let right, let node): return prune(join: left, right, node, plan, needed)
        case .lookupJoin(let input, let node): return prune(lookup: input, node, plan, needed)
        case .unnest(let input, let node): return prune(unnest: input, node, plan, needed)
        case .topN(let input, var node):
            let own = Set(node.partition + node.keys.map(\.column))
            let (below, places) = prune(input, needed.filter { $0 < input.fields.count }.union(own))
            node.partition = node.partition.map { places[$0] ?? 0 }
            node.keys = node.keys.moved(places)
            var all = places
            var fields = below.fields
            if node.outputsRank && !needed.contains(input.fields.count) {
                // Without the rank numbers fewer updates flow.
                node.outputsRank = false
            } else if node.outputsRank {
                all[input.fields.count] = fields.count
                fields.append(plan.fields[input.fields.count])
            }
            return (LogicalPlan(.topN(below, node), fields, span: plan.span), all)
        case .over(let input, let node): return prune(over: input, node, plan, needed)
        default: return (plan, identity(plan))
        }
    }

    /// Every call stays: they share one sort.
    private mutating func prune(
        over input: LogicalPlan, _ node: OverNode, _ plan: LogicalPlan, _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        let width = input.fields.count
        var used = needed.filter { $0 < width }.union(node.partition + node.keys.map(\.column))
        for call in node.calls { used.formUnion(call.columns) }
        let (below, inner) = prune(input, used)
        var copy = node
        copy.partition = node.partition.map { inner[$0] ?? 0 }
        copy.keys = node.keys.moved(inner)
        copy.calls = node.calls.map { $0.moved(inner) }
        return appending(plan, width, below, inner, .over(below, copy))
    }

    private func identity(_ plan: LogicalPlan) -> Places {
        Places(uniqueKeysWithValues: plan.fields.indices.map { ($0, $0) })
    }

    /// A node that passes its input's columns on: its own fields, in their new places.
    private func rebuilt(
        _ plan: LogicalPlan, _ below: LogicalPlan, _ places: Places, _ kind: LogicalPlan.Kind
    ) -> LogicalPlan {
        var fields = below.fields
        for (old, new) in places where old < plan.fields.count { fields[new] = plan.fields[old] }
        return LogicalPlan(kind, fields, span: plan.span)
    }

    // MARK: Leaves

    private func prune(
        _ scan: LogicalPlan.Scan, _ plan: LogicalPlan, _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        // Rows must be counted even if no column is read.
        let kept = needed.isEmpty ? [0] : needed.sorted()
        guard kept.allSatisfy({ $0 < plan.fields.count }) else { return (plan, identity(plan)) }
        var copy = scan
        copy.projection = kept.map { scan.projection[$0] }
        let places = Places(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
        return (LogicalPlan(.scan(copy), kept.map { plan.fields[$0] }, span: plan.span), places)
    }

    private mutating func prune(
        table input: LogicalPlan, _ key: String, _ plan: LogicalPlan, _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        if isCollecting { needs[key, default: []].formUnion(needed) }
        let all = needed.union(needs[key] ?? []).filter { $0 < plan.fields.count }
        let (below, places) = prune(input, all)
        return (LogicalPlan(.table(below, key: key), below.fields, span: plan.span), places)
    }

    private mutating func prune(
        project input: LogicalPlan, _ exprs: [BoundExpr], _ plan: LogicalPlan, _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        let kept = needed.sorted()
        let used = kept.reduce(into: Set<Int>()) { $0.formUnion(exprs[$1].referencedColumns) }
        let (below, inner) = prune(input, used)
        let places = Places(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
        let kind = LogicalPlan.Kind.project(below, kept.map { exprs[$0].moved(inner) })
        return (LogicalPlan(kind, kept.map { plan.fields[$0] }, span: plan.span), places)
    }

    private mutating func prune(
        union inputs: [LogicalPlan], _ plan: LogicalPlan, _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        let kept = needed.isEmpty ? [0] : needed.sorted()
        var branches: [LogicalPlan] = []
        for input in inputs {
            let (below, places) = prune(input, Set(kept))
            let exprs = kept.map { BoundExpr.column(places[$0] ?? 0, input.fields[$0].type) }
            let fields = kept.map { input.fields[$0] }
            if exprs == below.identityExprs {
                branches.append(below)
            } else {
                branches.append(LogicalPlan(.project(below, exprs), fields, span: input.span))
            }
        }
        let places = Places(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
        return (LogicalPlan(.union(branches), kept.map { plan.fields[$0] }, span: plan.span), places)
    }

    private mutating func prune(
        expand input: LogicalPlan, _ lists: [[BoundExpr]], _ plan: LogicalPlan, _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        let kept = needed.isEmpty ? [0] : needed.sorted()
        var used: Set<Int> = []
        for list in lists { for column in kept { used.formUnion(list[column].referencedColumns) } }
        let (below, inner) = prune(input, used)
        let moved = lists.map { list in kept.map { list[$0].moved(inner) } }
        let places = Places(uniqueKeysWithValues: kept.enumerated().map { ($0.element, $0.offset) })
        return (LogicalPlan(.expand(below, moved), kept.map { plan.fields[$0] }, span: plan.span), places)
    }

    // MARK: Nodes that add columns behind their input's

    private mutating func prune(
        windowTable input: LogicalPlan, _ node: WindowTableNode, _ plan: LogicalPlan, _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        let width = input.fields.count
        var used = needed.filter { $0 < width }.union(node.partition)
        if !node.time.isProctime { used.insert(node.time.column) }
        let (below, inner) = prune(input, used)
        var copy = node
        copy.time.column = inner[node.time.column] ?? 0
        copy.partition = node.partition.map { inner[$0] ?? 0 }
        return appending(plan, width, below, inner, .windowTable(below, copy))
    }

    private mutating func prune(
        unnest input: LogicalPlan, _ node: UnnestNode, _ plan: LogicalPlan, _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        let width = input.fields.count
        let used = needed.filter { $0 < width }.union(node.collection.referencedColumns)
        let (below, inner) = prune(input, used)
        var copy = node
        copy.collection = node.collection.moved(inner)
        return appending(plan, width, below, inner, .unnest(below, copy))
    }

    /// Places and fields of a node whose output is its input's columns and then its own.
    private func appending(
        _ plan: LogicalPlan, _ width: Int, _ below: LogicalPlan, _ inner: Places, _ kind: LogicalPlan.Kind
    ) -> (LogicalPlan, Places) {
        var places = inner
        var fields = below.fields
        for (old, new) in inner where old < width { fields[new] = plan.fields[old] }
        for column in width..<plan.fields.count {
            places[column] = fields.count
            fields.append(plan.fields[column])
        }
        return (LogicalPlan(kind, fields, span: plan.span), places)
    }

    // MARK: Aggregations

    private mutating func prune(
        aggregate input: LogicalPlan, _ node: LogicalPlan.Aggregate, _ plan: LogicalPlan, _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        let keyCount = node.keys.count
        let calls = node.calls.indices.filter { needed.contains(keyCount + $0) }
        let used = calls.reduce(into: Set(node.keys)) { $0.formUnion(node.calls[$1].columns) }
        let (below, inner) = prune(input, used)
        let copy = LogicalPlan.Aggregate(
            keys: node.keys.map { inner[$0] ?? 0 }, calls: calls.map { node.calls[$0].moved(inner) })
        var places = Places(uniqueKeysWithValues: (0..<keyCount).map { ($0, $0) })
        for (index, call) in calls.enumerated() { places[keyCount + call] = keyCount + index }
        let fields = plan.fields.prefix(keyCount) + calls.map { plan.fields[keyCount + $0] }
        return (LogicalPlan(.aggregate(below, copy), Array(fields), span: plan.span), places)
    }

    private mutating func prune(
        window input: LogicalPlan, _ node: WindowAggregateNode, _ plan: LogicalPlan
    ) -> (LogicalPlan, Places) {
        var used = Set(node.keys)
        for call in node.aggregates { used.formUnion(call.columns) }
        if !node.time.isProctime { used.insert(node.time.column) }
        if case .attached(let start, let end) = node.window { used.formUnion([start, end]) }
        let (below, inner) = prune(input, used)
        var copy = node
        copy.keys = node.keys.map { inner[$0] ?? 0 }
        copy.aggregates = node.aggregates.map { $0.moved(inner) }
        copy.time.column = inner[node.time.column] ?? 0
        if case .attached(let start, let end) = node.window {
            copy.window = .attached(start: inner[start] ?? 0, end: inner[end] ?? 0)
        }
        return (LogicalPlan(.windowAggregate(below, copy), plan.fields, span: plan.span), identity(plan))
    }

    // MARK: Joins

    private mutating func prune(
        join left: LogicalPlan, _ right: LogicalPlan, _ node: LogicalPlan.Join, _ plan: LogicalPlan,
        _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        let width = left.fields.count
        let used = needed.union(node.condition?.referencedColumns ?? [])
        let (newLeft, leftPlaces) = prune(left, used.filter { $0 < width })
        let (newRight, rightPlaces) = prune(right, Set(used.filter { $0 >= width }.map { $0 - width }))
        var places = leftPlaces
        for (old, new) in rightPlaces { places[old + width] = new + newLeft.fields.count }
        var copy = node
        copy.condition = node.condition?.moved(places)
        let isHalf = node.type == .semi || node.type == .anti || node.type == .nullAwareAnti
        var fields = newLeft.fields + (isHalf ? [] : newRight.fields)
        for (old, new) in places where old < plan.fields.count && new < fields.count {
            fields[new] = plan.fields[old]
        }
        // Columns of the right side that do not come out have no place above.
        return (
            LogicalPlan(.join(newLeft, newRight, copy), fields, span: plan.span),
            isHalf ? leftPlaces : places
        )
    }

    private mutating func prune(
        lookup input: LogicalPlan, _ node: LookupJoinNode, _ plan: LogicalPlan, _ needed: Set<Int>
    ) -> (LogicalPlan, Places) {
        let width = input.fields.count
        let used = needed.union(node.condition?.referencedColumns ?? [])
        let keyColumns = node.keys.reduce(into: Set<Int>()) { $0.formUnion($1.referencedColumns) }
        let (below, inner) = prune(input, used.filter { $0 < width }.union(keyColumns))
        var kept = used.filter { $0 >= width }.map { $0 - width }.sorted()
        if kept.isEmpty { kept = [node.request.projection.firstIndex(of: node.request.keys[0]) ?? 0] }
        var copy = node
        copy.keys = node.keys.map { $0.moved(inner) }
        copy.request.projection = kept.map { node.request.projection[$0] }
        var places = inner
        var fields = below.fields
        for (old, new) in inner where old < width { fields[new] = plan.fields[old] }
        for column in kept {
            places[width + column] = fields.count
            fields.append(plan.fields[width + column])
        }
        copy.condition = node.condition?.moved(places)
        return (LogicalPlan(.lookupJoin(below, copy), fields, span: plan.span), places)
    }
}

extension BoundExpr {
    func moved(_ places: PruneColumns.Places) -> BoundExpr { remappingColumns { places[$0] ?? 0 } }
}

extension [SortKey] {
    func moved(_ places: PruneColumns.Places) -> [SortKey] {
        map { key in
            var copy = key
            copy.column = places[key.column] ?? 0
            return copy
        }
    }
}

extension AggregateCall {
    /// Every input column that the call reads.
    var columns: [Int] { arguments + (filter.map { [$0] } ?? []) + order.map(\.column) }

    func moved(_ places: PruneColumns.Places) -> AggregateCall {
        var copy = self
        copy.arguments = arguments.map { places[$0] ?? 0 }
        copy.filter = filter.map { places[$0] ?? 0 }
        copy.order = order.moved(places)
        return copy
    }
}

extension OverCall {
    fileprivate var columns: [Int] {
        switch function {
        case .aggregate(let call): return Array(call.columns)
        case .neighbour(let column, _, let fallback): return [column] + [fallback].compactMap { $0 }
        default: return []
        }
    }

    fileprivate func moved(_ places: PruneColumns.Places) -> OverCall {
        var copy = self
        switch function {
        case .aggregate(let call): copy.function = .aggregate(call.moved(places))
        case .neighbour(let column, let distance, let fallback):
            copy.function = .neighbour(
                column: places[column] ?? 0, distance: distance, fallback: fallback.map { places[$0] ?? 0 })
        default: break
        }
        return copy
    }
}
