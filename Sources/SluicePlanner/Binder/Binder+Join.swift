import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// Joins: regular ones, look-ups, UNNEST on the right.
extension Binder {
    mutating func bind(
        _ join: SluiceSyntax.Join, hints: [Hint], span: SourceSpan
    ) throws(SQLError) -> (LogicalPlan, Scope) {
        let (left, leftScope) = try bind(join.left, hints: hints)
        switch join.right.kind {
        case .table(let table) where table.systemTime != nil:
            return try bindTemporal(join, table, left, leftScope, hints, span)
        case .unnest(let exprs, let withOrdinality, let alias):
            let keepsEmpty = try checkCorrelated(join, "UNNEST")
            return try unnest(
                left, leftScope, exprs, withOrdinality: withOrdinality, alias: alias, keepsEmpty: keepsEmpty,
                span: join.right.span)
        case .derived(let query, isLateral: true, let alias):
            return try lateral(join, query, alias, left, leftScope)
        default: break
        }
        let (right, rightScope) = try bind(join.right, hints: hints)
        try checkNames(leftScope, rightScope, join.right.span)
        var scope = leftScope.joined(rightScope)
        scope.fields = joinedFields(left.fields, right.fields, join.kind)
        var merged: [(left: Int, right: Int)] = []
        let condition = try condition(of: join, &scope, &merged, left.fields.count)
        let node = LogicalPlan.Join(type: type(of: join.kind), condition: condition)
        let plan = LogicalPlan(.join(left, right, node), scope.fields, span: span)
        guard !merged.isEmpty else { return (plan, scope) }
        if join.kind == .full { return try coalesced(plan, scope, merged, join) }
        scope.merge(merged.map { ($0.left, $0.right, join.kind == .right ? $0.right : $0.left) })
        return (plan, scope)
    }

    /// A full join may have the merged value on either side: COALESCE(left, right), as a column behind the others.
    private func coalesced(
        _ plan: LogicalPlan, _ joined: Scope, _ merged: [(left: Int, right: Int)], _ join: SluiceSyntax.Join
    ) throws(SQLError) -> (LogicalPlan, Scope) {
        var scope = joined
        var exprs = plan.identityExprs
        var pairs: [(left: Int, right: Int, shown: Int)] = []
        for (left, right) in merged {
            pairs.append((left, right, exprs.count))
            exprs.append(
                try call("COALESCE", [plan.column(left), plan.column(right)], join.operatorSpan))
            if case .using = join.condition { scope.hidden.formUnion([left, right]) }
        }
        scope.merge(pairs)
        let names = plan.fields.map(\.name) + merged.map { plan.fields[$0.left].name }
        let result = plan.projecting(exprs, names: names)
        scope.fields = result.fields
        // The value of a NATURAL join is in `*` alone; its name stays ambiguous.
        return (result, scope)
    }

    /// Two tables of one FROM clause must not have one name.
    func checkNames(_ left: Scope, _ right: Scope, _ span: SourceSpan) throws(SQLError) {
        let known = Set(left.tables.compactMap(\.name))
        guard let twice = right.tables.compactMap(\.name).first(where: { known.contains($0) }) else { return }
        throw SQLError(
            .duplicateName, "table \"\(twice)\" stands twice in the FROM clause", span: span,
            hint: "give one of them another name, as in \(twice) AS \(twice)2")
    }

    private func type(of kind: SluiceSyntax.Join.Kind) -> JoinNode.JoinType {
        switch kind {
        case .inner, .cross, .comma: return .inner
        case .left: return .left
        case .right: return .right
        case .full: return .full
        }
    }

    /// Columns of a side that may be padded become nullable; roles for time and windows end at a join.
    private func joinedFields(
        _ left: [PlanField], _ right: [PlanField], _ kind: SluiceSyntax.Join.Kind
    ) -> [PlanField] {
        let leftPadded = kind == .right || kind == .full
        let rightPadded = kind == .left || kind == .full
        var out: [PlanField] = []
        for field in left {
            out.append(PlanField(field.name, leftPadded ? field.type.nullable() : field.type))
        }
        for field in right {
            out.append(PlanField(field.name, rightPadded ? field.type.nullable() : field.type))
        }
        if !isStreaming { return out }
        return out
    }

    private mutating func condition(
        of join: SluiceSyntax.Join, _ scope: inout Scope, _ merged: inout [(left: Int, right: Int)],
        _ leftCount: Int
    ) throws(SQLError) -> BoundExpr? {
        var shared: [Identifier] = []
        switch join.condition {
        case .on(let expr):
            var binder = ExpressionBinder(self, scope)
            let bound = try binder.bindCondition(expr, "ON")
            try refuseTextKeys(bound, leftCount)
            return bound
        case .using(let columns): shared = columns
        case .none:
            guard join.isNatural else {
                if join.kind == .cross || join.kind == .comma { return nil }
                throw SQLError(
                    .syntax, "\(join.kind.rawValue) needs a condition", span: join.operatorSpan,
                    hint: "add ON …, or write CROSS JOIN")
            }
            let rightNames = Set(scope.fields[leftCount...].map(\.name))
            shared = scope.starColumns.filter { $0 < leftCount }.map { scope.fields[$0].name }
                .filter { rightNames.contains($0) }.map { Identifier($0) }
        }
        var parts: [BoundExpr] = []
        for name in shared {
            let left = try only(name, in: 0..<leftCount, scope, join)
            let right = try only(name, in: leftCount..<scope.fields.count, scope, join)
            parts.append(
                try call(
                    "=",
                    [.column(left, scope.fields[left].type), .column(right, scope.fields[right].type)],
                    name.span))
            merged.append((left, right))
            if case .using = join.condition { scope.hidden.insert(join.kind == .right ? left : right) }
        }
        return try conjunction(parts)
    }

    /// Text of one side equal to a date, time or boolean of the other: Flink converts neither in a join.
    func refuseTextKeys(_ condition: BoundExpr, _ leftCount: Int) throws(SQLError) {
        for part in Binder.conjuncts(of: condition) {
            guard case .call("=", let sides) = part.kind, sides.count == 2 else { continue }
            let bare = sides.map { side -> BoundExpr in
                // A cast that the comparison added stands where its operand stands.
                guard case .cast(let inner, let mode) = side.kind,
                    mode == .implicit || inner.span == side.span
                else { return side }
                return inner
            }
            let columns = bare.map(\.referencedColumns)
            let crosses = columns[0].contains { $0 < leftCount } != columns[1].contains { $0 < leftCount }
            guard crosses, columns.allSatisfy({ !$0.isEmpty }) else { continue }
            let kinds = bare.map(\.type.kind)
            guard kinds[0].isCharacter != kinds[1].isCharacter else { continue }
            throw SQLError(
                .typeMismatch, "a join cannot compare \(kinds[0]) with \(kinds[1])", span: part.span,
                hint: "CAST one of them")
        }
    }

    private func only(
        _ name: Identifier, in range: Range<Int>, _ scope: Scope, _ join: SluiceSyntax.Join
    ) throws(SQLError) -> Int {
        let found = range.filter { scope.fields[$0].name == name.name && !scope.hidden.contains($0) }
        if found.count == 1 { return found[0] }
        if found.isEmpty {
            throw SQLError(
                .unknownColumn, "column \"\(name.name)\" of USING does not stand on both sides of the join",
                span: name.span)
        }
        throw SQLError(.ambiguousName, "column \"\(name.name)\" of USING is ambiguous", span: name.span)
    }

    /// A correlated right side takes CROSS JOIN, `,` or LEFT JOIN … ON TRUE. True: the left row stays without match.
    func checkCorrelated(_ join: SluiceSyntax.Join, _ what: String) throws(SQLError) -> Bool {
        var isTrue = true
        if case .on(let expr) = join.condition {
            if case .literal(.boolean(true)) = expr.kind { isTrue = true } else { isTrue = false }
        }
        guard isTrue else {
            throw unsupported("\(what) with a condition other than ON TRUE", join.operatorSpan)
        }
        switch join.kind {
        case .inner, .cross, .comma: return false
        case .left: return true
        case .right, .full:
            throw SQLError(
                .unsupported, "\(join.kind.rawValue) with \(what) is not possible", span: join.operatorSpan)
        }
    }

    // MARK: FOR SYSTEM_TIME AS OF

    private mutating func bindTemporal(
        _ join: SluiceSyntax.Join, _ table: NamedTable, _ left: LogicalPlan, _ leftScope: Scope,
        _ hints: [Hint],
        _ span: SourceSpan
    ) throws(SQLError) -> (LogicalPlan, Scope) {
        guard let time = table.systemTime else { return (left, leftScope) }
        guard join.kind == .inner || join.kind == .left else {
            throw SQLError(
                .unsupported, "a look-up join is an inner or a left join, not \(join.kind.rawValue)",
                span: join.operatorSpan)
        }
        var binder = ExpressionBinder(self, leftScope)
        let instant = try binder.bind(time)
        if case .column(let index) = instant.kind, leftScope.fields[index].time != .proctime, isStreaming {
            if leftScope.fields[index].time == .rowtime {
                throw unsupported("a temporal join on event time", time.span)
            }
            throw SQLError(
                .typeMismatch, "FOR SYSTEM_TIME AS OF needs a time attribute of the left side",
                span: time.span,
                hint: "add a column \"proc AS PROCTIME()\" to the table on the left")
        }
        let lookup = try LookupJoinBinder(self, join, table, left, leftScope, hints).bind()
        warnings += lookup.warnings
        return (LogicalPlan(.lookupJoin(left, lookup.node), lookup.scope.fields, span: span), lookup.scope)
    }
}
