extension Expr {
    /// The expressions directly inside this one, in the order of the text. What stands in a sub-query is not among them.
    public var operands: [Expr] {
        switch kind {
        case .literal, .column, .star, .exists, .arrayQuery, .mapQuery, .scalarQuery, .timeUnit,
            .defaultValue,
            .descriptor, .modelArgument:
            return []
        case .unary(_, let inner), .isPredicate(let inner, _, _), .cast(let inner, _, _),
            .field(let inner, _), .interval(let inner, _), .namedArgument(_, let inner),
            .inQuery(let inner, _, _):
            return [inner]
        case .binary(_, let left, let right), .element(let left, let right): return [left, right]
        case .between(let inner, let low, let high, _, _): return [inner, low, high]
        case .inList(let inner, let items, _): return [inner] + items
        case .quantified(let inner, _, _, let operand):
            if case .list(let items) = operand { return [inner] + items }
            return [inner]
        case .like(let inner, _, let pattern, let escape, _):
            return [inner, pattern] + [escape].compactMap { $0 }
        case .caseWhen(let operand, let branches, let otherwise):
            let parts = branches.flatMap { $0.conditions + [$0.result] }
            return [operand].compactMap { $0 } + parts + [otherwise].compactMap { $0 }
        case .call(let call): return call.operands
        case .row(let items, _), .array(let items), .map(let items): return items
        case .trim(_, let characters, let source): return [characters].compactMap { $0 } + [source]
        case .jsonPath(let call): return [call.input, call.path]
        case .tableArgument(let argument): return argument.partitionBy + argument.orderBy.map(\.expr)
        }
    }
}

extension FunctionCall {
    /// Arguments, orders and filter; an inline OVER too.
    public var operands: [Expr] {
        var all = arguments + orderBy.map(\.expr) + withinGroup.map(\.expr) + [filter].compactMap { $0 }
        if case .inline(let spec)? = over { all += spec.partitionBy + spec.orderBy.map(\.expr) }
        return all
    }
}
