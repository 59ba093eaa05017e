import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceSyntax

/// One SELECT block without aggregation, and the way to the one with.
extension Binder {
    /// An item of the select list after `*` was spread out.
    struct Item {
        enum Source {
            case expr(Expr)
            case column(Int)
        }
        var source: Source
        var name: String
        var span: SourceSpan

        /// As written; nil for a column of `*`.
        var expr: Expr? {
            if case .expr(let expr) = source { return expr }
            return nil
        }
    }

    mutating func bind(
        _ select: Select, orderBy: [OrderItem], limit: RowCount?, offset: RowCount?
    ) throws(SQLError) -> LogicalPlan {
        if let qualify = select.qualify, isStreaming { throw unsupported("QUALIFY", qualify.span) }
        var plan = LogicalPlan(.values([[]]), [])
        var scope = Scope()
        if let from = select.from { (plan, scope) = try bind(from, hints: select.hints) }
        if let condition = select.where {
            (plan, scope) = try attachScalars(in: valueParts(of: condition), plan, scope)
            plan = try filtered(plan, scope, by: condition)
        }
        var items = try expand(select.items, scope)
        if isStreaming || onlyRanks(items, orderBy, select) {
            if let ranked = try ranked(plan, scope, items, select) { (plan, scope, items) = ranked }
        } else if !isAggregation(select, items, orderBy) {
            let exprs = items.compactMap(\.expr) + orderBy.map(\.expr) + [select.qualify].compactMap { $0 }
            (plan, scope) = try attachOvers(in: exprs, plan, scope, select)
            if let condition = select.qualify { plan = try qualified(plan, scope, items, by: condition) }
        } else if let qualify = select.qualify {
            throw unsupported("QUALIFY with GROUP BY", qualify.span)
        }
        if isAggregation(select, items, orderBy) {
            return try bindGrouped(
                select, items, plan, scope, orderBy: orderBy, limit: limit, offset: offset)
        }
        (plan, scope) = try attachScalars(in: items.compactMap(\.expr) + orderBy.map(\.expr), plan, scope)
        var binder = ExpressionBinder(self, scope)
        let exprs = try bind(items, &binder)
        let names = items.map(\.name)
        let order = try orderKeys(orderBy, items, exprs, &binder, isDistinct: select.isDistinct)
        return try finish(
            plan, exprs, names, order, isDistinct: select.isDistinct, limit: limit, offset: offset,
            span: orderBy.first?.expr.span)
    }

    /// The rows that meet QUALIFY, which may speak of the aliases of the select list, too.
    private mutating func qualified(
        _ plan: LogicalPlan, _ scope: Scope, _ items: [Item], by condition: Expr
    ) throws(SQLError) -> LogicalPlan {
        var binder = ExpressionBinder(self, scope)
        let exprs = try bind(items, &binder)
        let names = plan.fields.map(\.name) + items.map(\.name)
        let wide = plan.projecting(plan.identityExprs + exprs, names: names)
        var wideScope = scope
        wideScope.append(aliases: Array(wide.fields[plan.fields.count...]))
        var conditions = ExpressionBinder(self, wideScope)
        let bound = try conditions.bindCondition(condition, "QUALIFY")
        let filtered = LogicalPlan(.filter(wide, bound), wide.fields, span: condition.span)
        return filtered.projecting(
            Array(filtered.identityExprs.prefix(plan.fields.count)), names: plan.fields.map(\.name))
    }

    /// Projection with hidden order columns, DISTINCT, order, limit, and the hidden columns off again.
    func finish(
        _ plan: LogicalPlan, _ exprs: [BoundExpr], _ names: [String], _ order: OrderKeys, isDistinct: Bool,
        limit: RowCount?, offset: RowCount?, span: SourceSpan?
    ) throws(SQLError) -> LogicalPlan {
        let hiddenNames = order.hidden.indices.map { "$order\($0)" }
        var result = plan.projecting(exprs + order.hidden, names: names + hiddenNames)
        if isDistinct { result = try distinct(result) }
        result = try limited(result, order.keys, limit: limit, offset: offset, span: span)
        if !order.hidden.isEmpty {
            let kept = result.identityExprs.prefix(exprs.count)
            result = result.projecting(Array(kept), names: names)
        }
        return result
    }

    func bind(_ items: [Item], _ binder: inout ExpressionBinder) throws(SQLError) -> [BoundExpr] {
        var exprs: [BoundExpr] = []
        for item in items {
            switch item.source {
            case .expr(let expr): exprs.append(try binder.bind(expr))
            case .column(let index):
                exprs.append(.column(index, binder.scope.fields[index].type, span: item.span))
            }
        }
        return exprs
    }

    // MARK: The select list

    func expand(_ items: [SelectItem], _ scope: Scope) throws(SQLError) -> [Item] {
        var out: [Item] = []
        for item in items {
            switch item.kind {
            case .expr(let expr, let alias):
                let name = alias?.name ?? derivedName(expr) ?? "EXPR$\(out.count)"
                out.append(Item(source: .expr(expr), name: name, span: item.span))
            case .wildcard(let qualifier): out += try expand(qualifier, scope, item.span)
            }
        }
        return out
    }

    private func expand(
        _ qualifier: [Identifier], _ scope: Scope, _ span: SourceSpan
    ) throws(SQLError) -> [Item] {
        if qualifier.isEmpty {
            guard !scope.tables.isEmpty else {
                throw SQLError(.syntax, "\"*\" needs a FROM clause", span: span)
            }
            return scope.starColumns.map {
                Item(source: .column($0), name: scope.fields[$0].name, span: span)
            }
        }
        for table in scope.tables
        where scope.prefixLength(of: table, in: qualifier + [Identifier("*")]) == qualifier.count {
            return table.columns.map { Item(source: .column($0), name: scope.fields[$0].name, span: span) }
        }
        // A row column: its fields.
        var binder = ExpressionBinder(self, scope)
        let row = try binder.bind(Expr(.column(qualifier), span: span))
        guard case .row(let fields) = row.type.kind else {
            throw SQLError(
                .unknownTable,
                "\"\(qualifier.map(\.name).joined(separator: "."))\" is no table or row column",
                span: span)
        }
        return fields.map { field in
            Item(
                source: .expr(Expr(.column(qualifier + [Identifier(field.name, span: span)]), span: span)),
                name: field.name, span: span)
        }
    }

    /// The name that an expression without alias gives its column.
    private func derivedName(_ expr: Expr) -> String? {
        switch expr.kind {
        case .column(let path): return path.last?.name
        case .field(_, let name): return name.name
        default: return nil
        }
    }

    // MARK: ORDER BY

    struct OrderKeys {
        var keys: [SortKey] = []
        /// Expressions over the input that are not in the select list; they follow it.
        var hidden: [BoundExpr] = []
    }

    /// Order items may be positions, aliases of the select list, or expressions over the input.
    func orderKeys(
        _ items: [OrderItem], _ list: [Item], _ exprs: [BoundExpr], _ binder: inout ExpressionBinder,
        isDistinct: Bool,
        rewrite: (BoundExpr) throws(SQLError) -> BoundExpr = { expr throws(SQLError) in expr }
    ) throws(SQLError) -> OrderKeys {
        var result = OrderKeys()
        for item in items {
            var column = try position(item.expr, list)
            if column == nil {
                let bound = try rewrite(try binder.bind(item.expr))
                column = exprs.firstIndex(of: bound)
                if column == nil {
                    if isDistinct {
                        throw SQLError(
                            .grouping, "ORDER BY of a SELECT DISTINCT must be in the select list",
                            span: item.expr.span)
                    }
                    result.hidden.append(bound)
                    column = exprs.count + result.hidden.count - 1
                }
            }
            if let column {
                result.keys.append(
                    SortKey(column: column, descending: item.isDescending, nullsFirst: item.nullsFirst))
            }
        }
        return result
    }

    private func position(_ expr: Expr, _ list: [Item]) throws(SQLError) -> Int? {
        switch expr.kind {
        case .literal(.exactNumber(let text)):
            guard let number = Int(text) else { return nil }
            guard (1...list.count).contains(number) else {
                throw SQLError(
                    .unknownColumn,
                    "ORDER BY position \(number) is not in the select list of \(list.count) columns",
                    span: expr.span)
            }
            return number - 1
        case .column(let path) where path.count == 1:
            let matches = list.indices.filter { list[$0].name == path[0].name }
            return matches.first
        default: return nil
        }
    }
}
