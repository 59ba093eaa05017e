import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// `ROW_NUMBER() OVER (PARTITION BY … ORDER BY …)` as a select item: Top-N once a filter bounds it (U8); in batch mode
/// also without one, and RANK and DENSE_RANK too.
extension Binder {
    /// No filter has bounded the rank so far.
    static let unboundedRank = Int(Int32.max)

    /// The input with a rank column behind its own, and the select item that names it; nil: no item asks for a rank.
    mutating func ranked(
        _ plan: LogicalPlan, _ scope: Scope, _ items: [Item], _ select: Select
    ) throws(SQLError) -> (plan: LogicalPlan, scope: Scope, items: [Item])? {
        let places = items.indices.filter { rankCall(items[$0]) != nil }
        guard let place = places.first, let call = rankCall(items[place]) else { return nil }
        let span = items[place].span
        guard places.count == 1, select.groupBy == nil, select.having == nil else {
            throw unsupported("more than one OVER, or OVER with GROUP BY,", span)
        }
        let name = call.name.last.uppercased()
        if isStreaming && name != "ROW_NUMBER" {
            throw SQLError(
                .streamingRefused, "\(name) is refused in streaming mode", span: span,
                hint: "use ROW_NUMBER, or batch mode")
        }
        let window = try window(call, select, span)
        var columns = RankColumns(plan)
        var binder = ExpressionBinder(self, scope)
        var partition: [Int] = []
        for expr in window.partitionBy { partition.append(columns.column(try binder.bind(expr))) }
        var keys: [SortKey] = []
        for item in window.orderBy {
            keys.append(
                SortKey(
                    column: columns.column(try binder.bind(item.expr)), descending: item.isDescending,
                    nullsFirst: item.nullsFirst))
        }
        let input = columns.plan
        let node = TopNNode(
            partition: partition, keys: keys, start: 1, end: Binder.unboundedRank, rank: rank(name),
            outputsRank: true)
        let fields = input.fields + [PlanField("$rank", .bigint.notNull)]
        var rankedScope = scope
        rankedScope.fields = fields
        for index in scope.fields.count..<fields.count { rankedScope.hidden.insert(index) }
        var rankedItems = items
        rankedItems[place].source = .column(fields.count - 1)
        return (LogicalPlan(.topN(input, node), fields, span: span), rankedScope, rankedItems)
    }

    /// One rank among the items and no other OVER: a Top-N may follow.
    func onlyRanks(_ items: [Item], _ orderBy: [OrderItem], _ select: Select) -> Bool {
        guard select.qualify == nil else { return false }
        let others = items.filter { rankCall($0) == nil }.compactMap(\.expr) + orderBy.map(\.expr)
        return items.filter { rankCall($0) != nil }.count == 1
            && others.allSatisfy { OverSearch.calls(in: $0).isEmpty }
    }

    private func rankCall(_ item: Item) -> FunctionCall? {
        guard case .expr(let expr) = item.source, case .call(let call) = expr.kind, call.over != nil else {
            return nil
        }
        return ["ROW_NUMBER", "RANK", "DENSE_RANK"].contains(call.name.last.uppercased()) ? call : nil
    }

    private func rank(_ name: String) -> TopNNode.Rank {
        switch name {
        case "RANK": return .rank
        case "DENSE_RANK": return .denseRank
        default: return .rowNumber
        }
    }

    private func window(
        _ call: FunctionCall, _ select: Select, _ span: SourceSpan
    ) throws(SQLError) -> SluiceSyntax.WindowSpec {
        let name = call.name.last.uppercased()
        guard call.arguments.isEmpty else {
            throw SQLError(.argumentCount, "\(name) takes no arguments", span: span)
        }
        let spec = try windowSpec(call, select, span)
        if let frame = spec.frame {
            throw SQLError(.invalidWindow, "\(name) takes no frame", span: frame.span)
        }
        guard !spec.orderBy.isEmpty else {
            throw SQLError(.invalidWindow, "\(name) needs ORDER BY in OVER", span: spec.span)
        }
        return spec
    }
}

/// The input of a rank with the columns that its partition and order need.
private struct RankColumns {
    private let input: LogicalPlan
    private var exprs: [BoundExpr]

    init(_ input: LogicalPlan) {
        self.input = input
        exprs = input.identityExprs
    }

    mutating func column(_ expr: BoundExpr) -> Int {
        if let known = exprs.firstIndex(of: expr) { return known }
        exprs.append(expr)
        return exprs.count - 1
    }

    var plan: LogicalPlan {
        if exprs.count == input.fields.count { return input }
        let names = exprs.indices.map { $0 < input.fields.count ? input.fields[$0].name : "$key\($0)" }
        return input.projecting(exprs, names: names)
    }
}
