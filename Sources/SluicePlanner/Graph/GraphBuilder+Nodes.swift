import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph

extension GraphBuilder {
    mutating func buildNode(_ plan: LogicalPlan, _ needsUpdateBefore: Bool) throws(SQLError) -> Int {
        switch plan.kind {
        case .scan(let scan): return source(scan, plan)
        case .values(let rows):
            return add(
                .values(ValuesNode(rows: rows)), plan, inputs: [], changelog: .appendOnly, parallelism: 1,
                name: "Values(rows=\(rows.count))")
        case .watermark(let input, let column, let expr):
            return try watermark(input, column, expr, plan, needsUpdateBefore)
        case .windowTable(let input, let node): return try windowTable(input, node, plan, needsUpdateBefore)
        case .aggregate(let input, let node): return try aggregate(input, node, plan, needsUpdateBefore)
        case .windowAggregate(let input, let node): return try windowAggregate(input, node, plan)
        case .expand(let input, let lists):
            return try passing(
                .expand(ExpandNode(projections: lists)), input, plan, needsUpdateBefore,
                "Expand(sets=\(lists.count))")
        case .unnest(let input, let node):
            return try passing(.unnest(node), input, plan, needsUpdateBefore, "Unnest")
        case .join(let left, let right, let node): return try join(left, right, node, plan)
        case .lookupJoin(let input, let node):
            return try passing(
                .lookupJoin(node), input, plan, needsUpdateBefore, NodeNames.lookup(node, fieldNames(input)))
        case .union(let inputs): return try union(inputs, plan, needsUpdateBefore)
        case .sort(let input, let node): return try sort(input, node, plan, needsUpdateBefore)
        case .limit(let input, let offset, let count):
            return try limit(input, offset, count, plan, needsUpdateBefore)
        case .topN(let input, let node): return try topN(input, node, plan, needsUpdateBefore)
        case .over(let input, let node):
            let below = try build(input, needsUpdateBefore: true)
            let parallelism = keyed(node.partition)
            return add(
                .over(node), plan,
                inputs: [edge(from: below, keys: node.partition, parallelism: parallelism)],
                changelog: .appendOnly, parallelism: parallelism,
                name: NodeNames.over(node, fieldNames(input)))
        case .table, .project, .filter: return try build(plan, needsUpdateBefore: needsUpdateBefore)
        }
    }

    private mutating func source(_ scan: LogicalPlan.Scan, _ plan: LogicalPlan) -> Int {
        let node = SourceNode(
            connector: scan.connector, table: scan.table,
            scan: ScanRequest(projection: scan.projection, limit: scan.limit, filters: scan.filters),
            isBounded: scan.isBounded)
        return add(
            .source(node), plan, inputs: [], changelog: scan.changelog, parallelism: config.parallelism,
            name: "TableSourceScan(\(NodeNames.scan(scan, fieldNames(plan))))")
    }

    /// A node with one input that keeps parallelism and row kinds.
    private mutating func passing(
        _ kind: NodeKind, _ input: LogicalPlan, _ plan: LogicalPlan, _ needsUpdateBefore: Bool, _ name: String
    ) throws(SQLError) -> Int {
        let below = try build(input, needsUpdateBefore: needsUpdateBefore)
        return add(
            kind, plan, inputs: [JobEdge(from: below)], changelog: nodes[below].changelog,
            parallelism: nodes[below].parallelism, name: name)
    }

    private mutating func watermark(
        _ input: LogicalPlan, _ column: Int, _ expr: BoundExpr, _ plan: LogicalPlan, _ needsUpdateBefore: Bool
    ) throws(SQLError) -> Int {
        guard isStreaming else { return try build(input, needsUpdateBefore: needsUpdateBefore) }
        let text = ExpressionText(fieldNames(input)).text(expr)
        return try passing(
            .watermark(WatermarkNode(timeColumn: column, expression: expr)), input, plan, needsUpdateBefore,
            "WatermarkAssigner(rowtime=[\(plan.fields[column].name)], watermark=[\(text)])")
    }

    private mutating func windowTable(
        _ input: LogicalPlan, _ node: WindowTableNode, _ plan: LogicalPlan, _ needsUpdateBefore: Bool
    ) throws(SQLError) -> Int {
        let below = try build(input, needsUpdateBefore: needsUpdateBefore)
        guard case .session = node.window else {
            return add(
                .windowTable(node), plan, inputs: [JobEdge(from: below)], changelog: nodes[below].changelog,
                parallelism: nodes[below].parallelism,
                name: "WindowTableFunction(window=[\(NodeNames.window(node.window))])")
        }
        guard nodes[below].changelog.isAppendOnly else {
            throw SQLError(
                .changelogMismatch, "a SESSION window table function takes only inserted rows",
                span: plan.span)
        }
        let parallelism = keyed(node.partition)
        return add(
            .windowTable(node), plan,
            inputs: [edge(from: below, keys: node.partition, parallelism: parallelism)],
            changelog: nodes[below].changelog, parallelism: parallelism,
            name: "WindowTableFunction(window=[\(NodeNames.window(node.window))])")
    }

    // MARK: Aggregations

    private mutating func aggregate(
        _ input: LogicalPlan, _ node: LogicalPlan.Aggregate, _ plan: LogicalPlan, _ needsUpdateBefore: Bool
    ) throws(SQLError) -> Int {
        let below = try build(input, needsUpdateBefore: true)
        let retracting = !nodes[below].changelog.isAppendOnly
        let kind = GroupAggregateNode(
            keys: node.keys, aggregates: node.calls, emitsUpdateBefore: needsUpdateBefore,
            consumesRetractions: retracting)
        var changelog = inference.kinds(of: plan)
        if !needsUpdateBefore { changelog.remove(.updateBefore) }
        let parallelism = keyed(node.keys)
        return add(
            .groupAggregate(kind), plan,
            inputs: [edge(from: below, keys: node.keys, parallelism: parallelism)],
            changelog: changelog, parallelism: parallelism,
            name: NodeNames.aggregate("GroupAggregate", node.keys, node.calls, nil, fieldNames(input)))
    }

    private mutating func windowAggregate(
        _ input: LogicalPlan, _ node: WindowAggregateNode, _ plan: LogicalPlan
    ) throws(SQLError) -> Int {
        let below = try build(input, needsUpdateBefore: true)
        var copy = node
        copy.consumesRetractions = !nodes[below].changelog.isAppendOnly
        let parallelism = keyed(node.keys)
        return add(
            .windowAggregate(copy), plan,
            inputs: [edge(from: below, keys: node.keys, parallelism: parallelism)],
            changelog: .appendOnly, parallelism: parallelism,
            name: NodeNames.aggregate(
                "WindowAggregate", node.keys, node.aggregates, node.window, fieldNames(input)))
    }

    // MARK: Joins and unions

    private mutating func union(
        _ inputs: [LogicalPlan], _ plan: LogicalPlan, _ needsUpdateBefore: Bool
    ) throws(SQLError) -> Int {
        var ids: [Int] = []
        for input in inputs { ids.append(try build(input, needsUpdateBefore: needsUpdateBefore)) }
        let parallelism = ids.map { nodes[$0].parallelism }.max() ?? 1
        let changelog = ids.reduce(ChangelogMode.appendOnly) { $0.union(nodes[$1].changelog) }
        let edges = ids.map { edge(from: $0, parallelism: parallelism) }
        return add(
            .union, plan, inputs: edges, changelog: changelog, parallelism: parallelism,
            name: "Union(all=[true], inputs=\(inputs.count))")
    }

    private mutating func join(
        _ left: LogicalPlan, _ right: LogicalPlan, _ node: LogicalPlan.Join, _ plan: LogicalPlan
    ) throws(SQLError) -> Int {
        let keys = JoinKeys(node.condition, left, right, functions)
        let leftID = try build(keys.leftPlan, needsUpdateBefore: true)
        let rightID = try build(keys.rightPlan, needsUpdateBefore: true)
        let kind = JoinNode(
            type: node.type, leftKeys: keys.leftKeys, rightKeys: keys.rightKeys, nullSafe: keys.nullSafe,
            condition: keys.rest)
        // A NULL among the keys of NOT IN decides about rows of all keys: they all meet in one place.
        let isPartitioned = node.type != .nullAwareAnti
        let leftKeys = isPartitioned ? keys.leftKeys : []
        let parallelism = keyed(leftKeys)
        let edges = [
            edge(from: leftID, keys: leftKeys, parallelism: parallelism),
            edge(from: rightID, keys: isPartitioned ? keys.rightKeys : [], parallelism: parallelism),
        ]
        let isHalf = node.type == .semi || node.type == .anti || node.type == .nullAwareAnti
        let joined = joinedSchema(keys, plan, isHalf)
        let id = add(
            .join(kind), schema: joined, inputs: edges, changelog: inference.kinds(of: plan),
            parallelism: parallelism,
            name: NodeNames.join(kind, fieldNames(keys.leftPlan), fieldNames(keys.rightPlan)),
            span: plan.span)
        guard joined.count != plan.fields.count else { return id }
        // Key columns that were computed for the join go off again.
        let leftWidth = left.fields.count
        let shift = keys.leftPlan.fields.count
        var exprs: [BoundExpr] = []
        for index in plan.fields.indices {
            let place = index < leftWidth ? index : shift + index - leftWidth
            exprs.append(.column(place, plan.fields[index].type))
        }
        let calc = CalcNode(filter: nil, projections: exprs)
        return add(
            .calc(calc), plan, inputs: [JobEdge(from: id)], changelog: nodes[id].changelog,
            parallelism: parallelism,
            name: NodeNames.calc(calc, input: joined.map(\.name), output: fieldNames(plan)))
    }

    private func joinedSchema(_ keys: JoinKeys, _ plan: LogicalPlan, _ isHalf: Bool) -> Schema {
        var schema = keys.leftPlan.schema
        if !isHalf { schema += keys.rightPlan.schema }
        let leftWidth = keys.leftWidth
        let shift = keys.leftPlan.fields.count
        for index in plan.fields.indices {
            let place = index < leftWidth ? index : shift + index - leftWidth
            if place < schema.count {
                schema[place] = Field(plan.fields[index].name, plan.fields[index].type)
            }
        }
        return schema
    }

    // MARK: Order and limit

    private mutating func sort(
        _ input: LogicalPlan, _ node: LogicalPlan.Sort, _ plan: LogicalPlan, _ needsUpdateBefore: Bool
    ) throws(SQLError) -> Int {
        let below = try build(input, needsUpdateBefore: true)
        let order = NodeNames.order(node.keys, fieldNames(input))
        let inputs = [edge(from: below, parallelism: 1)]
        if !isStreaming {
            return add(
                .sort(SortNode(keys: node.keys, offset: node.offset, limit: node.limit)), plan,
                inputs: inputs,
                changelog: .appendOnly, parallelism: 1, name: "Sort(orderBy=[\(order)])")
        }
        if let limit = node.limit {
            let top = TopNNode(
                partition: [], keys: node.keys, start: node.offset + 1, end: node.offset + limit,
                emitsUpdateBefore: needsUpdateBefore)
            var changelog = ChangelogMode.retract
            if !needsUpdateBefore { changelog.remove(.updateBefore) }
            return add(
                .topN(top), plan, inputs: inputs, changelog: changelog, parallelism: 1,
                name: "SortLimit(orderBy=[\(order)], offset=[\(node.offset)], fetch=[\(limit)])")
        }
        guard nodes[below].changelog.isAppendOnly else {
            throw SQLError(
                .changelogMismatch, "ORDER BY a time attribute takes only inserted rows in streaming mode",
                span: plan.span, hint: "add LIMIT n, or run in batch mode")
        }
        let isProctime = node.keys.first.map { input.fields[$0.column].time == .proctime } ?? false
        return add(
            .temporalSort(TemporalSortNode(keys: node.keys, isProctime: isProctime)), plan, inputs: inputs,
            changelog: .appendOnly, parallelism: 1, name: "TemporalSort(orderBy=[\(order)])")
    }

    private mutating func limit(
        _ input: LogicalPlan, _ offset: Int, _ count: Int?, _ plan: LogicalPlan, _ needsUpdateBefore: Bool
    ) throws(SQLError) -> Int {
        let below = try build(input, needsUpdateBefore: true)
        let inputs = [edge(from: below, parallelism: 1)]
        let text = "Limit(offset=[\(offset)], fetch=[\(count.map(String.init) ?? "all")])"
        if isStreaming, !nodes[below].changelog.isAppendOnly, let count {
            let top = TopNNode(
                partition: [], keys: [], start: offset + 1, end: offset + count,
                emitsUpdateBefore: needsUpdateBefore)
            return add(.topN(top), plan, inputs: inputs, changelog: .retract, parallelism: 1, name: text)
        }
        return add(
            .limit(LimitNode(offset: offset, count: count)), plan, inputs: inputs, changelog: .appendOnly,
            parallelism: 1, name: text)
    }

    private mutating func topN(
        _ input: LogicalPlan, _ node: TopNNode, _ plan: LogicalPlan, _ needsUpdateBefore: Bool
    ) throws(SQLError) -> Int {
        if isStreaming { try checkStreaming(node, input, plan) }
        let below = try build(input, needsUpdateBefore: true)
        var copy = node
        copy.emitsUpdateBefore = needsUpdateBefore
        if isStreaming { copy.window = node.windowTime(over: input) }
        if copy.window != nil && !nodes[below].changelog.isAppendOnly {
            throw SQLError(
                .unsupported, "Top-N of a window over rows that change is not supported yet", span: plan.span)
        }
        let isUpdating = isStreaming && copy.window == nil
        let parallelism = keyed(node.partition)
        return add(
            .topN(copy), plan, inputs: [edge(from: below, keys: node.partition, parallelism: parallelism)],
            changelog: isUpdating ? .retract : .appendOnly, parallelism: parallelism,
            name:
                "\(copy.window == nil ? "" : "Window")Rank(orderBy=[\(NodeNames.order(node.keys, fieldNames(input)))], rankStart=\(node.start), rankEnd=\(node.end))"
        )
    }

    /// What a rank in streaming mode cannot be (yet).
    private func checkStreaming(_ node: TopNNode, _ input: LogicalPlan, _ plan: LogicalPlan) throws(SQLError)
    {
        guard node.end < Binder.unboundedRank else {
            throw SQLError(
                .unsupported, "ROW_NUMBER without a bound is not supported yet in streaming mode",
                span: plan.span,
                hint: "keep the first N in the query around it: WHERE rn <= N")
        }
        if node.windowTime(over: input) != nil { return }
        if node.start == 1, node.end == 1, let key = node.keys.first, input.fields[key.column].time != nil {
            throw SQLError(
                .unsupported, "deduplication by a time attribute is not supported yet in streaming mode",
                span: plan.span, hint: "order by another column, or run in batch mode")
        }
    }
}

extension TopNNode {
    /// The end of the window whose bounds are both among the partition columns; nil: there is none.
    func windowTime(over input: LogicalPlan) -> WindowTime? {
        for end in partition {
            guard let role = input.fields[end].window, role.part == .end else { continue }
            let hasStart = partition.contains { column in
                guard let other = input.fields[column].window else { return false }
                return other.part == .start && other.window == role.window
            }
            if hasStart { return WindowTime(column: end, isLTZ: role.isLTZ, isProctime: role.isProctime) }
        }
        return nil
    }
}
