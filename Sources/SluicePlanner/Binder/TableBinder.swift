import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// A catalog table as a plan: scan of its physical and metadata columns, computed columns, watermark.
struct TableBinder {
    var binder: Binder
    let entry: TableEntry
    let hints: [Hint]
    let span: SourceSpan

    init(_ binder: Binder, _ entry: TableEntry, hints: [Hint], span: SourceSpan) {
        self.binder = binder
        self.entry = entry
        self.hints = hints
        self.span = span
    }

    private var environment: PlannerEnvironment { binder.environment }

    mutating func scan() throws(SQLError) -> LogicalPlan {
        let table = try resolved()
        let connector = try self.connector(of: table)
        guard let traits = try connector.sourceTraits(table) else {
            throw SQLError(
                .unsupported,
                "table \"\(entry.name.object)\" cannot be read: connector '\(connector.names[0])' is no source",
                span: span)
        }
        guard binder.isStreaming || traits.isBounded else {
            throw SQLError(
                .batchRefused, "table \"\(entry.name.object)\" never ends, which batch mode refuses",
                span: span,
                hint: "SET 'execution.runtime-mode' = 'streaming'")
        }
        guard binder.isStreaming || traits.changelog.isAppendOnly else {
            throw SQLError(
                .batchRefused,
                "table \"\(entry.name.object)\" carries updates and deletes, which batch mode refuses",
                span: span,
                hint: "SET 'execution.runtime-mode' = 'streaming'")
        }
        if let column = connector.unreadableMetadata(table) {
            throw SQLError(
                .unsupported,
                "metadata '\(column.metadataKey ?? "")' of connector '\(connector.names[0])' can be written, not read",
                span: span, hint: "declare a table without column \"\(column.name)\" for reading")
        }
        let fields = table.columns.map { PlanField($0.name, $0.type) }
        let scan = LogicalPlan.Scan(
            connector: connector.names[0], table: table, projection: Array(fields.indices),
            isBounded: traits.isBounded, changelog: traits.changelog, limit: nil,
            takesFieldFilters: traits.takesFieldFilters, note: traits.note)
        let plan = LogicalPlan(.scan(scan), fields, span: span)
        let whole = try watermarked(try computed(plan))
        let options = table.options.entries.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return LogicalPlan(.table(whole, key: "\(entry.name):\(options)"), whole.fields, span: span)
    }

    /// All columns as a query sees them, also of a table that cannot be read.
    mutating func allFields() throws(SQLError) -> [PlanField] {
        let table = try resolved()
        let fields = table.columns.map { PlanField($0.name, $0.type) }
        let plan = LogicalPlan(.values([]), fields, span: span)
        return try watermarked(try computed(plan)).fields
    }

    /// The connector's view of the table: types bound, hints merged into its options.
    func resolved() throws(SQLError) -> ResolvedTable {
        var columns: [ResolvedTable.Column] = []
        for column in entry.columns {
            switch column.kind {
            case .physical:
                columns.append(ResolvedTable.Column(name: column.name, type: try type(of: column)))
            case .metadata(let key, let isVirtual):
                columns.append(
                    ResolvedTable.Column(
                        name: column.name, type: try type(of: column), metadataKey: key ?? column.name,
                        isVirtual: isVirtual))
            case .computed: break
            }
        }
        var key: [Int] = []
        for name in entry.primaryKey?.columns ?? [] {
            guard let index = columns.firstIndex(where: { $0.name == name }) else {
                throw SQLError(
                    .invalidDefinition,
                    "key column \"\(name)\" is no physical column of \"\(entry.name.object)\"",
                    span: span)
            }
            columns[index].type.isNullable = false
            key.append(index)
        }
        var options = TableOptions(entry.options.entries.map { TableOptions.Entry($0.key, $0.value) })
        for option in try hintedOptions() { options[option.key] = option.value }
        return ResolvedTable(
            name: entry.name.object, columns: columns, primaryKey: key, partitionKeys: entry.partitionKeys,
            options: options)
    }

    private func hintedOptions() throws(SQLError) -> [TableOption] {
        var out: [TableOption] = []
        for hint in hints where hint.name.name.uppercased() == "OPTIONS" {
            guard environment.allowsOptionHints else {
                throw SQLError(
                    .refusedByPolicy, "OPTIONS hints are turned off", span: hint.span,
                    hint: "SET 'table.dynamic-table-options.enabled' = 'true'")
            }
            if case .options(let options) = hint.arguments { out += options }
        }
        return out
    }

    func connector(of table: ResolvedTable) throws(SQLError) -> any Connector {
        guard let name = table.options["connector"] else {
            throw SQLError(
                .connectorOption, "table \"\(entry.name.object)\" has no 'connector' option", span: span,
                hint: "connectors: " + environment.connectors.names.joined(separator: ", "))
        }
        guard let connector = environment.connectors.find(name) else {
            let near = DidYouMean.nearest(name, in: environment.connectors.names)
            throw SQLError(
                .connectorOption, "connector '\(name)' of table \"\(entry.name.object)\" does not exist",
                span: span,
                hint: near.map { "did you mean '\($0)'?" }
                    ?? "connectors: " + environment.connectors.names.joined(separator: ", "))
        }
        do {
            try connector.checkMetadata(table)
            try connector.validate(table)
        } catch {
            throw error.at(span)
        }
        return connector
    }

    private func type(of column: ColumnEntry) throws(SQLError) -> DataType {
        column.type
    }

    /// Declared columns in declared order; computed ones by their expressions (Flink puts them where they stand).
    private mutating func computed(_ scan: LogicalPlan) throws(SQLError) -> LogicalPlan {
        guard entry.columns.contains(where: { if case .computed = $0.kind { true } else { false } }) else {
            return scan
        }
        var exprs: [BoundExpr] = []
        let scope = Scope(plan: scan, name: entry.name.object)
        for column in entry.columns {
            if case .computed(let text) = column.kind {
                exprs.append(try bind(text, scope, column.name))
            } else if let index = scan.fields.firstIndex(where: { $0.name == column.name }) {
                exprs.append(scan.column(index))
            }
        }
        return scan.projecting(exprs, names: entry.columns.map(\.name), span: span)
    }

    private mutating func bind(_ text: String, _ scope: Scope, _ column: String) throws(SQLError) -> BoundExpr
    {
        do {
            var expressions = ExpressionBinder(binder, scope)
            let bound = try expressions.bind(try Parser.parseExpression(text))
            return bound.rewriting { expr in
                var copy = expr
                copy.span = span
                return copy
            }
        } catch {
            throw SQLError(
                error.code, error.message, span: span,
                notes: [
                    SQLError.Note("in the expression of column \(column) of \(entry.name.object): \(text)")
                ],
                hint: error.hint)
        }
    }

    private mutating func watermarked(_ plan: LogicalPlan) throws(SQLError) -> LogicalPlan {
        guard let watermark = entry.watermark else { return plan }
        guard watermark.column.count == 1,
            let column = plan.fields.firstIndex(where: { $0.name == watermark.column[0] })
        else {
            throw SQLError(
                .invalidDefinition,
                "watermark column \"\(watermark.column.joined(separator: "."))\" is no column of \"\(entry.name.object)\"",
                span: span)
        }
        try checkTime("time attribute \"\(plan.fields[column].name)\"", plan.fields[column].type)
        let expression = try bind(
            watermark.expression, Scope(plan: plan, name: entry.name.object), plan.fields[column].name)
        try checkTime("watermark expression \"\(watermark.expression)\"", expression.type)
        var fields = plan.fields
        fields[column].time = .rowtime
        guard binder.isStreaming else {
            var copy = plan
            copy.fields = fields
            return copy
        }
        return LogicalPlan(.watermark(plan, column: column, expression), fields, span: span)
    }

    /// Watermarks are milliseconds.
    private func checkTime(_ what: String, _ type: DataType) throws(SQLError) {
        switch type.kind {
        case .timestamp(let precision), .timestampLTZ(let precision):
            if precision <= 3 { return }
            throw SQLError(
                .invalidDefinition, "\(what) is \(type.kind), a watermark needs precision 3 or less",
                span: span,
                hint: "make it TIMESTAMP(3) or TIMESTAMP_LTZ(3)")
        default:
            throw SQLError(
                .invalidDefinition, "\(what) is \(type.kind), not a timestamp", span: span,
                hint: "make it TIMESTAMP(3) or TIMESTAMP_LTZ(3)")
        }
    }
}
