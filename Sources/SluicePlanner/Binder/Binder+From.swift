import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// FROM: tables, derived tables, table functions, UNNEST.
extension Binder {
    mutating func bind(_ ref: TableRef, hints: [Hint]) throws(SQLError) -> (LogicalPlan, Scope) {
        switch ref.kind {
        case .table(let table):
            if let time = table.systemTime {
                throw SQLError(
                    .unsupported, "FOR SYSTEM_TIME AS OF is supported on the right side of a join only",
                    span: time.span)
            }
            let bound = try bindTable(table, span: ref.span)
            return (bound.plan, bound.scope)
        case .derived(let query, _, let alias):
            let plan = try aliased(try bind(query), alias)
            return (plan, Scope(plan: plan, name: alias?.name.name))
        case .function(let function):
            let plan = try aliased(try bindTableFunction(function), function.alias)
            return (plan, Scope(plan: plan, name: function.alias?.name.name))
        case .unnest(let exprs, let withOrdinality, let alias):
            let one = LogicalPlan(.values([[]]), [])
            return try unnest(
                one, Scope(), exprs, withOrdinality: withOrdinality, alias: alias, keepsEmpty: false,
                span: ref.span)
        case .join(let join): return try bind(join, hints: hints, span: ref.span)
        case .matchRecognize: throw unsupported("MATCH_RECOGNIZE", ref.span)
        }
    }

    func aliased(_ plan: LogicalPlan, _ alias: TableAlias?) throws(SQLError) -> LogicalPlan {
        guard let alias else { return plan }
        return try rename(plan, to: alias.columns, of: alias.name)
    }

    // MARK: Named tables

    mutating func bindTable(
        _ table: NamedTable, span: SourceSpan
    ) throws(SQLError) -> (plan: LogicalPlan, scope: Scope) {
        let name = table.alias?.name.name ?? table.name.last
        let (plan, path) = try relation(table.name, hints: table.hints, span: span)
        let renamed = try aliased(plan, table.alias)
        return (renamed, Scope(plan: renamed, name: name, path: table.alias == nil ? path : []))
    }

    private mutating func relation(
        _ name: ObjectName, hints: [Hint], span: SourceSpan
    ) throws(SQLError) -> (LogicalPlan, [String]) {
        if name.parts.count == 1, let common = commonTables.last(where: { $0.name == name.last }) {
            return (common.plan, [])
        }
        let qualified = try environment.qualify(name.names, span: name.span)
        let object = try lookUp(qualified, name)
        let path = [qualified.catalog, qualified.database, qualified.object]
        switch object {
        case .table(let entry):
            var binder = TableBinder(self, entry, hints: hints, span: name.span)
            let plan = try binder.scan()
            self = binder.binder
            return (plan, path)
        case .view(let view): return (try expand(view, span: name.span), path)
        case .function, .model:
            throw SQLError(.unknownTable, "\"\(name.description)\" is no table", span: name.span)
        }
    }

    func lookUp(_ qualified: QualifiedName, _ name: ObjectName) throws(SQLError) -> CatalogObject {
        if let object = try environment.catalog.object(.relation, qualified) { return object }
        guard try environment.catalog.database(qualified.databaseName) != nil else {
            throw SQLError(
                .unknownDatabase, "database \"\(qualified.databaseName)\" does not exist", span: name.span)
        }
        var known: [String] = []
        for object in try environment.catalog.objects(.relation, in: qualified.databaseName) {
            known.append(object.name.object)
        }
        let near = DidYouMean.nearest(qualified.object, in: known + commonTables.map(\.name))
        throw SQLError(
            .unknownTable, "table \"\(name.description)\" does not exist", span: name.span,
            label: near.map { "did you mean \"\($0)\"?" })
    }

    /// A view's query, bound where the view was made.
    private mutating func expand(_ view: ViewEntry, span: SourceSpan) throws(SQLError) -> LogicalPlan {
        guard !openViews.contains(view.name) else {
            throw SQLError(.invalidDefinition, "view \"\(view.name)\" refers to itself", span: span)
        }
        let query = try Parser.parseQuery(view.expandedQuery)
        var inner = Binder(environment)
        inner.openViews = openViews + [view.name]
        do {
            var plan = try inner.bind(query)
            if view.columns.count == plan.fields.count {
                for (index, column) in view.columns.enumerated() { plan.fields[index].name = column.name }
            }
            warnings += inner.warnings
            plan = plan.placed(at: span)
            plan.span = span
            return plan
        } catch {
            var outer = error
            outer.notes.append(SQLError.Note("in view \(view.name)"))
            outer.span = span
            throw outer
        }
    }

    // MARK: UNNEST

    /// The rows of a collection beside each row of the input.
    mutating func unnest(
        _ input: LogicalPlan, _ scope: Scope, _ exprs: [Expr], withOrdinality: Bool, alias: TableAlias?,
        keepsEmpty: Bool, span: SourceSpan
    ) throws(SQLError) -> (LogicalPlan, Scope) {
        guard exprs.count == 1 else { throw unsupported("UNNEST of several collections", span) }
        var binder = ExpressionBinder(self, scope)
        let collection = try binder.bind(exprs[0])
        var element: [PlanField]
        var flattens = false
        switch collection.type.kind {
        case .array(let type), .multiset(let type):
            if case .row(let fields) = type.kind {
                flattens = true
                element = fields.map {
                    PlanField($0.name, $0.type.nullable($0.type.isNullable || type.isNullable))
                }
            } else {
                element = [PlanField("EXPR$0", type)]
            }
        case .map(let key, let value): element = [PlanField("KEY", key), PlanField("VALUE", value)]
        default:
            throw SQLError(
                .typeMismatch, "UNNEST needs an ARRAY, MAP or MULTISET, not \(collection.type.kind)",
                span: exprs[0].span)
        }
        if withOrdinality { element.append(PlanField("ORDINALITY", .int.notNull)) }
        if keepsEmpty { for index in element.indices { element[index].type.isNullable = true } }
        if let alias, !alias.columns.isEmpty {
            guard alias.columns.count == element.count else {
                throw SQLError(
                    .columnMismatch,
                    "\"\(alias.name.name)\" names \(alias.columns.count) columns, UNNEST gives \(element.count)",
                    span: alias.name.span)
            }
            for (index, column) in alias.columns.enumerated() { element[index].name = column.name }
        }
        let node = UnnestNode(
            collection: collection, keepsEmpty: keepsEmpty, withOrdinality: withOrdinality,
            flattensRows: flattens)
        let plan = LogicalPlan(.unnest(input, node), input.fields + element, span: span)
        var right = Scope()
        right.fields = element
        right.tables = [Scope.Table(name: alias?.name.name, path: [], columns: 0..<element.count)]
        return (plan, scope.joined(right))
    }
}
