import SluiceBase
import SluiceExpressions
import SluiceSyntax

/// Calls of scalar and aggregate functions.
extension ExpressionBinder {
    mutating func bind(_ function: FunctionCall, _ span: SourceSpan) throws(SQLError) -> BoundExpr {
        let name = function.name.last.uppercased()
        if function.over != nil {
            if let column = scope.scalars[span] {
                return .column(column, scope.fields[column].type, span: span)
            }
            throw binder.unsupported(binder.isStreaming ? "OVER" : "OVER in this place", span)
        }
        if let aggregates {
            if let placeholder = try aggregates.bindAuxiliary(function, name, span, &self) {
                return placeholder
            }
        }
        if binder.environment.aggregates.find(name) != nil, binder.environment.functions.find(name) == nil {
            return try aggregate(function, name, span)
        }
        if function.isDistinct || function.filter != nil || !function.orderBy.isEmpty
            || !function.withinGroup.isEmpty
        {
            throw SQLError(
                .aggregateMisplaced, "\"\(function.name.description)\" is no aggregate function", span: span)
        }
        try refuseMisplaced(name, span)
        if function.hasParentheses, ExpressionBinder.bareNames.contains(name) {
            throw SQLError(
                .argumentCount, "\(name) takes no parentheses", span: span, hint: "write \(name)")
        }
        guard !name.hasPrefix("$"), binder.environment.functions.find(name) != nil else {
            throw unknownFunction(function, span)
        }
        if name == "CURRENT_WATERMARK" { try checkWatermarkArgument(function, span) }
        let full = function.jsonNulls.map { "\(name) \($0.rawValue)" } ?? name
        return try call(full, try bind(all: function.arguments), span)
    }

    /// Functions of standard SQL that are called by their bare name.
    private static let bareNames: Set<String> = [
        "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP",
    ]

    private func refuseMisplaced(_ name: String, _ span: SourceSpan) throws(SQLError) {
        switch name {
        case "TUMBLE", "HOP", "SESSION", "CUMULATE":
            throw SQLError(
                .invalidWindow, "\(name) can only stand in GROUP BY or as a table function in FROM",
                span: span)
        case "GROUPING", "GROUPING_ID", "GROUP_ID":
            throw SQLError(.aggregateMisplaced, "\(name) needs a GROUP BY", span: span)
        default: break
        }
        let suffixes = ["_START", "_END", "_ROWTIME", "_PROCTIME"]
        for window in ["TUMBLE", "HOP", "SESSION"] {
            for suffix in suffixes where name == window + suffix {
                throw SQLError(.invalidWindow, "\(name) needs \(window) in GROUP BY", span: span)
            }
        }
    }

    private func checkWatermarkArgument(_ function: FunctionCall, _ span: SourceSpan) throws(SQLError) {
        guard function.arguments.count == 1, case .column(let path) = function.arguments[0].kind else {
            return
        }
        let found = try scope.resolve(path, span: span)
        if !binder.isStreaming || scope.fields[found.column].time == .rowtime { return }
        throw SQLError(
            .typeMismatch, "CURRENT_WATERMARK needs an event time attribute", span: function.arguments[0].span
        )
    }

    private func unknownFunction(_ function: FunctionCall, _ span: SourceSpan) -> SQLError {
        let known = binder.environment.functions.names + binder.environment.aggregates.names
        let near = DidYouMean.nearest(function.name.last.uppercased(), in: known)
        return SQLError(
            .unknownFunction, "function \"\(function.name.description)\" does not exist",
            span: function.name.span, label: near.map { "did you mean \($0)?" })
    }

    private mutating func aggregate(
        _ function: FunctionCall, _ name: String, _ span: SourceSpan
    ) throws(SQLError) -> BoundExpr {
        guard let collector = aggregates else {
            throw SQLError(
                .aggregateMisplaced, "aggregate function \(name) is not allowed here", span: span,
                hint: "conditions on aggregates go into HAVING")
        }
        guard !function.arguments.isEmpty else {
            throw SQLError(
                .argumentCount, "aggregate function \(name) needs an argument", span: span,
                hint: name == "COUNT" ? "COUNT(*) counts rows" : nil)
        }
        guard !isInsideAggregate else {
            throw SQLError(.aggregateMisplaced, "aggregate calls cannot be nested", span: span)
        }
        isInsideAggregate = true
        defer { isInsideAggregate = false }
        var arguments: [BoundExpr] = []
        for argument in function.arguments {
            if case .star = argument.kind {
                guard name == "COUNT", function.arguments.count == 1 else {
                    throw SQLError(.argumentCount, "\(name)(*) does not exist", span: argument.span)
                }
                continue
            }
            arguments.append(try bind(argument))
        }
        var filter: BoundExpr?
        if let condition = function.filter { filter = try bindCondition(condition, "FILTER") }
        var order: [AggregateCollector.Order] = []
        for item in function.orderBy + function.withinGroup {
            order.append(
                AggregateCollector.Order(
                    expr: try bind(item.expr), descending: item.isDescending, nullsFirst: item.nullsFirst))
        }
        return try collector.add(
            name, arguments, function: function, filter: filter, order: order, span: span, binder)
    }
}
