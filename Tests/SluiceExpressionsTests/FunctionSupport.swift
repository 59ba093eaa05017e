import SluiceBase
import SluiceColumns
import SluiceExpressions
import Testing

/// Rows of a table of calls: a name, its arguments, and the value as CAST to STRING writes it.
typealias CallTable = [(String, [BoundExpr], String)]

func t(_ value: String) -> BoundExpr { Run.text(value) }

func n(_ value: Int) -> BoundExpr {
    guard let small = Int32(exactly: value) else { return .literal(.int64(Int64(value)), .bigint.notNull) }
    return .literal(.int32(small), .int.notNull)
}

func d(_ value: Double) -> BoundExpr { .literal(.float64(value), .double.notNull) }

func dec(_ unscaled: Int128, _ precision: Int, _ scale: Int) -> BoundExpr {
    let value: Datum = precision <= 18 ? .int64(Int64(unscaled)) : .int128(unscaled)
    return .literal(value, DataType.decimal(precision, scale).notNull)
}

func null(_ type: DataType) -> BoundExpr { .literal(.null, type) }

/// A timestamp of milliseconds precision from its text.
func ts(_ text: String, _ precision: Int = 3) throws -> BoundExpr {
    try Run.cast(t(text), .timestamp(precision))
}

func date(_ text: String) throws -> BoundExpr { try Run.cast(t(text), .date) }

/// The value of a call, or `error` when it is refused or fails.
func value(_ name: String, _ arguments: [BoundExpr], zone: String = "UTC") -> String {
    do {
        let context = EvalContext(
            clock: ManualClock(micros: 1_709_210_096_789_123), zone: try TimeZoneRules(id: zone))
        return try Run.string(try Run.registry.call(name, arguments), context)
    } catch {
        return "error"
    }
}

func check(_ table: CallTable, zone: String = "UTC") {
    for (name, arguments, expected) in table {
        let found = value(name, arguments, zone: zone)
        let shown = arguments.map { $0.literalValue?.asString ?? "\($0.kind)" }.joined(separator: ", ")
        #expect(found == expected, "\(name)(\(shown))")
    }
}
