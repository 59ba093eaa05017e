import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph

/// Follows the columns of a bound query down to its sources, to learn how keys that are made of them behave.
struct KeyTrace {
    let functions: FunctionRegistry

    /// The first of these decides about the order of a text that begins with it.
    private static let keepsOrder: Set<String> = [
        "LPAD", "RPAD", "UPPER", "LOWER", "TRIM", "LTRIM", "RTRIM", "BTRIM", "SUBSTRING", "SUBSTR", "LEFT",
        "COALESCE",
        "IFNULL", "REPLACE", "TRANSLATE", "ENCODE", "DECODE", "FLOOR", "CEIL", "CEILING", "+", "-",
        "DATE_FORMAT",
        "TO_TIMESTAMP", "TO_TIMESTAMP_LTZ", "TO_DATE", "FROM_UNIXTIME", "UNIX_TIMESTAMP", "TIMESTAMPADD",
        "TIMESTAMPDIFF",
        "CONVERT_TZ", "DATE_TRUNC", "HEX", "JSON_VALUE", "GREATEST", "LEAST", "SPLIT_INDEX",
    ]

    private static let spreads: Set<String> = [
        "MD5", "SHA1", "SHA2", "SHA224", "SHA256", "SHA384", "SHA512", "MOD", "%", "REVERSE", "UUID", "RAND",
        "RAND_INTEGER", "HASH_CODE",
    ]

    private static let clocks: Set<String> = [
        "PROCTIME", "NOW", "CURRENT_TIMESTAMP", "CURRENT_ROW_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME",
        "LOCALTIME",
        "LOCALTIMESTAMP", "UNIX_TIMESTAMP",
    ]

    // MARK: Expressions

    func origin(_ expr: BoundExpr, over plan: LogicalPlan) -> KeyOrigin {
        switch expr.kind {
        case .column(let index): return column(index, of: plan)
        case .literal: return KeyOrigin(.constant)
        case .cast(let inner, _): return origin(inner, over: plan)
        case .field(let inner, let index): return field(inner, index, expr, plan)
        case .caseWhen(let branches, let otherwise):
            let conditions = branches.flatMap { origin($0.condition, over: plan).volatile }
            var out = KeyOrigin.choice(
                of: branches.map { origin($0.result, over: plan) } + [origin(otherwise, over: plan)])
            out.volatile += conditions
            return out
        case .call(let name, let arguments): return call(name, arguments, expr, plan)
        }
    }

    private func call(
        _ name: String, _ arguments: [BoundExpr], _ expr: BoundExpr, _ plan: LogicalPlan
    ) -> KeyOrigin {
        let parts = arguments.map { origin($0, over: plan) }
        var volatile = parts.flatMap(\.volatile)
        // With arguments the function only converts a text.
        let isClock = Self.clocks.contains(name) && !(name == "UNIX_TIMESTAMP" && !arguments.isEmpty)
        let isDeterministic = functions.find(name)?.isDeterministic ?? true
        if isClock || (!isDeterministic && name != "UNIX_TIMESTAMP") {
            let text = ExpressionText(plan.fields.map(\.name)).text(expr)
            volatile.append(SinkKey.Volatile(text: text, span: expr.span))
        }
        if isClock { return KeyOrigin(.time("the time of the machine"), volatile: volatile) }
        if Self.spreads.contains(name) {
            return KeyOrigin(.spread(ExpressionText(plan.fields.map(\.name)).text(expr)), volatile: volatile)
        }
        switch name {
        case "||", "CONCAT", "ROW":
            return KeyOrigin(KeyOrigin.sequence(of: parts).order, volatile: volatile)
        case "CONCAT_WS":
            return KeyOrigin(KeyOrigin.sequence(of: Array(parts.dropFirst())).order, volatile: volatile)
        default: break
        }
        if Self.keepsOrder.contains(name) {
            return KeyOrigin(KeyOrigin.sequence(of: parts).order, volatile: volatile)
        }
        if !parts.isEmpty, parts.allSatisfy({ $0.order == .constant }) {
            return KeyOrigin(.constant, volatile: volatile)
        }
        return KeyOrigin(.column(ExpressionText(plan.fields.map(\.name)).text(expr)), volatile: volatile)
    }

    /// A field of a row that is put together right there is the value it was put together from.
    private func field(
        _ inner: BoundExpr, _ index: Int, _ expr: BoundExpr, _ plan: LogicalPlan
    ) -> KeyOrigin {
        if case .call("ROW", let parts) = inner.kind, parts.indices.contains(index) {
            return origin(parts[index], over: plan)
        }
        let text = ExpressionText(plan.fields.map(\.name)).text(expr)
        return KeyOrigin(Self.order(of: expr.type, text), volatile: origin(inner, over: plan).volatile)
    }

    private static func order(of type: DataType, _ name: String) -> SinkKey.Order {
        switch type.kind {
        case .timestamp, .timestampLTZ, .date: return .time("the time \"\(name)\"")
        default: return .column("\"\(name)\"")
        }
    }

    // MARK: Columns

    /// A column of the plan's output.
    func column(_ index: Int, of plan: LogicalPlan) -> KeyOrigin {
        guard plan.fields.indices.contains(index) else { return KeyOrigin(.constant) }
        let field = plan.fields[index]
        let known = KeyOrigin(Self.order(of: field.type, field.name))
        switch plan.kind {
        case .scan(let scan): return source(scan, index) ?? known
        case .values: return known
        case .table(let input, _), .filter(let input, _), .watermark(let input, _, _), .sort(let input, _),
            .limit(let input, _, _):
            return column(index, of: input)
        case .project(let input, let exprs):
            return exprs.indices.contains(index) ? origin(exprs[index], over: input) : known
        case .windowTable(let input, let node):
            if index < input.fields.count { return column(index, of: input) }
            return window(field, isProctime: node.time.isProctime, plan)
        case .aggregate(let input, let node):
            return aggregated(index, node.keys, node.calls, input) ?? known
        case .windowAggregate(let input, let node):
            if let found = aggregated(index, node.keys, node.aggregates, input) { return found }
            return window(field, isProctime: node.time.isProctime, plan)
        case .expand(let input, let lists):
            return KeyOrigin.choice(
                of: lists.filter { $0.indices.contains(index) }.map { origin($0[index], over: input) })
        case .join(let left, let right, _):
            let count = left.fields.count
            return index < count ? column(index, of: left) : column(index - count, of: right)
        case .lookupJoin(let input, _), .unnest(let input, _):
            return index < input.fields.count ? column(index, of: input) : known
        case .union(let inputs): return KeyOrigin.choice(of: inputs.map { column(index, of: $0) })
        case .over(let input, _):
            return index < input.fields.count ? column(index, of: input) : known
        case .topN(let input, _):
            return index < input.fields.count
                ? column(index, of: input) : KeyOrigin(.sequence("the row's number"))
        }
    }

    private func source(_ scan: LogicalPlan.Scan, _ index: Int) -> KeyOrigin? {
        guard scan.projection.indices.contains(index),
            scan.table.columns.indices.contains(scan.projection[index])
        else { return nil }
        let name = scan.table.columns[scan.projection[index]].name
        guard scan.table.options["fields.\(name).kind"] == "sequence" else { return nil }
        return KeyOrigin(.sequence("the sequence \"\(name)\""))
    }

    private func window(_ field: PlanField, isProctime: Bool, _ plan: LogicalPlan) -> KeyOrigin {
        let origin = KeyOrigin(.time("the time \"\(field.name)\""))
        guard isProctime else { return origin }
        let text = "\"\(field.name)\" of a window over processing time"
        return KeyOrigin(origin.order, volatile: [SinkKey.Volatile(text: text, span: plan.span)])
    }

    private func aggregated(
        _ index: Int, _ keys: [Int], _ calls: [AggregateCall], _ input: LogicalPlan
    ) -> KeyOrigin? {
        if index < keys.count { return column(keys[index], of: input) }
        guard calls.indices.contains(index - keys.count) else { return nil }
        let call = calls[index - keys.count]
        let arguments = call.arguments.map { column($0, of: input) }
        switch call.name {
        case "MIN", "MAX", "FIRST_VALUE", "LAST_VALUE", "SINGLE_VALUE": return arguments.first
        default:
            return KeyOrigin(.column("\(call.name) of a group"), volatile: arguments.flatMap(\.volatile))
        }
    }

    // MARK: Sinks

    /// The key of a table that a plan is written to; nil: it has none.
    func key(of target: InsertBinder.Target, _ plan: LogicalPlan) -> SinkKey? {
        var key = target.table.primaryKey
        if key.isEmpty {
            // A row key is one without being declared.
            key = (try? target.connector.lookupTraits(target.table))?.keyColumns ?? []
        }
        let positions = key.compactMap { target.request.columns.firstIndex(of: $0) }
        guard !positions.isEmpty, positions.count == key.count else { return nil }
        var origin = KeyOrigin.sequence(of: positions.map { column($0, of: plan) })
        if let buckets = target.table.options["row-key.salt-buckets"].flatMap({ Int($0) }), buckets > 1 {
            origin.order = .spread("a salt of \(buckets) buckets")
        }
        return SinkKey(
            table: target.table.name, connector: target.connector.names[0],
            columns: key.map { target.table.columns[$0].name }, expression: text(positions[0], of: plan),
            order: origin.order, volatile: unique(origin.volatile), span: target.span)
    }

    private func unique(_ list: [SinkKey.Volatile]) -> [SinkKey.Volatile] {
        var out: [SinkKey.Volatile] = []
        for entry in list where !out.contains(entry) { out.append(entry) }
        return out
    }

    /// The expression of an output column; columns are followed to where they are computed.
    private func text(_ index: Int, of plan: LogicalPlan) -> String {
        guard case .project(let input, let exprs) = plan.kind, exprs.indices.contains(index) else {
            return plan.fields.indices.contains(index) ? plan.fields[index].name : ""
        }
        var expr = exprs[index]
        while case .cast(let inner, .implicit) = expr.kind { expr = inner }
        if case .column(let below) = expr.kind { return text(below, of: input) }
        return ExpressionText(input.fields.map(\.name)).text(expr)
    }
}
