import SluiceBase
import SluiceColumns
import SluiceExpressions

/// Shorthand to build, type and run expressions.
enum Run {
    static let registry = FunctionRegistry.builtin
    static let context = EvalContext(clock: ManualClock())

    static func call(_ name: String, _ arguments: BoundExpr...) throws -> BoundExpr {
        try registry.call(name, arguments)
    }

    static func number(_ text: String) throws -> BoundExpr {
        var digits = text
        let isNegative = digits.hasPrefix("-")
        if isNegative { digits.removeFirst() }
        let literal =
            digits.contains("E")
            ? try Literals.approximateNumber(digits, span: nil) : try Literals.exactNumber(digits, span: nil)
        return isNegative ? try registry.call("NEGATE", [literal]) : literal
    }

    static func text(_ value: String) -> BoundExpr { Literals.string(value, span: nil) }

    static func cast(_ expr: BoundExpr, _ type: DataType, _ mode: BoundExpr.CastMode = .cast) throws
        -> BoundExpr
    {
        try Coercion.cast(expr, to: type, mode: mode)
    }

    /// The value of a constant expression as CAST to STRING writes it.
    static func string(_ expr: BoundExpr, _ context: EvalContext = context) throws -> String {
        let compiled = try ExpressionCompiler().compile(expr)
        let column = try compiled.evaluate(RecordBatch(columns: [], rowCount: 1), context)
        return ValueFormatter(expr.type, zone: context.zone).string(column.datum(0))
    }

    /// The values over a batch, as text.
    static func strings(_ expr: BoundExpr, _ columns: [Column], _ count: Int) throws -> [String] {
        let compiled = try ExpressionCompiler().compile(expr)
        let column = try compiled.evaluate(RecordBatch(columns: columns, rowCount: count), context)
        let formatter = ValueFormatter(expr.type)
        return (0..<count).map { formatter.string(column.datum($0)) }
    }

    static func column(_ type: DataType, _ values: [Datum]) -> Column {
        let builder = ColumnBuilder(type, capacity: values.count)
        for value in values { builder.append(value) }
        return builder.finish()
    }

    static func ints(_ values: Int32?...) -> Column {
        column(.int, values.map { value in value.map { .int32($0) } ?? .null })
    }

    static func isRefused(_ body: () throws -> BoundExpr) -> Bool {
        do {
            _ = try body()
            return false
        } catch {
            return true
        }
    }
}
