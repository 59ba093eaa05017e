import SluiceSyntax

/// Finds the names of tables and views that a query reads, wherever they stand; names of WITH queries are not among them.
struct TableNameCollector {
    private(set) var names: [ObjectName] = []
    private var common: [String] = []

    static func names(in query: Query) -> [ObjectName] {
        var collector = TableNameCollector()
        collector.visit(query)
        return collector.names
    }

    private mutating func add(_ name: ObjectName) {
        if name.parts.count == 1 && common.contains(name.last) { return }
        names.append(name)
    }

    // MARK: Queries

    private mutating func visit(_ query: Query) {
        let before = common
        for table in query.with {
            visit(table.query)
            common.append(table.name.name)
        }
        visit(query.body)
        visit(query.orderBy)
        common = before
    }

    private mutating func visit(_ body: QueryBody) {
        switch body {
        case .select(let select): visit(select)
        case .setOperation(let operation):
            visit(operation.left)
            visit(operation.right)
        case .values(let rows): for row in rows { visit(row.items) }
        case .table(let name): add(name)
        case .nested(let query): visit(query)
        }
    }

    private mutating func visit(_ select: Select) {
        if let from = select.from { visit(from) }
        for item in select.items {
            if case .expr(let expr, _) = item.kind { visit(expr) }
        }
        visit([select.where, select.having, select.qualify].compactMap { $0 })
        for element in select.groupBy?.items ?? [] { visit(element) }
        for window in select.windows { visit(window.spec) }
    }

    private mutating func visit(_ element: GroupingElement) {
        switch element {
        case .expr(let expr): visit(expr)
        case .list(let exprs): visit(exprs)
        case .rollup(let items), .cube(let items), .groupingSets(let items): for item in items { visit(item) }
        }
    }

    private mutating func visit(_ ref: TableRef) {
        switch ref.kind {
        case .table(let table):
            add(table.name)
            if let time = table.systemTime { visit(time) }
        case .derived(let query, _, _): visit(query)
        case .function(let function): visit(function.call.operands)
        case .unnest(let exprs, _, _): visit(exprs)
        case .join(let join):
            visit(join.left)
            visit(join.right)
            if case .on(let condition) = join.condition { visit(condition) }
        case .matchRecognize(let match): visit(match)
        }
    }

    private mutating func visit(_ match: MatchRecognize) {
        visit(match.input)
        visit(match.partitionBy)
        visit(match.orderBy)
        visit(match.measures.map(\.expr))
        visit(match.definitions.map(\.condition))
        if let within = match.within { visit(within) }
    }

    private mutating func visit(_ spec: WindowSpec) {
        visit(spec.partitionBy)
        visit(spec.orderBy)
    }

    // MARK: Expressions

    private mutating func visit(_ items: [OrderItem]) { for item in items { visit(item.expr) } }

    private mutating func visit(_ exprs: [Expr]) { for expr in exprs { visit(expr) } }

    private mutating func visit(_ expr: Expr) {
        switch expr.kind {
        case .inQuery(_, let query, _), .exists(let query), .arrayQuery(let query), .mapQuery(let query),
            .scalarQuery(let query), .quantified(_, _, _, .query(let query)):
            visit(query)
        case .tableArgument(let argument): visit(argument)
        default: break
        }
        visit(expr.operands)
    }

    private mutating func visit(_ argument: TableArgument) {
        switch argument.source {
        case .table(let name): add(name)
        case .query(let query): visit(query)
        }
    }
}
