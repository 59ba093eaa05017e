import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// OVER in batch mode (J8): the calls of one partition and order are one node; its results are columns of the scope.
extension Binder {
    /// Computes the OVER calls in `exprs` below the plan; in the scope they are found by their place in the text.
    mutating func attachOvers(
        in exprs: [Expr], _ plan: LogicalPlan, _ scope: Scope, _ select: Select
    ) throws(SQLError) -> (LogicalPlan, Scope) {
        var plan = plan
        var scope = scope
        var windows: [OverWindow] = []
        for (call, span) in exprs.flatMap({ OverSearch.calls(in: $0) }) {
            let spec = try windowSpec(call, select, span)
            let index = windows.firstIndex {
                $0.spec.partitionBy == spec.partitionBy && $0.spec.orderBy == spec.orderBy
            }
            if let index {
                windows[index].add(call, spec.frame, span)
            } else {
                windows.append(OverWindow(spec, call, span))
            }
        }
        for window in windows { (plan, scope) = try attach(window, plan, scope) }
        return (plan, scope)
    }

    private mutating func attach(
        _ window: OverWindow, _ plan: LogicalPlan, _ scope: Scope
    ) throws(SQLError) -> (LogicalPlan, Scope) {
        var columns = ArgumentColumns(keys: plan.identityExprs)
        var binder = ExpressionBinder(self, scope)
        var partition: [Int] = []
        for expr in window.spec.partitionBy { partition.append(columns.column(try binder.bind(expr))) }
        var keys: [SortKey] = []
        var keyTypes: [DataType] = []
        for item in window.spec.orderBy {
            let key = try binder.bind(item.expr)
            keyTypes.append(key.type)
            keys.append(
                SortKey(
                    column: columns.column(key), descending: item.isDescending, nullsFirst: item.nullsFirst))
        }
        var calls: [OverCall] = []
        for entry in window.calls {
            let binding = OverCallBinder(self, scope, keyTypes: keyTypes)
            calls.append(try binding.bind(entry.call, entry.frame, entry.spans[0], &columns))
        }
        let below = columns.projection(over: plan)
        let results = calls.enumerated().map { PlanField("$over\($0.offset)", $0.element.type) }
        let node = OverNode(partition: partition, keys: keys, calls: calls)
        let over = LogicalPlan(
            .over(below, node), below.fields.map(\.plain) + results, span: window.calls.first?.spans.first)
        let width = plan.fields.count
        let kept = Array(0..<width) + calls.indices.map { below.fields.count + $0 }
        let result = over.projecting(kept.map { over.column($0) }, names: kept.map { over.fields[$0].name })
        var scope = scope
        for (index, entry) in window.calls.enumerated() {
            scope.append(result.fields[width + index], at: entry.spans[0])
            for span in entry.spans.dropFirst() { scope.share(width + index, at: span) }
        }
        return (result, scope)
    }

    /// What stands behind OVER, by name or in brackets.
    func windowSpec(
        _ call: FunctionCall, _ select: Select, _ span: SourceSpan
    ) throws(SQLError) -> SluiceSyntax.WindowSpec {
        switch call.over {
        case .inline(let spec)?:
            guard let base = spec.base else { return spec }
            var refined = try namedWindow(base, select)
            if refined.frame != nil || !spec.partitionBy.isEmpty
                || (!refined.orderBy.isEmpty && !spec.orderBy.isEmpty)
            {
                throw SQLError(
                    .invalidWindow, "a window that refines \"\(base.name)\" can only add what it has not",
                    span: spec.span)
            }
            if !spec.orderBy.isEmpty { refined.orderBy = spec.orderBy }
            refined.frame = spec.frame
            return refined
        case .name(let reference)?: return try namedWindow(reference, select)
        case nil: throw unsupported("\(call.name.last.uppercased()) without OVER", span)
        }
    }

    private func namedWindow(
        _ name: Identifier, _ select: Select
    ) throws(SQLError) -> SluiceSyntax.WindowSpec {
        guard let named = select.windows.first(where: { $0.name.name == name.name }) else {
            throw SQLError(
                .invalidWindow, "window \"\(name.name)\" does not exist", span: name.span,
                label: DidYouMean.label(name.name, in: select.windows.map(\.name.name)))
        }
        return named.spec
    }
}

/// The calls that share partition and order.
private struct OverWindow {
    struct Entry {
        var call: FunctionCall
        var frame: WindowFrame?
        var spans: [SourceSpan]
    }

    let spec: SluiceSyntax.WindowSpec
    private(set) var calls: [Entry] = []

    init(_ spec: SluiceSyntax.WindowSpec, _ call: FunctionCall, _ span: SourceSpan) {
        self.spec = spec
        add(call, spec.frame, span)
    }

    mutating func add(_ call: FunctionCall, _ frame: WindowFrame?, _ span: SourceSpan) {
        if let known = calls.firstIndex(where: { $0.call == call && $0.frame == frame }) {
            calls[known].spans.append(span)
        } else {
            calls.append(Entry(call: call, frame: frame, spans: [span]))
        }
    }
}
