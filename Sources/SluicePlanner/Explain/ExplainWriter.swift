import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph

/// The texts of EXPLAIN for a planned job.
public struct ExplainWriter {
    private let job: PlannedJob

    public init(job: PlannedJob) { self.job = job }

    /// The default: logical, optimized and physical plan, one under the other.
    public func plan(details: [String]) -> String {
        var text = "== Logical Plan ==\n" + logical
        text += "\n\n== Optimized Plan ==\n" + optimized
        text += "\n\n== Physical Plan ==\n" + physical(showsChangelog: details.contains("CHANGELOG_MODE"))
        if details.contains("PLAN_ADVICE") {
            text += "\n\nadvice: "
            text +=
                job.warnings.isEmpty ? "none" : job.warnings.map(\.message).joined(separator: "\n        ")
        }
        return text
    }

    public var logical: String { job.logical.map { tree($0, 0) }.joined(separator: "\n\n") }
    public var optimized: String { job.optimized.map { tree($0, 0) }.joined(separator: "\n\n") }

    // MARK: Logical trees

    private func tree(_ plan: LogicalPlan, _ depth: Int) -> String {
        if case .table(let input, _) = plan.kind { return tree(input, depth) }
        var lines = [prefix(depth) + describe(plan)]
        for input in plan.inputs { lines.append(tree(input, depth + 1)) }
        return lines.joined(separator: "\n")
    }

    private func prefix(_ depth: Int) -> String {
        depth == 0 ? "" : String(repeating: "   ", count: depth - 1) + "+- "
    }

    private func describe(_ plan: LogicalPlan) -> String {
        let below = plan.inputs.flatMap { $0.fields.map(\.name) }
        let text = ExpressionText(below)
        switch plan.kind {
        case .scan(let scan):
            return "Scan(\(NodeNames.scan(scan, plan.fields.map(\.name))))"
        case .values(let rows): return "Values(rows=\(rows.count))"
        case .project(_, let exprs):
            let parts = zip(exprs, plan.fields).map { expr, field in "\(field.name)=[\(text.text(expr))]" }
            return "Project(\(parts.joined(separator: ", ")))"
        case .filter(_, let predicate): return "Filter(condition=[\(text.text(predicate))])"
        case .watermark(_, let column, let expr):
            return "Watermark(rowtime=[\(plan.fields[column].name)], watermark=[\(text.text(expr))])"
        case .windowTable(_, let node):
            return "WindowTableFunction(window=[\(NodeNames.window(node.window))])"
        case .aggregate(_, let node):
            return NodeNames.aggregate("Aggregate", node.keys, node.calls, nil, below)
        case .windowAggregate(_, let node):
            return NodeNames.aggregate("WindowAggregate", node.keys, node.aggregates, node.window, below)
        default: return describeRest(plan, below, text)
        }
    }

    private func describeRest(_ plan: LogicalPlan, _ below: [String], _ text: ExpressionText) -> String {
        switch plan.kind {
        case .expand(_, let lists): return "Expand(sets=\(lists.count))"
        case .join(_, _, let node):
            let condition = node.condition.map { text.text($0) } ?? "true"
            return "Join(joinType=[\(node.type.rawValue)], condition=[\(condition)])"
        case .lookupJoin(_, let node): return NodeNames.lookup(node, below)
        case .unnest(_, let node): return "Unnest(\(text.text(node.collection)))"
        case .union: return "Union(all=[true])"
        case .sort(_, let node):
            let limit = node.limit.map { ", fetch=[\($0)]" } ?? ""
            return "Sort(orderBy=[\(NodeNames.order(node.keys, below))]\(limit))"
        case .limit(_, let offset, let count):
            return "Limit(offset=[\(offset)], fetch=[\(count.map(String.init) ?? "all")])"
        case .topN(_, let node):
            return "TopN(orderBy=[\(NodeNames.order(node.keys, below))], ranks=[\(node.start)..\(node.end)])"
        case .over(_, let node): return NodeNames.over(node, below)
        default: return "Table"
        }
    }

    // MARK: The job graph

    private func physical(showsChangelog: Bool) -> String {
        let read = Set(job.graph.nodes.flatMap { $0.inputs.map(\.from) })
        let roots = job.graph.nodes.filter { !read.contains($0.id) }
        return roots.map { node($0.id, 0, showsChangelog) }.joined(separator: "\n\n")
    }

    private func node(_ id: Int, _ depth: Int, _ showsChangelog: Bool) -> String {
        let node = job.graph.nodes[id]
        var line = prefix(depth) + node.name
        if showsChangelog { line += ", changelogMode=\(node.changelog)" }
        if node.parallelism > 1 { line += ", parallelism=\(node.parallelism)" }
        var lines = [line]
        for edge in node.inputs {
            var below = depth + 1
            if let exchange = exchange(edge) {
                lines.append(prefix(below) + exchange)
                below += 1
            }
            lines.append(self.node(edge.from, below, showsChangelog))
        }
        return lines.joined(separator: "\n")
    }

    private func exchange(_ edge: JobEdge) -> String? {
        let fields = job.graph.nodes[edge.from].schema
        switch edge.partitioning {
        case .forward: return nil
        case .hash(let columns):
            let names = columns.map { $0 < fields.count ? fields[$0].name : "$\($0)" }
            return "Exchange(distribution=[hash[\(names.joined(separator: ", "))]])"
        case .broadcast: return "Exchange(distribution=[broadcast])"
        case .rebalance: return "Exchange(distribution=[rebalance])"
        case .gather: return "Exchange(distribution=[single])"
        }
    }

    /// The graph as JSON, one object: nodes with id, name, parallelism, columns, row kinds and inputs.
    public var json: String {
        let nodes = job.graph.nodes.map { node in
            let inputs = node.inputs.map { edge in
                "{\"id\": \(edge.from), \"ship_strategy\": \(JSONText.quoted(strategy(edge)))}"
            }
            let columns = node.schema.map { field in
                "{\"name\": \(JSONText.quoted(field.name)), \"type\": \(JSONText.quoted(field.type.description))}"
            }
            return """
                {"id": \(node.id), "type": \(JSONText.quoted(node.name)), "parallelism": \(node.parallelism), \
                "changelog": \(JSONText.quoted(node.changelog.description)), \
                "columns": [\(columns.joined(separator: ", "))], "predecessors": [\(inputs.joined(separator: ", "))]}
                """
        }
        return "{\"nodes\": [\n  " + nodes.joined(separator: ",\n  ") + "\n]}"
    }

    private func strategy(_ edge: JobEdge) -> String {
        switch edge.partitioning {
        case .forward: return "FORWARD"
        case .hash: return "HASH"
        case .broadcast: return "BROADCAST"
        case .rebalance: return "REBALANCE"
        case .gather: return "GLOBAL"
        }
    }
}
