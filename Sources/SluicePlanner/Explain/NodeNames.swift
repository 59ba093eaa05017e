import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph

/// The text by which a node is known in EXPLAIN, errors and metrics.
enum NodeNames {
    static func calc(_ node: CalcNode, input: [String], output: [String]) -> String {
        let texts = ExpressionText(input)
        var parts: [String] = []
        for (expr, name) in zip(node.projections, output) {
            let text = texts.text(expr)
            parts.append(text == name ? name : "\(text) AS \(name)")
        }
        var result = "Calc(select=[\(parts.joined(separator: ", "))]"
        if let filter = node.filter { result += ", where=[\(texts.text(filter))]" }
        return result + ")"
    }

    static func scan(_ scan: LogicalPlan.Scan, _ fields: [String]) -> String {
        var text = "table=[\(scan.table.name)], fields=[\(fields.joined(separator: ", "))]"
        if let note = scan.note { text += ", \(note)" }
        guard !scan.filters.isEmpty else { return text }
        let filters = scan.filters.map { filter in
            let column = scan.table.columns[filter.column]
            var (name, type) = (column.name, column.type)
            if let field = filter.field, case .row(let fields) = type.kind, fields.indices.contains(field) {
                name += "." + fields[field].name
                type = fields[field].type
            }
            let values = filter.values.map { ExpressionText([]).text(.literal($0, type)) }
            let list = values.joined(separator: ", ")
            return "\(name) \(filter.comparison.rawValue) \(filter.comparison == .oneOf ? "(\(list))" : list)"
        }
        text += ", filter=[\(filters.joined(separator: " AND "))]"
        return text
    }

    static func aggregate(
        _ operatorName: String, _ keys: [Int], _ calls: [AggregateCall], _ window: WindowSpec?,
        _ input: [String]
    ) -> String {
        var parts: [String] = []
        if !keys.isEmpty { parts.append("groupBy=[\(keys.map { name($0, input) }.joined(separator: ", "))]") }
        if let window { parts.append("window=[\(self.window(window))]") }
        parts.append("select=[\(calls.map { call($0, input) }.joined(separator: ", "))]")
        return "\(operatorName)(\(parts.joined(separator: ", ")))"
    }

    static func over(_ node: OverNode, _ input: [String]) -> String {
        var parts: [String] = []
        if !node.partition.isEmpty {
            parts.append("partitionBy=[\(node.partition.map { name($0, input) }.joined(separator: ", "))]")
        }
        if !node.keys.isEmpty { parts.append("orderBy=[\(order(node.keys, input))]") }
        parts.append("select=[\(node.calls.map { over($0, input) }.joined(separator: ", "))]")
        return "OverAggregate(\(parts.joined(separator: ", ")))"
    }

    private static func over(_ over: OverCall, _ input: [String]) -> String {
        switch over.function {
        case .aggregate(let call): return self.call(call, input) + " " + frame(over.frame)
        case .rowNumber: return "ROW_NUMBER()"
        case .rank: return "RANK()"
        case .denseRank: return "DENSE_RANK()"
        case .percentRank: return "PERCENT_RANK()"
        case .cumeDist: return "CUME_DIST()"
        case .ntile(let buckets): return "NTILE(\(buckets))"
        case .neighbour(let column, let distance, _):
            return "\(distance < 0 ? "LAG" : "LEAD")(\(name(column, input)), \(distance.magnitude))"
        }
    }

    private static func frame(_ frame: OverFrame) -> String {
        "\(frame.unit == .rows ? "ROWS" : "RANGE") BETWEEN \(bound(frame.start)) AND \(bound(frame.end))"
    }

    private static func bound(_ bound: OverFrame.Bound) -> String {
        switch bound {
        case .unboundedPreceding: return "UNBOUNDED PRECEDING"
        case .currentRow: return "CURRENT ROW"
        case .unboundedFollowing: return "UNBOUNDED FOLLOWING"
        case .offset(let rows): return "\(rows.magnitude) \(rows < 0 ? "PRECEDING" : "FOLLOWING")"
        case .distance(let value): return "\(value.magnitude) \(value < 0 ? "PRECEDING" : "FOLLOWING")"
        }
    }

    static func call(_ call: AggregateCall, _ input: [String]) -> String {
        var text = call.name + "("
        if call.isDistinct { text += "DISTINCT " }
        text +=
            call.arguments.isEmpty && call.name == "COUNT"
            ? "*" : call.arguments.map { name($0, input) }.joined(separator: ", ")
        text += ")"
        if let filter = call.filter { text += " FILTER \(name(filter, input))" }
        return text
    }

    static func window(_ window: WindowSpec) -> String {
        switch window {
        case .tumble(let size, let offset): return "TUMBLE(size=[\(length(size))]\(suffix(offset)))"
        case .hop(let slide, let size, let offset):
            return "HOP(slide=[\(length(slide))], size=[\(length(size))]\(suffix(offset)))"
        case .cumulate(let step, let size, let offset, _):
            return "CUMULATE(step=[\(length(step))], size=[\(length(size))]\(suffix(offset)))"
        case .session(let gap): return "SESSION(gap=[\(length(gap))])"
        case .attached: return "window columns of the input"
        }
    }

    private static func suffix(_ offset: Int64) -> String {
        offset == 0 ? "" : ", offset=[\(length(offset))]"
    }

    private static func length(_ millis: Int64) -> String {
        if millis % 86_400_000 == 0 { return "\(millis / 86_400_000) d" }
        if millis % 3_600_000 == 0 { return "\(millis / 3_600_000) h" }
        if millis % 60_000 == 0 { return "\(millis / 60_000) min" }
        if millis % 1000 == 0 { return "\(millis / 1000) s" }
        return "\(millis) ms"
    }

    static func join(_ node: JoinNode, _ left: [String], _ right: [String]) -> String {
        var conditions: [String] = []
        for index in node.leftKeys.indices {
            let op = node.nullSafe[index] ? "IS NOT DISTINCT FROM" : "="
            conditions.append(
                "\(name(node.leftKeys[index], left)) \(op) \(name(node.rightKeys[index], right))")
        }
        if let rest = node.condition { conditions.append(ExpressionText(left + right).text(rest)) }
        let text = conditions.isEmpty ? "true" : conditions.joined(separator: " AND ")
        return "Join(joinType=[\(node.type.rawValue)], where=[\(text)])"
    }

    static func lookup(_ node: LookupJoinNode, _ input: [String]) -> String {
        var keys: [String] = []
        let texts = ExpressionText(input)
        let signs: [String]
        switch node.request.match {
        case .equal: signs = node.keys.map { _ in "=" }
        case .prefix: signs = [" STARTSWITH "]
        case .range: signs = [" FROM ", " TO "]
        }
        for (index, (column, expr)) in zip(node.request.keys, node.keys).enumerated() {
            keys.append("\(node.table.columns[column].name)\(signs[index])\(texts.text(expr))")
        }
        var rest = ""
        if let condition = node.condition {
            let found = node.request.projection.map { node.table.columns[$0].name }
            rest = ", where=[\(ExpressionText(input + found).text(condition))]"
        }
        if node.cache.maxRows > 0 { rest += ", cache=[\(node.cache.maxRows) rows]" }
        let joinType = node.isLeft ? "left" : "inner"
        let lookup = keys.joined(separator: ", ")
        return "LookupJoin(table=[\(node.table.name)], joinType=[\(joinType)], lookup=[\(lookup)]\(rest))"
    }

    static func order(_ keys: [SortKey], _ input: [String]) -> String {
        keys.map { "\(name($0.column, input)) \($0.descending ? "DESC" : "ASC")" }.joined(separator: ", ")
    }

    private static func name(_ index: Int, _ names: [String]) -> String {
        index < names.count ? names[index] : "$\(index)"
    }
}
