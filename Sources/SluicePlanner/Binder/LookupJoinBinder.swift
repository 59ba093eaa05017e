import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// `JOIN dim FOR SYSTEM_TIME AS OF l.proc AS d ON …` (J1 to J4): finds the look-up keys in the condition.
struct LookupJoinBinder {
    let binder: Binder
    let join: SluiceSyntax.Join
    let table: NamedTable
    let left: LogicalPlan
    let leftScope: Scope
    let hints: [Hint]

    struct Result {
        var node: LookupJoinNode
        var scope: Scope
        var warnings: [SQLError]
    }

    init(
        _ binder: Binder, _ join: SluiceSyntax.Join, _ table: NamedTable, _ left: LogicalPlan,
        _ leftScope: Scope,
        _ hints: [Hint]
    ) {
        self.binder = binder
        self.join = join
        self.table = table
        self.left = left
        self.leftScope = leftScope
        self.hints = hints
    }

    private var span: SourceSpan { table.name.span }

    func bind() throws(SQLError) -> Result {
        let qualified = try binder.environment.qualify(table.name.names, span: span)
        guard case .table(let entry) = try binder.lookUp(qualified, table.name) else {
            throw SQLError(
                .unsupported, "a look-up join needs a table, and \"\(table.name.description)\" is a view",
                span: span)
        }
        let tableBinder = TableBinder(binder, entry, hints: table.hints, span: span)
        let resolved = try tableBinder.resolved()
        guard resolved.columns.count == entry.columns.count else {
            throw binder.unsupported("a look-up in a table with computed columns", span)
        }
        let connector = try tableBinder.connector(of: resolved)
        guard let traits = try connector.lookupTraits(resolved) else {
            throw SQLError(
                .unsupported,
                "table \"\(table.name.description)\" cannot be looked up: connector '\(connector.names[0])' has no look-up",
                span: span)
        }
        let isLeft = join.kind == .left
        var right = Scope()
        right.fields = resolved.columns.map { PlanField($0.name, isLeft ? $0.type.nullable() : $0.type) }
        let name = table.alias?.name.name ?? table.name.last
        right.tables = [Scope.Table(name: name, path: [], columns: 0..<right.fields.count)]
        var scope = leftScope.joined(right)
        for index in left.fields.indices { scope.fields[index].window = nil }
        let conditions = try self.conditions(&scope)
        return try assemble(resolved, connector, traits, scope, conditions)
    }

    private func conditions(_ scope: inout Scope) throws(SQLError) -> [BoundExpr] {
        switch join.condition {
        case .on(let expr):
            var expressions = ExpressionBinder(binder, scope)
            return Binder.conjuncts(of: try expressions.bindCondition(expr, "ON"))
        case .using(let names):
            var parts: [BoundExpr] = []
            var merged: [(left: Int, right: Int, shown: Int)] = []
            for name in names {
                let leftColumn = try leftScope.resolve([name], span: name.span).column
                guard
                    let rightColumn = scope.fields[left.fields.count...].firstIndex(where: {
                        $0.name == name.name
                    })
                else {
                    throw SQLError(
                        .unknownColumn, "column \"\(name.name)\" of USING does not stand on both sides",
                        span: name.span)
                }
                parts.append(
                    try binder.call(
                        "=",
                        [
                            .column(leftColumn, scope.fields[leftColumn].type),
                            .column(rightColumn, scope.fields[rightColumn].type),
                        ], name.span))
                scope.hidden.insert(rightColumn)
                merged.append((leftColumn, rightColumn, leftColumn))
            }
            scope.merge(merged)
            return parts
        case .none:
            throw SQLError(
                .invalidDefinition,
                "a look-up join needs an equality on the key of \"\(table.name.description)\"",
                span: join.operatorSpan)
        }
    }

    private func assemble(
        _ resolved: ResolvedTable, _ connector: any Connector, _ traits: LookupTraits, _ scope: Scope,
        _ conditions: [BoundExpr]
    ) throws(SQLError) -> Result {
        var keys: [Int] = []
        var keyExprs: [BoundExpr] = []
        var rest: [BoundExpr] = []
        for condition in conditions {
            guard let (column, expr, isExact) = equality(condition), !keys.contains(column),
                traits.keyColumns?.contains(column) ?? true
            else {
                rest.append(condition)
                continue
            }
            // Cut to the column's type a value may become another one: the row that is found is compared as written.
            if !isExact { rest.append(condition) }
            keys.append(column)
            keyExprs.append(
                try Coercion.cast(expr, to: resolved.columns[column].type.nullable(), mode: .implicit))
        }
        var match = LookupRequest.Match.equal
        let wanted = traits.keyColumns ?? []
        if !wanted.allSatisfy({ keys.contains($0) }), let column = traits.rangeColumn,
            let (kind, exprs) = bounds(of: column, conditions)
        {
            match = kind
            keys = exprs.map { _ in column }
            keyExprs = []
            for expr in exprs {
                let type = resolved.columns[column].type.nullable()
                keyExprs.append(try Coercion.cast(expr, to: type, mode: .implicit))
            }
            rest = conditions
        }
        guard !keys.isEmpty, wanted.allSatisfy({ keys.contains($0) }) else {
            let names = wanted.map { "\"\(resolved.columns[$0].name)\"" }.joined(separator: ", ")
            throw SQLError(
                .unsupported,
                "a look-up in \"\(table.name.description)\" needs an equality on its key"
                    + (names.isEmpty ? "" : " \(names)"),
                span: join.operatorSpan)
        }
        let settings = try LookupSettings.read(
            resolved.options, hints, binder.environment.config.lookupDefaults,
            name: table.alias?.name.name ?? table.name.last)
        var request = LookupRequest(keys: keys, projection: Array(resolved.columns.indices))
        request.match = match
        let node = LookupJoinNode(
            connector: connector.names[0], table: resolved, request: request, keys: keyExprs,
            isLeft: join.kind == .left, condition: try binder.conjunction(rest), cache: settings.cache,
            connectorCaches: traits.cachesRows, retry: settings.retry, capacity: settings.capacity,
            allowsUnordered: settings.allowsUnordered, timeoutMillis: settings.timeoutMillis)
        return Result(node: node, scope: scope, warnings: [])
    }

    /// Not in Flink: `STARTSWITH(d.k, p)`, or `d.k >= a AND d.k < b`, finds rows by a part of the row key.
    private func bounds(
        of column: Int, _ conditions: [BoundExpr]
    ) -> (LookupRequest.Match, [BoundExpr])? {
        var start: BoundExpr?
        var stop: BoundExpr?
        for condition in conditions {
            guard case .call(let name, let sides) = condition.kind, sides.count == 2 else { continue }
            let isLeft = orderedColumn(sides[0]) == column && isOfLeft(sides[1])
            let isMirrored = orderedColumn(sides[1]) == column && isOfLeft(sides[0])
            switch name {
            case "STARTSWITH" where isLeft: return (.prefix, [sides[1]])
            case ">=" where isLeft, ">" where isLeft: start = start ?? sides[1]
            case "<=" where isLeft, "<" where isLeft: stop = stop ?? sides[1]
            case "<=" where isMirrored, "<" where isMirrored: start = start ?? sides[0]
            case ">=" where isMirrored, ">" where isMirrored: stop = stop ?? sides[0]
            default: continue
            }
        }
        guard let start, let stop else { return nil }
        return (.range, [start, stop])
    }

    private func isOfLeft(_ expr: BoundExpr) -> Bool {
        expr.referencedColumns.allSatisfy { $0 < left.fields.count }
    }

    /// A table column and the value it must equal: an expression over the left side, or a constant. Exact: they are
    /// compared in the column's own type.
    private func equality(_ condition: BoundExpr) -> (column: Int, value: BoundExpr, isExact: Bool)? {
        guard case .call("=", let sides) = condition.kind, sides.count == 2 else { return nil }
        for (a, b) in [(sides[0], sides[1]), (sides[1], sides[0])] {
            guard let column = rightColumn(a), isOfLeft(b) else { continue }
            return (column, b, orderedColumn(a) != nil)
        }
        return nil
    }

    /// A column that is compared in its own type, in whose order its rows lie.
    private func orderedColumn(_ expr: BoundExpr) -> Int? {
        if case .cast(let operand, _) = expr.kind {
            guard operand.type.kind.isCharacter && expr.type.kind.isCharacter else { return nil }
        }
        return rightColumn(expr)
    }

    /// A bare column of the looked-up table, also below a cast that the comparison put in.
    private func rightColumn(_ expr: BoundExpr) -> Int? {
        var inner = expr
        if case .cast(let operand, .implicit) = expr.kind { inner = operand }
        guard case .column(let index) = inner.kind, index >= left.fields.count else { return nil }
        return index - left.fields.count
    }
}

/// Cache, retry and capacity of a look-up join: the table's options, then the LOOKUP hint (J2, J3).
struct LookupSettings {
    var cache = LookupCache.none
    var retry: LookupRetry?
    /// Keys in flight; without a hint the operator's bound on batches alone counts.
    var capacity = Int.max
    var allowsUnordered = false
    var timeoutMillis: Int64?

    static func read(
        _ options: TableOptions, _ hints: [Hint], _ defaults: LookupDefaults, name: String
    ) throws(SQLError) -> LookupSettings {
        var settings = LookupSettings()
        settings.cache = try cache(options)
        settings.capacity = defaults.capacity ?? Int.max
        settings.allowsUnordered = defaults.allowsUnordered
        settings.timeoutMillis = defaults.timeoutMillis
        for hint in hints where hint.name.name.uppercased() == "LOOKUP" {
            guard case .options(let pairs) = hint.arguments else { continue }
            let values = TableOptions(pairs.map { TableOptions.Entry($0.key.lowercased(), $0.value) })
            try refuseUnknown(pairs, hint)
            guard let target = values["table"] else {
                throw SQLError(.connectorOption, "the LOOKUP hint needs the option 'table'", span: hint.span)
            }
            guard target == name else { continue }
            settings.capacity = try values.int("capacity", default: defaults.capacity ?? 100)
            if let timeout = try values.duration("timeout") { settings.timeoutMillis = timeout }
            settings.retry = try retry(values, hint)
            switch values["output-mode"]?.lowercased() {
            case nil: break
            case "ordered": settings.allowsUnordered = false
            case "allow_unordered": settings.allowsUnordered = true
            case let other?:
                throw SQLError(
                    .connectorOption, "'output-mode' is '\(other)', expected 'ordered' or 'allow_unordered'",
                    span: hint.span)
            }
        }
        return settings
    }

    private static let hintKeys = [
        "table", "async", "output-mode", "capacity", "timeout", "retry-predicate", "retry-strategy",
        "fixed-delay",
        "max-attempts", "shuffle",
    ]

    /// A mistyped option would be silent otherwise.
    private static func refuseUnknown(_ pairs: [TableOption], _ hint: Hint) throws(SQLError) {
        for pair in pairs where !hintKeys.contains(pair.key.lowercased()) {
            throw SQLError(
                .connectorOption, "the LOOKUP hint has no option '\(pair.key)'", span: hint.span,
                label: DidYouMean.label(pair.key.lowercased(), in: hintKeys),
                hint: "options: " + hintKeys.joined(separator: ", "))
        }
    }

    private static func cache(_ options: TableOptions) throws(SQLError) -> LookupCache {
        let kind = options["lookup.cache"]?.uppercased()
        // The older form: 'lookup.cache.max-rows' with 'lookup.cache.ttl'.
        if kind == nil || kind == "NONE" {
            guard kind == nil, let rows = options["lookup.cache.max-rows"], let count = Int(rows), count > 0
            else {
                return .none
            }
            return LookupCache(
                maxRows: count, expireAfterWriteMillis: try options.duration("lookup.cache.ttl"),
                expireAfterAccessMillis: nil, cachesMissing: true)
        }
        guard kind == "PARTIAL" || kind == "FULL" else {
            throw options.wrong("lookup.cache", kind ?? "", "NONE, PARTIAL or FULL")
        }
        let maxRows = try options.int("lookup.partial-cache.max-rows", default: 10_000)
        return LookupCache(
            maxRows: maxRows,
            expireAfterWriteMillis: try options.duration("lookup.partial-cache.expire-after-write"),
            expireAfterAccessMillis: try options.duration("lookup.partial-cache.expire-after-access"),
            cachesMissing: try options.bool("lookup.partial-cache.caching-missing-key", default: true))
    }

    private static func retry(_ values: TableOptions, _ hint: Hint) throws(SQLError) -> LookupRetry? {
        guard let predicate = values["retry-predicate"] else { return nil }
        guard predicate.lowercased() == "lookup_miss" else {
            throw SQLError(
                .connectorOption, "'retry-predicate' is '\(predicate)', expected 'lookup_miss'",
                span: hint.span)
        }
        guard let strategy = values["retry-strategy"], strategy.lowercased() == "fixed_delay" else {
            throw SQLError(
                .connectorOption, "a LOOKUP hint with retry needs 'retry-strategy' = 'fixed_delay'",
                span: hint.span)
        }
        guard let delay = try values.duration("fixed-delay"), values["max-attempts"] != nil else {
            throw SQLError(
                .connectorOption, "a LOOKUP hint with retry needs 'fixed-delay' and 'max-attempts'",
                span: hint.span)
        }
        return LookupRetry(delayMillis: delay, maxAttempts: try values.int("max-attempts", default: 1))
    }
}
