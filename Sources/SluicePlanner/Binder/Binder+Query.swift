public import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
public import SluiceSyntax

/// Queries: WITH, set operations, VALUES, ORDER BY and LIMIT.
extension Binder {
    public mutating func bind(_ query: Query) throws(SQLError) -> LogicalPlan {
        let depth = commonTables.count
        defer { commonTables.removeLast(commonTables.count - depth) }
        for common in query.with {
            guard !commonTables[depth...].contains(where: { $0.name == common.name.name }) else {
                throw SQLError(
                    .duplicateName, "\"\(common.name.name)\" stands twice in WITH", span: common.name.span)
            }
            var plan = try bind(common.query)
            plan = try rename(plan, to: common.columns, of: common.name)
            commonTables.append((common.name.name, plan))
        }
        if case .select(let select) = query.body {
            return try bind(select, orderBy: query.orderBy, limit: query.limit, offset: query.offset)
        }
        let plan = try bind(query.body)
        return try sorted(plan, query)
    }

    /// A column list behind an alias; empty: names stay.
    func rename(_ plan: LogicalPlan, to columns: [Identifier], of name: Identifier) throws(SQLError)
        -> LogicalPlan
    {
        guard !columns.isEmpty else { return plan }
        guard columns.count == plan.fields.count else {
            throw SQLError(
                .columnMismatch,
                "\"\(name.name)\" names \(columns.count) columns, but its query has \(plan.fields.count)",
                span: name.span)
        }
        var copy = plan
        for (index, column) in columns.enumerated() { copy.fields[index].name = column.name }
        return copy
    }

    mutating func bind(_ body: QueryBody) throws(SQLError) -> LogicalPlan {
        switch body {
        case .select(let select): return try bind(select, orderBy: [], limit: nil, offset: nil)
        case .setOperation(let operation): return try bind(operation)
        case .values(let rows): return try bind(values: rows)
        case .table(let name):
            return try bindTable(NamedTable(name: name), span: name.span)
                .plan
        case .nested(let query): return try bind(query)
        }
    }

    private mutating func bind(_ operation: SetOperation) throws(SQLError) -> LogicalPlan {
        let left = try bind(operation.left)
        let right = try bind(operation.right)
        guard left.fields.count == right.fields.count else {
            throw SQLError(
                .columnMismatch,
                "the sides of \(operation.kind.rawValue) have \(left.fields.count) and \(right.fields.count) columns",
                span: operation.span)
        }
        let (first, second) = try unify(left, right, operation)
        var fields = first.fields
        for index in fields.indices {
            let other = second.fields[index]
            if fields[index].time != other.time { fields[index].time = nil }
            if fields[index].window != other.window { fields[index].window = nil }
            fields[index].type.isNullable = fields[index].type.isNullable || other.type.isNullable
        }
        if operation.kind != .union {
            return try operation.isAll
                ? counted(first, second, fields, operation) : compared(first, second, operation)
        }
        var branches: [LogicalPlan] = []
        for side in [first, second] {
            if case .union(let inner) = side.kind { branches += inner } else { branches.append(side) }
        }
        let union = LogicalPlan(.union(branches), fields, span: operation.span)
        return operation.isAll ? union : try distinct(union)
    }

    /// INTERSECT ALL and EXCEPT ALL: a row as often as it stands on both sides, or oftener on the left than on the right.
    /// Both sides are counted per row, and each row repeated as often as it counts.
    private func counted(
        _ left: LogicalPlan, _ right: LogicalPlan, _ fields: [PlanField], _ operation: SetOperation
    ) throws(SQLError) -> LogicalPlan {
        let one = BoundExpr.literal(.int64(1), .bigint.notNull)
        let zero = BoundExpr.literal(.int64(0), .bigint.notNull)
        let names = fields.map(\.name) + ["$left", "$right"]
        let sides = [
            left.projecting(left.identityExprs + [one, zero], names: names),
            right.projecting(right.identityExprs + [zero, one], names: names),
        ]
        let count = [PlanField("$left", .bigint.notNull), PlanField("$right", .bigint.notNull)]
        let all = LogicalPlan(.union(sides), fields.map(\.plain) + count, span: operation.span)
        var grouping = Grouping()
        grouping.keys = fields.indices.map { all.column($0) }
        grouping.sets = [Array(fields.indices)]
        let collector = AggregateCollector(hasGroupBy: true)
        var sums: [BoundExpr] = []
        for column in fields.count..<fields.count + 2 {
            let sum = FunctionCall(name: ObjectName("SUM"))
            sums.append(
                try collector.add(
                    "SUM", [all.column(column)], function: sum, filter: nil, order: [], span: operation.span,
                    self))
        }
        let grouped = try GroupedPlan(all, Scope(plan: all, name: nil), grouping, collector, self).build()
        sums = try grouped.resolve(sums)
        let times = try call(operation.kind == .intersect ? "LEAST" : "-", sums, operation.span)
        let node = UnnestNode(
            collection: try call(FunctionRegistry.repeated, [times], operation.span), keepsEmpty: false,
            withOrdinality: false, flattensRows: false)
        let repeated = LogicalPlan(
            .unnest(grouped.plan, node), grouped.plan.fields + [PlanField("$copy", .boolean)],
            span: operation.span)
        let kept = Array(repeated.identityExprs.prefix(fields.count))
        return repeated.projecting(kept, names: fields.map(\.name))
    }

    /// INTERSECT and EXCEPT: distinct rows of the left side that equal, or do not equal, a right one; NULLs are equal.
    private func compared(
        _ left: LogicalPlan, _ right: LogicalPlan, _ operation: SetOperation
    ) throws(SQLError) -> LogicalPlan {
        let rows = try distinct(left)
        var parts: [BoundExpr] = []
        for index in rows.fields.indices {
            let other = BoundExpr.column(rows.fields.count + index, right.fields[index].type)
            parts.append(try call("IS NOT DISTINCT FROM", [rows.column(index), other], operation.span))
        }
        let type: JoinNode.JoinType = operation.kind == .intersect ? .semi : .anti
        let node = LogicalPlan.Join(type: type, condition: try conjunction(parts))
        return LogicalPlan(.join(rows, right, node), rows.fields.map(\.plain), span: operation.span)
    }

    /// Casts the columns of both sides to their common types.
    private func unify(
        _ left: LogicalPlan, _ right: LogicalPlan, _ operation: SetOperation
    ) throws(SQLError) -> (LogicalPlan, LogicalPlan) {
        var leftExprs: [BoundExpr] = []
        var rightExprs: [BoundExpr] = []
        for index in left.fields.indices {
            let a = left.column(index)
            let b = right.column(index)
            guard let common = TypeRules.commonType(a.type, b.type) else {
                throw SQLError(
                    .typeMismatch,
                    "column \(index + 1) of \(operation.kind.rawValue) is \(a.type) on one side and \(b.type) on the other",
                    span: operation.span)
            }
            leftExprs.append(try Coercion.cast(a, to: common.nullable(a.type.isNullable), mode: .implicit))
            rightExprs.append(try Coercion.cast(b, to: common.nullable(b.type.isNullable), mode: .implicit))
        }
        let names = left.fields.map(\.name)
        return (unless(left, leftExprs, names), unless(right, rightExprs, right.fields.map(\.name)))
    }

    /// A projection, unless it would change nothing.
    func unless(_ plan: LogicalPlan, _ exprs: [BoundExpr], _ names: [String]) -> LogicalPlan {
        if exprs == plan.identityExprs && names == plan.fields.map(\.name) { return plan }
        return plan.projecting(exprs, names: names)
    }

    func distinct(_ plan: LogicalPlan) throws(SQLError) -> LogicalPlan {
        let aggregate = LogicalPlan.Aggregate(keys: Array(plan.fields.indices), calls: [])
        if let windowed = try windowDistinct(plan) { return windowed }
        return LogicalPlan(.aggregate(plan, aggregate), plan.fields.map(\.plain), span: plan.span)
    }

    private mutating func bind(values rows: [ValuesRow]) throws(SQLError) -> LogicalPlan {
        let empty = LogicalPlan(.values([[]]), [])
        var bound: [[BoundExpr]] = []
        for row in rows {
            var binder = ExpressionBinder(self, Scope())
            var exprs: [BoundExpr] = []
            for item in row.items { exprs.append(try binder.bind(item)) }
            self = binder.binder
            if let first = bound.first, first.count != exprs.count {
                throw SQLError(
                    .columnMismatch, "the rows of VALUES have \(first.count) and \(exprs.count) columns",
                    span: row.span)
            }
            bound.append(exprs)
        }
        guard let width = bound.first?.count else { return empty }
        for column in 0..<width {
            guard let (exprs, _) = try Coercion.unify(bound.map { $0[column] }) else {
                throw SQLError(
                    .typeMismatch, "the values of column \(column + 1) have no common type",
                    span: rows.first?.span)
            }
            for row in bound.indices { bound[row][column] = exprs[row] }
        }
        return literalRows(bound, names: (0..<width).map { "EXPR$\($0)" })
    }

    /// Rows of constants become a Values node; others a projection over one empty row each.
    private func literalRows(_ rows: [[BoundExpr]], names: [String]) -> LogicalPlan {
        var types = rows[0].map(\.type)
        for row in rows {
            for (index, expr) in row.enumerated() where expr.type.isNullable {
                types[index].isNullable = true
            }
        }
        let fields = zip(names, types).map { PlanField($0, $1) }
        var data: [[Datum]] = []
        for row in rows {
            let values = row.compactMap {
                ConstantFolding.fold($0, registry: environment.functions).literalValue
            }
            if values.count == row.count { data.append(values) }
        }
        if data.count == rows.count { return LogicalPlan(.values(data), fields) }
        let branches = rows.map { row in
            LogicalPlan(.project(LogicalPlan(.values([[]]), []), row), fields)
        }
        return branches.count == 1 ? branches[0] : LogicalPlan(.union(branches), fields)
    }

    /// ORDER BY, LIMIT and OFFSET over a finished query body.
    private mutating func sorted(_ plan: LogicalPlan, _ query: Query) throws(SQLError) -> LogicalPlan {
        var keys: [SortKey] = []
        for item in query.orderBy {
            var binder = ExpressionBinder(self, Scope(plan: plan, name: nil))
            let column = try outputColumn(item.expr, plan.fields.count, &binder)
            guard let column else {
                throw unsupported("ORDER BY an expression over a set operation", item.expr.span)
            }
            keys.append(SortKey(column: column, descending: item.isDescending, nullsFirst: item.nullsFirst))
        }
        return try limited(
            plan, keys, limit: query.limit, offset: query.offset, span: query.orderBy.first?.expr.span)
    }

    /// The output column that an ORDER BY item names: by position or as a plain column.
    private func outputColumn(
        _ expr: Expr, _ count: Int, _ binder: inout ExpressionBinder
    ) throws(SQLError) -> Int? {
        if case .literal(.exactNumber(let text)) = expr.kind, let number = Int(text) {
            guard (1...count).contains(number) else {
                throw SQLError(
                    .unknownColumn,
                    "ORDER BY position \(number) is not in the select list of \(count) columns",
                    span: expr.span)
            }
            return number - 1
        }
        let bound = try binder.bind(expr)
        if case .column(let index) = bound.kind { return index }
        return nil
    }

    /// Puts the order and the limit on top, as far as the mode allows (U10).
    func limited(
        _ plan: LogicalPlan, _ keys: [SortKey], limit: RowCount?, offset: RowCount?, span: SourceSpan?
    ) throws(SQLError) -> LogicalPlan {
        if keys.isEmpty && limit == nil && offset == nil { return plan }
        let skip = Binder.rowCount(offset) ?? 0
        if keys.isEmpty {
            if isStreaming && limit == nil {
                throw SQLError(
                    .streamingRefused, "OFFSET needs a FETCH or LIMIT in streaming mode", span: offset?.span)
            }
            return LogicalPlan(
                .limit(plan, offset: skip, count: Binder.rowCount(limit)), plan.fields, span: span)
        }
        let node = LogicalPlan.Sort(keys: keys, offset: skip, limit: Binder.rowCount(limit))
        if isStreaming && limit == nil { try checkStreamingOrder(plan, keys, span, hasOffset: offset != nil) }
        return LogicalPlan(.sort(plan, node), plan.fields, span: span)
    }

    /// A count of rows, small enough that sums of two do not overflow.
    private static func rowCount(_ count: RowCount?) -> Int? {
        count.map { Int(Swift.min($0.value, 1 << 40)) }
    }

    private func checkStreamingOrder(
        _ plan: LogicalPlan, _ keys: [SortKey], _ span: SourceSpan?, hasOffset: Bool
    ) throws(SQLError) {
        if hasOffset {
            throw SQLError(
                .streamingRefused, "OFFSET needs a FETCH or LIMIT in streaming mode", span: span)
        }
        guard let first = keys.first, plan.fields[first.column].time != nil else {
            throw SQLError(
                .streamingRefused, "ORDER BY needs a time attribute first, or a LIMIT, in streaming mode",
                span: span, hint: "order by the time attribute ascending, add LIMIT n, or run in batch mode")
        }
        if first.descending {
            throw SQLError(
                .streamingRefused, "ORDER BY a time attribute must be ascending in streaming mode", span: span
            )
        }
    }
}
