import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// Table functions in FROM: TUMBLE, HOP, CUMULATE, SESSION (W1 to W6, W13).
extension Binder {
    mutating func bindTableFunction(_ function: TableFunctionRef) throws(SQLError) -> LogicalPlan {
        let name = function.call.name.last.uppercased()
        switch name {
        case "TUMBLE", "HOP", "CUMULATE", "SESSION":
            var binder = WindowFunctionBinder(self, name, function)
            let plan = try binder.bind()
            self = binder.binder
            return plan
        case "FROM_CHANGELOG", "TO_CHANGELOG", "ML_PREDICT", "ML_EVALUATE", "VECTOR_SEARCH":
            throw unsupported("table function \(name)", function.callSpan)
        default:
            throw SQLError(
                .unknownFunction, "table function \"\(function.call.name.description)\" does not exist",
                span: function.callSpan, hint: "table functions: TUMBLE, HOP, CUMULATE, SESSION")
        }
    }
}

struct WindowFunctionBinder {
    var binder: Binder
    let name: String
    let function: TableFunctionRef

    private struct Arguments {
        var table: TableArgument?
        var time: [Identifier]?
        var timeSpan: SourceSpan?
        var intervals: [(name: String, expr: Expr)] = []
    }

    init(_ binder: Binder, _ name: String, _ function: TableFunctionRef) {
        self.binder = binder
        self.name = name
        self.function = function
    }

    private var span: SourceSpan { function.callSpan }

    /// Names of the interval arguments in order; the last is optional where `OFFSET`.
    private var intervalNames: [String] {
        switch name {
        case "TUMBLE": return ["SIZE", "OFFSET"]
        case "HOP": return ["SLIDE", "SIZE", "OFFSET"]
        case "CUMULATE": return ["STEP", "SIZE", "OFFSET"]
        default: return ["GAP"]
        }
    }

    mutating func bind() throws(SQLError) -> LogicalPlan {
        let arguments = try sortedArguments()
        guard let table = arguments.table else {
            throw SQLError(
                .invalidWindow, "\(name) needs a table as its first argument, as in TABLE t", span: span)
        }
        let input = try bindInput(table)
        let scope = Scope(plan: input, name: nil)
        guard let path = arguments.time else {
            throw SQLError(.invalidWindow, "\(name) needs DESCRIPTOR(time column)", span: span)
        }
        let time = try timeColumn(path, scope, arguments.timeSpan ?? span)
        let window = try spec(arguments.intervals)
        var partition: [Int] = []
        for expr in table.partitionBy {
            var expressions = ExpressionBinder(binder, scope)
            guard case .column(let index) = try expressions.bind(expr).kind else {
                throw binder.unsupported("PARTITION BY an expression", expr.span)
            }
            partition.append(index)
        }
        if name != "SESSION" && !partition.isEmpty {
            throw SQLError(.invalidWindow, "PARTITION BY can only stand in SESSION", span: span)
        }
        if name == "SESSION" && !binder.isStreaming {
            throw SQLError(
                .batchRefused, "SESSION windows are refused in batch mode", span: span,
                hint: "SET 'execution.runtime-mode' = 'streaming'")
        }
        let node = WindowTableNode(window: window, time: time, partition: partition)
        return LogicalPlan(.windowTable(input, node), fields(input, time, window), span: span)
    }

    private mutating func bindInput(_ table: TableArgument) throws(SQLError) -> LogicalPlan {
        switch table.source {
        case .table(let name):
            return try binder.bindTable(
                NamedTable(name: name), span: name.span
            ).plan
        case .query(let query): return try binder.bind(query)
        }
    }

    // MARK: Arguments

    private func sortedArguments() throws(SQLError) -> Arguments {
        var out = Arguments()
        var position = 0
        for argument in function.call.arguments {
            if case .namedArgument(let key, let value) = argument.kind {
                try take(value, as: key.name.uppercased(), key.span, &out)
                continue
            }
            let names = ["DATA", "TIMECOL"] + intervalNames
            guard position < names.count else {
                throw SQLError(
                    .argumentCount, "\(name) takes at most \(names.count) arguments", span: argument.span)
            }
            try take(argument, as: names[position], argument.span, &out)
            position += 1
        }
        return out
    }

    private func take(_ value: Expr, as key: String, _ place: SourceSpan, _ out: inout Arguments)
        throws(SQLError)
    {
        switch key {
        case "DATA":
            guard case .tableArgument(let table) = value.kind else {
                throw SQLError(
                    .invalidWindow, "the first argument of \(name) is a table, as in TABLE t",
                    span: value.span)
            }
            out.table = table
        case "TIMECOL":
            guard case .descriptor(let columns) = value.kind, columns.count == 1 else {
                throw SQLError(
                    .invalidWindow, "the time column of \(name) is written DESCRIPTOR(column)",
                    span: value.span)
            }
            out.time = [columns[0]]
            out.timeSpan = columns[0].span
        default:
            guard intervalNames.contains(key) else {
                throw SQLError(
                    .argumentCount, "\(name) has no argument \"\(key)\"", span: place,
                    hint: "arguments: DATA, TIMECOL, " + intervalNames.joined(separator: ", "))
            }
            out.intervals.append((key, value))
        }
    }

    /// Milliseconds of a day-time interval constant.
    static func interval(_ expr: BoundExpr, _ span: SourceSpan) throws(SQLError) -> Int64 {
        guard expr.type.kind == .intervalDayTime, case .int64(let millis)? = expr.literalValue else {
            throw SQLError(
                .invalidWindow,
                "a window needs a constant interval of days to seconds, not \(expr.type.kind)",
                span: span, hint: "write it as INTERVAL '10' MINUTE")
        }
        return millis
    }

    private mutating func spec(_ given: [(name: String, expr: Expr)]) throws(SQLError)
        -> SluiceJobGraph.WindowSpec
    {
        var values: [String: Int64] = [:]
        for (key, expr) in given {
            var expressions = ExpressionBinder(binder, Scope())
            values[key] = try WindowFunctionBinder.interval(try expressions.bind(expr), expr.span)
        }
        for key in intervalNames where key != "OFFSET" {
            guard let value = values[key] else {
                throw SQLError(.argumentCount, "\(name) needs the interval \(key)", span: span)
            }
            guard value > 0 else {
                throw SQLError(.invalidWindow, "\(key) of \(name) must be positive", span: span)
            }
        }
        return try spec(size: values["SIZE"] ?? 0, offset: values["OFFSET"] ?? 0, values)
    }

    private func spec(
        size: Int64, offset: Int64, _ values: [String: Int64]
    ) throws(SQLError) -> SluiceJobGraph.WindowSpec {
        switch name {
        case "TUMBLE":
            guard offset.magnitude < size.magnitude else {
                throw SQLError(
                    .invalidWindow, "the offset of TUMBLE must be smaller than its size", span: span)
            }
            return .tumble(size: size, offset: offset)
        case "HOP": return .hop(slide: values["SLIDE"] ?? size, size: size, offset: offset)
        case "CUMULATE":
            let step = values["STEP"] ?? size
            guard size % step == 0 else {
                throw SQLError(
                    .invalidWindow, "the size of CUMULATE must be a whole multiple of its step", span: span)
            }
            return .cumulate(step: step, size: size, offset: offset, emitOnlyOnUpdate: false)
        default: return .session(gap: values["GAP"] ?? 1)
        }
    }

    // MARK: Columns

    private func timeColumn(_ path: [Identifier], _ scope: Scope, _ place: SourceSpan) throws(SQLError)
        -> WindowTime
    {
        let index = try scope.resolve(path, span: place).column
        let field = scope.fields[index]
        guard field.type.kind.isTimestamp else {
            throw SQLError(
                .invalidWindow, "\(name) needs a timestamp, and \"\(field.name)\" is \(field.type.kind)",
                span: place)
        }
        if binder.isStreaming && field.time == nil {
            throw SQLError(
                .invalidWindow, "column \"\(field.name)\" is no time attribute", span: place,
                hint: "declare WATERMARK FOR \(field.name) in its table")
        }
        var isLTZ = false
        if case .timestampLTZ = field.type.kind { isLTZ = true }
        return WindowTime(column: index, isLTZ: isLTZ, isProctime: field.time == .proctime)
    }

    /// The input's columns, whose time column is a plain timestamp from here on, then the window's (W1).
    private func fields(
        _ input: LogicalPlan, _ time: WindowTime, _ window: SluiceJobGraph.WindowSpec
    ) -> [PlanField] {
        var out = input.fields
        for index in out.indices {
            out[index].window = nil
            if out[index].time == .rowtime { out[index].time = nil }
        }
        func role(_ part: WindowRole.Part) -> WindowRole {
            WindowRole(part: part, window: window, isLTZ: time.isLTZ, isProctime: time.isProctime)
        }
        out.append(PlanField("window_start", .timestamp(3).notNull, window: role(.start)))
        out.append(PlanField("window_end", .timestamp(3).notNull, window: role(.end)))
        let timeType: DataType = time.isLTZ || time.isProctime ? .timestampLTZ(3) : .timestamp(3)
        out.append(
            PlanField(
                "window_time", timeType.notNull, time: time.isProctime ? .proctime : .rowtime,
                window: role(.time)))
        return out
    }
}
