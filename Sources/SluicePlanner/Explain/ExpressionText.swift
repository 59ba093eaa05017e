import SluiceColumns
import SluiceExpressions

/// Expressions as SQL-like text over named columns, for EXPLAIN.
struct ExpressionText {
    let names: [String]

    init(_ names: [String]) { self.names = names }

    func text(_ expr: BoundExpr) -> String {
        switch expr.kind {
        case .column(let index): return index < names.count ? names[index] : "$\(index)"
        case .literal(let value): return literal(value, expr.type)
        case .call(let name, let arguments): return call(name, arguments.map { text($0) })
        case .cast(let operand, let mode):
            if mode == .implicit { return "CAST(\(text(operand)) AS \(expr.type.kind))" }
            return "\(mode == .tryCast ? "TRY_CAST" : "CAST")(\(text(operand)) AS \(expr.type.kind))"
        case .field(let operand, let index):
            if case .row(let fields) = operand.type.kind { return "\(text(operand)).\(fields[index].name)" }
            return "\(text(operand)).\(index)"
        case .caseWhen(let branches, let otherwise):
            let parts = branches.map { "WHEN \(text($0.condition)) THEN \(text($0.result))" }
            return "CASE " + parts.joined(separator: " ") + " ELSE \(text(otherwise)) END"
        }
    }

    private func call(_ name: String, _ arguments: [String]) -> String {
        let isOperator = name.first.map { !$0.isLetter } ?? false
        let isWord = name == "AND" || name == "OR" || name.hasPrefix("IS ") && arguments.count == 2
        if isOperator || isWord { return "(" + arguments.joined(separator: " \(name) ") + ")" }
        if name.hasPrefix("IS ") { return "(\(arguments.joined()) \(name))" }
        return "\(name)(\(arguments.joined(separator: ", ")))"
    }

    private func literal(_ value: Datum, _ type: DataType) -> String {
        switch value {
        case .null: return "NULL"
        case .bool(let flag): return flag ? "TRUE" : "FALSE"
        case .int32(let number): return String(number)
        case .int64(let number):
            return type.kind == .intervalDayTime ? "\(number):INTERVAL" : scaled(Int128(number), type)
        case .int128(let number): return scaled(number, type)
        case .float32(let number): return "\(number)"
        case .float64(let number): return "\(number)"
        case .bytes(let bytes):
            if type.kind.isBinary { return "X'\(bytes.count) bytes'" }
            return "'\(String(decoding: bytes.prefix(60), as: UTF8.self))'"
        case .list(let values): return "ARRAY[\(values.count)]"
        case .map(let entries): return "MAP[\(entries.count)]"
        case .row(let values): return "ROW(\(values.count))"
        }
    }

    private func scaled(_ number: Int128, _ type: DataType) -> String {
        guard case .decimal(_, let scale) = type.kind, scale > 0 else { return "\(number)" }
        let digits = String(number.magnitude)
        let padded = String(repeating: "0", count: Swift.max(0, scale + 1 - digits.count)) + digits
        return (number < 0 ? "-" : "") + padded.dropLast(scale) + "." + padded.suffix(scale)
    }
}
