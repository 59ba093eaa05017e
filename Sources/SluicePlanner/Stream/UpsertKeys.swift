import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph

/// Which columns tell the rows of a changing table apart: an update keeps their values, and at any moment no two rows
/// have the same. What is not known to be a key is none.
struct UpsertKeys {
    let functions: FunctionRegistry

    func keys(of plan: LogicalPlan) -> [Set<Int>] {
        switch plan.kind {
        case .scan(let scan): return keys(of: scan)
        case .table(let input, _), .filter(let input, _), .watermark(let input, _, _), .sort(let input, _),
            .limit(let input, _, _), .over(let input, _):
            return keys(of: input)
        case .project(let input, let exprs): return projected(keys(of: input), exprs)
        case .aggregate(_, let node): return [Set(node.keys.indices)]
        case .join(let left, let right, let node): return joined(left, right, node)
        case .lookupJoin(let input, let node):
            let isByKey = node.request.match == .equal && Set(node.request.keys) == Set(node.table.primaryKey)
            return isByKey || hasRowKey(node) ? keys(of: input) : []
        case .topN(let input, let node): return ranked(input, node)
        case .values, .windowTable, .windowAggregate, .expand, .unnest, .union: return []
        }
    }

    private func keys(of scan: LogicalPlan.Scan) -> [Set<Int>] {
        var positions: Set<Int> = []
        for column in scan.table.primaryKey {
            guard let at = scan.projection.firstIndex(of: column) else { return [] }
            positions.insert(at)
        }
        return positions.isEmpty ? [] : [positions]
    }

    /// A table with a row key that is not declared as one has rows by it all the same.
    private func hasRowKey(_ node: LookupJoinNode) -> Bool {
        node.request.match == .equal && node.connector == "hbase"
    }

    private func projected(_ keys: [Set<Int>], _ exprs: [BoundExpr]) -> [Set<Int>] {
        var places: [Int: Int] = [:]
        for (position, expr) in exprs.enumerated() {
            var inner = expr
            while case .cast(let below, .implicit) = inner.kind { inner = below }
            if case .column(let index) = inner.kind, places[index] == nil { places[index] = position }
        }
        return keys.compactMap { key in
            let moved = key.compactMap { places[$0] }
            return moved.count == key.count ? Set(moved) : nil
        }
    }

    private func ranked(_ input: LogicalPlan, _ node: TopNNode) -> [Set<Int>] {
        var found = keys(of: input)
        if node.start == node.end { found.append(Set(node.partition)) }
        if node.outputsRank { found.append(Set(node.partition + [input.fields.count])) }
        return found
    }

    private func joined(
        _ left: LogicalPlan, _ right: LogicalPlan, _ node: LogicalPlan.Join
    ) -> [Set<Int>] {
        let leftKeys = keys(of: left)
        switch node.type {
        case .semi, .anti, .nullAwareAnti: return leftKeys
        case .inner, .left, .right, .full: break
        }
        let width = left.fields.count
        let equal = JoinKeys(node.condition, left, right, functions)
        let (leftEqual, rightEqual) = (Set(equal.leftKeys), Set(equal.rightKeys))
        let rightKeys = keys(of: right)
        let moved = rightKeys.map { Set($0.map { $0 + width }) }
        var found: [Set<Int>] = []
        // At most one row of the other side meets each.
        if node.type == .inner || node.type == .left,
            rightKeys.contains(where: { $0.isSubset(of: rightEqual) })
        {
            found += leftKeys
        }
        if node.type == .inner || node.type == .right,
            leftKeys.contains(where: { $0.isSubset(of: leftEqual) })
        {
            found += moved
        }
        for key in leftKeys { for other in moved { found.append(key.union(other)) } }
        return found
    }

    // MARK: Updates that end half-way

    /// True: of an update only the -U may come out, because its new row falls through a condition or finds no partner.
    /// Then -U says that the row is gone and must not be dropped.
    func losesUpdates(_ plan: LogicalPlan, _ inference: ChangelogInference) -> Bool {
        switch plan.kind {
        case .filter(let input, let predicate):
            return losesUpdates(input, inference)
                || (isUpdated(input, inference) && !isOfKey(columns(of: predicate), input))
        case .join(let left, let right, let node):
            let equal = JoinKeys(node.condition, left, right, functions)
            let sides = [(left, equal.leftKeys), (right, equal.rightKeys)]
            return sides.contains { side, keys in
                if losesUpdates(side, inference) { return true }
                return isUpdated(side, inference) && (equal.rest != nil || !isOfKey(Set(keys), side))
            }
        case .lookupJoin(let input, let node):
            if losesUpdates(input, inference) { return true }
            let keys = node.keys.reduce(Set<Int>()) { $0.union(columns(of: $1)) }
            let isSteady = node.isLeft || (node.condition == nil && isOfKey(keys, input))
            return isUpdated(input, inference) && !isSteady
        case .unnest(let input, _), .expand(let input, _):
            return losesUpdates(input, inference) || isUpdated(input, inference)
        case .project(let input, _), .table(let input, _), .watermark(let input, _, _),
            .windowTable(let input, _), .over(let input, _):
            return losesUpdates(input, inference)
        case .union(let inputs): return inputs.contains { losesUpdates($0, inference) }
        case .scan, .values, .aggregate, .windowAggregate, .sort, .limit, .topN: return false
        }
    }

    private func isUpdated(_ plan: LogicalPlan, _ inference: ChangelogInference) -> Bool {
        inference.kinds(of: plan).contains(.updateBefore)
    }

    private func columns(of expr: BoundExpr) -> Set<Int> {
        var found: Set<Int> = []
        expr.visit { part in if case .column(let index) = part.kind { found.insert(index) } }
        return found
    }

    /// An update never changes these columns.
    private func isOfKey(_ columns: Set<Int>, _ plan: LogicalPlan) -> Bool {
        keys(of: plan).contains { columns.isSubset(of: $0) }
    }

    // MARK: Sinks

    /// True: the columns at `positions` are made of one key of the rows, of all of it and of nothing else, so that an
    /// update never changes them. Where rows are deleted, no two rows may have the same values in them either: one of them
    /// would take the other along.
    func areKey(_ positions: [Int], of plan: LogicalPlan, hasDeletes: Bool) -> Bool {
        var exprs = positions.map { plan.column($0) }
        var below = plan
        while true {
            switch below.kind {
            case .project(let input, let inner):
                exprs = exprs.map {
                    $0.rewriting { part in
                        if case .column(let index) = part.kind, inner.indices.contains(index) {
                            return inner[index]
                        }
                        return part
                    }
                }
                below = input
            case .table(let input, _), .filter(let input, _), .watermark(let input, _, _):
                below = input
            default:
                let used = exprs.reduce(Set<Int>()) { $0.union(columns(of: $1)) }
                guard keys(of: below).contains(used) else { return false }
                return !hasDeletes || exprs.allSatisfy { columns(of: $0).isEmpty || tellsApart($0) }
            }
        }
    }

    /// Values of the expression differ where those of its column do.
    private func tellsApart(_ expr: BoundExpr) -> Bool {
        switch expr.kind {
        case .column: return true
        case .cast(let operand, let mode):
            let from = operand.type.kind
            let isShown = (from.isInteger || from.isCharacter) && expr.type.kind == .varchar(.max32)
            let isWider = mode == .implicit && from.isInteger && expr.type.kind.isExactNumeric
            return (isShown || isWider || from == expr.type.kind) && tellsApart(operand)
        case .call("CONCAT", let operands), .call("||", let operands):
            let parts = operands.filter { $0.literalValue == nil }
            return parts.count == 1 && tellsApart(parts[0])
        default: return false
        }
    }
}
