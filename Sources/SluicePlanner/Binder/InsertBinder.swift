import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// `INSERT INTO t (…) query`: the query's columns against the table's, by position (A8).
struct InsertBinder {
    private var binder: Binder
    private let insert: Insert

    /// Where the rows go.
    struct Target {
        var connector: any Connector
        var table: ResolvedTable
        var request: SinkRequest
        var notNull: [SinkNode.NotNullColumn]
        var span: SourceSpan
    }

    init(_ environment: PlannerEnvironment, _ insert: Insert) {
        binder = Binder(environment)
        self.insert = insert
    }

    var warnings: [SQLError] { binder.warnings }

    mutating func bind() throws(SQLError) -> (plan: LogicalPlan, sink: Target) {
        try refuseClauses()
        let name = insert.table
        let qualified = try binder.environment.qualify(name.names, span: name.span)
        guard case .table(let entry) = try binder.lookUp(qualified, name) else {
            throw SQLError(
                .unsupported, "\"\(name.description)\" is a view and cannot be written", span: name.span)
        }
        let tableBinder = TableBinder(binder, entry, hints: insert.hints, span: name.span)
        let table = try tableBinder.resolved()
        let connector = try tableBinder.connector(of: table)
        if let column = connector.unwritableMetadata(table) {
            throw SQLError(
                .unsupported,
                "metadata '\(column.metadataKey ?? "")' of connector '\(connector.names[0])' can be read, not written",
                span: insert.targetSpan, hint: "declare column \"\(column.name)\" as VIRTUAL")
        }
        let columns = try writtenColumns(entry, table)
        let query = try binder.bind(insert.query)
        let plan = try coerced(query, columns, table)
        let target = Target(
            connector: connector, table: table,
            request: SinkRequest(columns: columns, input: .appendOnly, overwrite: insert.isOverwrite),
            notNull: try notNull(columns, table), span: name.span)
        return (plan, target)
    }

    private func refuseClauses() throws(SQLError) {
        if !insert.partition.isEmpty { throw binder.unsupported("INSERT with PARTITION", insert.targetSpan) }
        if let action = insert.onConflict {
            throw binder.unsupported("ON CONFLICT \(action.rawValue)", insert.targetSpan)
        }
    }

    /// Positions in the table's columns that the query fills, in the query's order.
    private func writtenColumns(_ entry: TableEntry, _ table: ResolvedTable) throws(SQLError) -> [Int] {
        let persisted = table.columns.indices.filter { !table.columns[$0].isVirtual }
        guard let listed = insert.columns else { return persisted }
        var out: [Int] = []
        for name in listed {
            guard name.parts.count == 1 else {
                throw binder.unsupported("INSERT into a field of a row column", name.span)
            }
            guard let index = table.columns.firstIndex(where: { $0.name == name.last }),
                !table.columns[index].isVirtual
            else {
                if entry.column(name.last) != nil {
                    throw SQLError(
                        .columnMismatch, "column \"\(name.last)\" is computed and cannot be written",
                        span: name.span)
                }
                let near = DidYouMean.nearest(name.last, in: table.columns.map(\.name))
                throw SQLError(
                    .unknownColumn, "table \"\(entry.name.object)\" has no column \"\(name.last)\"",
                    span: name.span,
                    label: near.map { "did you mean \"\($0)\"?" })
            }
            if out.contains(index) {
                throw SQLError(
                    .duplicateName, "column \"\(name.last)\" stands twice in the list", span: name.span)
            }
            out.append(index)
        }
        return out
    }

    private func notNull(_ columns: [Int], _ table: ResolvedTable) throws(SQLError) -> [SinkNode
        .NotNullColumn]
    {
        for index in table.columns.indices where !columns.contains(index) {
            let column = table.columns[index]
            if !column.type.isNullable && !column.isVirtual {
                throw SQLError(
                    .columnMismatch, "column \"\(column.name)\" is NOT NULL and must be in the list",
                    span: insert.targetSpan)
            }
        }
        return columns.enumerated().compactMap { position, index in
            let column = table.columns[index]
            return column.type.isNullable ? nil : SinkNode.NotNullColumn(index: position, name: column.name)
        }
    }

    /// Implicit casts only; anything else lists both schemas.
    private func coerced(
        _ query: LogicalPlan, _ columns: [Int], _ table: ResolvedTable
    ) throws(SQLError) -> LogicalPlan {
        guard query.fields.count == columns.count else {
            throw mismatch(query, columns, table, "different number of columns")
        }
        var exprs: [BoundExpr] = []
        for (position, index) in columns.enumerated() {
            let field = query.fields[position]
            let wanted = table.columns[index].type
            guard CastRules.isImplicit(from: field.type, to: wanted) || field.type.kind == .null else {
                throw mismatch(
                    query, columns, table,
                    "column \"\(table.columns[index].name)\" is \(wanted.kind), the query gives \(field.type.kind)"
                )
            }
            let type = wanted.nullable(field.type.isNullable)
            exprs.append(try Coercion.cast(query.column(position), to: type, mode: .implicit))
        }
        let names = columns.map { table.columns[$0].name }
        return binder.unless(query, exprs, names)
    }

    private func mismatch(_ query: LogicalPlan, _ columns: [Int], _ table: ResolvedTable, _ cause: String)
        -> SQLError
    {
        let given = query.fields.map { "\($0.name): \($0.type.kind)" }.joined(separator: ", ")
        let wanted = columns.map { "\(table.columns[$0].name): \(table.columns[$0].type.kind)" }.joined(
            separator: ", ")
        return SQLError(
            .columnMismatch, "the query does not fit table \"\(table.name)\": \(cause)",
            span: insert.targetSpan,
            notes: [SQLError.Note("query: [\(given)]"), SQLError.Note("table: [\(wanted)]")],
            hint: "add a CAST to the query")
    }
}
