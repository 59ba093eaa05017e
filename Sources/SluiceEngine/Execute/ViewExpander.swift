import SluiceBase
import SluiceCatalog
import SluiceSyntax

/// Completes the table names of a query, so that a view means the same from any current database.
struct ViewExpander {
    let catalog: SessionCatalog

    func text(of query: Query) throws(SQLError) -> String { SQLPrinter.text(try expand(query, [])) }

    /// `local`: names of WITH queries in sight, which stay as they are.
    private func expand(_ query: Query, _ local: Set<String>) throws(SQLError) -> Query {
        var copy = query
        var names = local
        for index in copy.with.indices {
            copy.with[index].query = try expand(copy.with[index].query, names)
            names.insert(copy.with[index].name.name)
        }
        copy.body = try expand(copy.body, names)
        return copy
    }

    private func expand(_ body: QueryBody, _ local: Set<String>) throws(SQLError) -> QueryBody {
        switch body {
        case .select(var select):
            if let from = select.from { select.from = try expand(from, local) }
            return .select(select)
        case .setOperation(var operation):
            operation.left = try expand(operation.left, local)
            operation.right = try expand(operation.right, local)
            return .setOperation(operation)
        case .table(let name): return .table(try complete(name, local))
        case .nested(let query): return .nested(try expand(query, local))
        case .values: return body
        }
    }

    private func expand(_ ref: TableRef, _ local: Set<String>) throws(SQLError) -> TableRef {
        var copy = ref
        switch ref.kind {
        case .table(var table):
            let name = table.name
            table.name = try complete(name, local)
            // The bare name stays the alias by which columns are qualified.
            if table.alias == nil && table.name != name {
                table.alias = TableAlias(name: Identifier(name.last))
            }
            copy.kind = .table(table)
        case .derived(let query, let isLateral, let alias):
            copy.kind = .derived(try expand(query, local), isLateral: isLateral, alias: alias)
        case .function(var function):
            for index in function.call.arguments.indices {
                function.call.arguments[index] = try expand(function.call.arguments[index], local)
            }
            copy.kind = .function(function)
        case .join(var join):
            join.left = try expand(join.left, local)
            join.right = try expand(join.right, local)
            copy.kind = .join(join)
        case .matchRecognize(var match):
            match.input = try expand(match.input, local)
            copy.kind = .matchRecognize(match)
        case .unnest: break
        }
        return copy
    }

    private func expand(_ argument: Expr, _ local: Set<String>) throws(SQLError) -> Expr {
        var copy = argument
        switch argument.kind {
        case .namedArgument(let name, let value): copy.kind = .namedArgument(name, try expand(value, local))
        case .tableArgument(var table):
            switch table.source {
            case .table(let name): table.source = .table(try complete(name, local))
            case .query(let query): table.source = .query(try expand(query, local))
            }
            copy.kind = .tableArgument(table)
        default: break
        }
        return copy
    }

    private func complete(_ name: ObjectName, _ local: Set<String>) throws(SQLError) -> ObjectName {
        if name.parts.count == 1 && local.contains(name.last) { return name }
        let full = try catalog.qualify(name.names)
        let parts = [full.catalog, full.database, full.object].map { Identifier($0, isQuoted: true, span: name.span) }
        return ObjectName(parts, span: name.span)
    }
}
