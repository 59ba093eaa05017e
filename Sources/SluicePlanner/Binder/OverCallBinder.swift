import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceSyntax

/// One call with OVER: its function, its arguments as columns, its frame.
struct OverCallBinder {
    private var binder: Binder
    private let scope: Scope
    private let keyTypes: [DataType]

    init(_ binder: Binder, _ scope: Scope, keyTypes: [DataType]) {
        self.binder = binder
        self.scope = scope
        self.keyTypes = keyTypes
    }

    func bind(
        _ call: FunctionCall, _ frame: WindowFrame?, _ span: SourceSpan, _ columns: inout ArgumentColumns
    ) throws(SQLError) -> OverCall {
        let name = call.name.last.uppercased()
        if let ranked = try rank(name, call, span) {
            try checkPlain(name, call, frame, span)
            return ranked
        }
        if name == "LAG" || name == "LEAD" {
            try checkPlain(name, call, frame, span)
            return try neighbour(call, isLead: name == "LEAD", span, &columns)
        }
        return try aggregate(name, call, frame, span, &columns)
    }

    /// Functions of the whole partition: they need an order and take no frame.
    private func checkPlain(
        _ name: String, _ call: FunctionCall, _ frame: WindowFrame?, _ span: SourceSpan
    ) throws(SQLError) {
        if let frame { throw SQLError(.invalidWindow, "\(name) takes no frame", span: frame.span) }
        guard !keyTypes.isEmpty else {
            throw SQLError(.invalidWindow, "\(name) needs ORDER BY in OVER", span: span)
        }
    }

    private func rank(
        _ name: String, _ call: FunctionCall, _ span: SourceSpan
    ) throws(SQLError) -> OverCall? {
        let plain: [String: (OverCall.Function, DataType)] = [
            "ROW_NUMBER": (.rowNumber, .bigint.notNull), "RANK": (.rank, .bigint.notNull),
            "DENSE_RANK": (.denseRank, .bigint.notNull), "PERCENT_RANK": (.percentRank, .double.notNull),
            "CUME_DIST": (.cumeDist, .double.notNull),
        ]
        if let (function, type) = plain[name] {
            guard call.arguments.isEmpty else {
                throw SQLError(.argumentCount, "\(name) takes no arguments", span: span)
            }
            return OverCall(function, frame: .partition, type: type)
        }
        guard name == "NTILE" else { return nil }
        guard call.arguments.count == 1, let buckets = try constant(call.arguments[0])?.asInt64,
            buckets > 0
        else {
            throw SQLError(
                .argumentCount, "NTILE takes a number of buckets, at least 1", span: span,
                hint: "as in NTILE(4)")
        }
        return OverCall(.ntile(buckets: Int(buckets)), frame: .partition, type: .bigint.notNull)
    }

    private func constant(_ expr: Expr) throws(SQLError) -> Datum? {
        var expressions = ExpressionBinder(binder, Scope())
        let bound = try expressions.bind(expr)
        return ConstantFolding.fold(bound, registry: binder.environment.functions).literalValue
    }

    private func neighbour(
        _ call: FunctionCall, isLead: Bool, _ span: SourceSpan, _ columns: inout ArgumentColumns
    ) throws(SQLError) -> OverCall {
        let name = isLead ? "LEAD" : "LAG"
        guard (1...3).contains(call.arguments.count) else {
            throw SQLError(
                .argumentCount, "\(name) takes a value, a distance and a default", span: span,
                hint: "as in \(name)(x), \(name)(x, 2), \(name)(x, 2, 0)")
        }
        var expressions = ExpressionBinder(binder, scope)
        var value = try expressions.bind(call.arguments[0])
        var distance: Int64 = 1
        if call.arguments.count > 1 {
            guard let given = try constant(call.arguments[1])?.asInt64, (0...Int64(Int32.max)).contains(given)
            else {
                throw SQLError(
                    .argumentCount, "the distance of \(name) must be a constant number from 0 up",
                    span: call.arguments[1].span)
            }
            distance = given
        }
        var type = value.type.nullable()
        var fallback: Int?
        if call.arguments.count == 3 {
            let given = try expressions.bind(call.arguments[2])
            guard let (unified, common) = try Coercion.unify([value, given]) else {
                throw SQLError(
                    .typeMismatch,
                    "the default of \(name) is \(given.type.kind), its value \(value.type.kind)",
                    span: call.arguments[2].span)
            }
            value = unified[0]
            type = common.nullable(value.type.isNullable || given.type.isNullable)
            fallback = columns.column(unified[1])
        }
        let function = OverCall.Function.neighbour(
            column: columns.column(value), distance: Int(isLead ? distance : 0 - distance), fallback: fallback
        )
        return OverCall(function, frame: .partition, type: type)
    }

    private func aggregate(
        _ name: String, _ call: FunctionCall, _ frame: WindowFrame?, _ span: SourceSpan,
        _ columns: inout ArgumentColumns
    ) throws(SQLError) -> OverCall {
        guard binder.environment.aggregates.find(name) != nil else {
            throw SQLError(
                .unknownFunction, "\"\(name)\" is no function for OVER", span: span,
                label: DidYouMean.label(name, in: binder.environment.aggregates.names))
        }
        var plain = call
        plain.over = nil
        let collector = AggregateCollector(hasGroupBy: true)
        var expressions = ExpressionBinder(binder, scope, aggregates: collector)
        let bound = try expressions.bind(Expr(.call(plain), span: span))
        guard let collected = collector.calls.first else {
            throw SQLError(.unsupported, "\"\(name)\" with OVER is not supported yet", span: span)
        }
        var aggregate = try columns.aggregate(collected, binder)
        if name != "COUNT" { aggregate.type.isNullable = true }
        let type = name == "COUNT" ? bound.type : bound.type.nullable()
        return OverCall(.aggregate(aggregate), frame: try self.frame(frame), type: type)
    }

    // MARK: Frames

    private func frame(_ frame: WindowFrame?) throws(SQLError) -> OverFrame {
        guard let frame else { return keyTypes.isEmpty ? .partition : .upToPeers }
        let unit: OverFrame.Unit = frame.unit == .rows ? .rows : .range
        let start = try bound(frame.start, frame)
        let end = try frame.end.map { (end) throws(SQLError) in try bound(end, frame) } ?? .currentRow
        let places = [place(frame.start), frame.end.map { place($0) } ?? 0]
        guard start != .unboundedFollowing, end != .unboundedPreceding, places[0] <= places[1] else {
            throw SQLError(.invalidWindow, "the frame ends before it begins", span: frame.span)
        }
        return OverFrame(unit, start, end)
    }

    /// Before the current row, at it, or behind it.
    private func place(_ bound: WindowFrame.Bound) -> Int {
        switch bound {
        case .unboundedPreceding, .preceding: return -1
        case .currentRow: return 0
        case .unboundedFollowing, .following: return 1
        }
    }

    private func bound(
        _ bound: WindowFrame.Bound, _ frame: WindowFrame
    ) throws(SQLError) -> OverFrame.Bound {
        switch bound {
        case .unboundedPreceding: return .unboundedPreceding
        case .unboundedFollowing: return .unboundedFollowing
        case .currentRow: return .currentRow
        case .preceding(let expr): return try offset(expr, isPreceding: true, frame)
        case .following(let expr): return try offset(expr, isPreceding: false, frame)
        }
    }

    private func offset(
        _ expr: Expr, isPreceding: Bool, _ frame: WindowFrame
    ) throws(SQLError) -> OverFrame.Bound {
        var expressions = ExpressionBinder(binder, Scope())
        let bound = try expressions.bind(expr)
        let folded = ConstantFolding.fold(bound, registry: binder.environment.functions)
        guard let value = folded.literalValue, !value.isNull else {
            throw SQLError(.invalidWindow, "the bound of a frame must be a constant", span: expr.span)
        }
        if frame.unit == .rows {
            guard bound.type.kind.isInteger, let rows = value.asInt64, rows >= 0 else {
                throw SQLError(.invalidWindow, "ROWS takes a number of rows, from 0 up", span: expr.span)
            }
            return .offset(isPreceding ? 0 - Int128(rows) : Int128(rows))
        }
        guard keyTypes.count == 1 else {
            throw SQLError(
                .invalidWindow, "RANGE with a distance needs one ORDER BY column", span: frame.span)
        }
        guard let distance = try distance(folded, of: keyTypes[0], expr.span) else {
            throw SQLError(
                .typeMismatch, "RANGE over \(keyTypes[0].kind) cannot go by \(bound.type.kind)",
                span: expr.span)
        }
        switch distance {
        case .offset(let value): return .offset(isPreceding ? 0 - value : value)
        case .distance(let value): return .distance(isPreceding ? -value : value)
        default: return distance
        }
    }

    /// A distance in the unit in which the order column is kept; nil: it has none.
    private func distance(
        _ literal: BoundExpr, of key: DataType, _ span: SourceSpan
    ) throws(SQLError) -> OverFrame.Bound? {
        let kind = literal.type.kind
        switch key.kind {
        case .tinyint, .smallint, .int, .bigint, .decimal, .float, .double:
            guard kind.isNumeric else { return nil }
            let target: DataType = key.kind == .float ? .double : key
            let cast = ConstantFolding.fold(
                try Coercion.cast(literal, to: target.notNull, mode: .cast),
                registry: binder.environment.functions)
            switch cast.literalValue {
            case .int32(let value)?: return .offset(Int128(value))
            case .int64(let value)?: return .offset(Int128(value))
            case .int128(let value)?: return .offset(value)
            case .float64(let value)?: return .distance(value)
            default: return nil
            }
        case .date:
            guard kind == .intervalDayTime, let millis = literal.literalValue?.asInt64 else { return nil }
            return .offset(Int128(millis / 86_400_000))
        case .time:
            guard kind == .intervalDayTime, let millis = literal.literalValue?.asInt64 else { return nil }
            return .offset(Int128(millis))
        case .timestamp(let precision), .timestampLTZ(let precision):
            guard kind == .intervalDayTime, let millis = literal.literalValue?.asInt64 else { return nil }
            return .offset(Int128(millis) * (precision > 6 ? 1_000_000 : 1000))
        default: return nil
        }
    }
}
