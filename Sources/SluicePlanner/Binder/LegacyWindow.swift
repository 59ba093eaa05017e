import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// A group window of the old form: `GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)` (W15).
struct LegacyWindow {
    var functionName: String
    var spec: SluiceJobGraph.WindowSpec
    var time: WindowTime

    func type(of property: WindowAggregateNode.Property) -> DataType {
        switch property {
        case .start, .end: return .timestamp(3).notNull
        case .rowtime: return time.isLTZ ? .timestampLTZ(3).notNull : .timestamp(3).notNull
        case .proctime: return .timestampLTZ(3).notNull
        }
    }

    /// `TUMBLE_START` as window and property.
    static func auxiliary(_ name: String) -> (String, WindowAggregateNode.Property)? {
        for window in ["TUMBLE", "HOP", "SESSION"] {
            guard name.hasPrefix(window + "_") else { continue }
            switch name.dropFirst(window.count + 1) {
            case "START": return (window, .start)
            case "END": return (window, .end)
            case "ROWTIME": return (window, .rowtime)
            case "PROCTIME": return (window, .proctime)
            default: return nil
            }
        }
        return nil
    }

    /// True for an expression of GROUP BY that is a group window.
    static func isWindow(_ expr: Expr) -> FunctionCall? {
        guard case .call(let function) = expr.kind, function.over == nil else { return nil }
        return ["TUMBLE", "HOP", "SESSION"].contains(function.name.last.uppercased()) ? function : nil
    }

    static func bind(
        _ name: String, _ function: FunctionCall, _ binder: inout ExpressionBinder, _ span: SourceSpan
    ) throws(SQLError) -> LegacyWindow {
        let expected = name == "HOP" ? 3 : 2
        guard function.arguments.count == expected || function.arguments.count == expected + 1 else {
            throw SQLError(
                .argumentCount, "\(name) takes a time attribute and \(expected - 1) interval(s)", span: span)
        }
        let time = try timeColumn(function.arguments[0], &binder)
        var lengths: [Int64] = []
        for argument in function.arguments[1..<expected] {
            lengths.append(try WindowFunctionBinder.interval(try binder.bind(argument), argument.span))
        }
        for length in lengths where length <= 0 {
            throw SQLError(.invalidWindow, "the intervals of \(name) must be positive", span: span)
        }
        switch name {
        case "HOP":
            return LegacyWindow(
                functionName: name, spec: .hop(slide: lengths[0], size: lengths[1], offset: 0), time: time)
        case "SESSION": return LegacyWindow(functionName: name, spec: .session(gap: lengths[0]), time: time)
        default:
            return LegacyWindow(functionName: name, spec: .tumble(size: lengths[0], offset: 0), time: time)
        }
    }

    private static func timeColumn(_ expr: Expr, _ binder: inout ExpressionBinder) throws(SQLError)
        -> WindowTime
    {
        let bound = try binder.bind(expr)
        guard case .column(let index) = bound.kind, index < binder.scope.fields.count,
            bound.type.kind.isTimestamp
        else {
            throw SQLError(.invalidWindow, "a group window needs a time attribute", span: expr.span)
        }
        let field = binder.scope.fields[index]
        if binder.binder.isStreaming && field.time == nil {
            throw SQLError(
                .invalidWindow, "column \"\(field.name)\" is no time attribute", span: expr.span,
                hint: "declare WATERMARK FOR \(field.name) in its table")
        }
        var isLTZ = false
        if case .timestampLTZ = field.type.kind { isLTZ = true }
        return WindowTime(column: index, isLTZ: isLTZ, isProctime: field.time == .proctime)
    }
}
