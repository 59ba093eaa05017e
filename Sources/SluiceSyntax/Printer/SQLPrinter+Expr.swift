extension SQLPrinter {
    private typealias Precedence = Parser.Precedence

    /// The expression, in brackets unless it binds stronger than `minimum`.
    mutating func expr(_ expr: Expr, above minimum: Int) {
        if SQLPrinter.precedence(expr) > minimum {
            bare(expr)
        } else {
            parenthesized { printer in printer.bare(expr) }
        }
    }

    mutating func exprs(_ items: [Expr]) {
        list(items) { printer, item in printer.expr(item, above: 0) }
    }

    private static let primary = 100

    static func precedence(_ expr: Expr) -> Int {
        switch expr.kind {
        case .unary(.not, _): return Precedence.not
        case .unary: return Precedence.sign
        case .binary(let operation, _, _): return precedence(operation)
        case .quantified: return Precedence.comparison
        case .isPredicate: return Precedence.test
        case .between, .inList, .inQuery, .like: return Precedence.membership
        default: return primary
        }
    }

    private static func precedence(_ operation: BinaryOperator) -> Int {
        switch operation {
        case .or: return Precedence.or
        case .and: return Precedence.and
        case .add, .subtract: return Precedence.additive
        case .multiply, .divide, .modulo, .concat: return Precedence.multiplicative
        default: return Precedence.comparison
        }
    }

    private mutating func bare(_ expr: Expr) {
        switch expr.kind {
        case .literal(let value): literal(value)
        case .column(let parts): names(parts, separator: ".")
        case .star: write("*")
        case .unary(let operation, let operand): unary(operation, operand)
        case .binary(let operation, let left, let right):
            let level = SQLPrinter.precedence(operation)
            self.expr(left, above: level - 1)
            write(" \(operation.rawValue) ")
            self.expr(right, above: level)
        case .isPredicate(let operand, let predicate, let negated):
            self.expr(operand, above: Precedence.test - 1)
            write(negated ? " IS NOT \(predicate.rawValue)" : " IS \(predicate.rawValue)")
        case .between, .inList, .inQuery, .like, .quantified: membership(expr)
        case .exists(let query):
            write("EXISTS ")
            bracketed(query)
        case .caseWhen(let operand, let branches, let otherwise): caseWhen(operand, branches, otherwise)
        case .cast(let operand, let type, let isTry):
            write(isTry ? "TRY_CAST(" : "CAST(")
            self.expr(operand, above: 0)
            write(" AS ")
            self.type(type)
            write(")")
        case .call(let call): self.call(call)
        default: structured(expr)
        }
    }

    mutating func bracketed(_ query: Query) {
        parenthesized { printer in printer.query(query) }
    }

    private mutating func unary(_ operation: UnaryOperator, _ operand: Expr) {
        switch operation {
        case .minus, .plus:
            write(operation.rawValue)
            expr(operand, above: Precedence.sign)
        case .not:
            write("NOT ")
            expr(operand, above: Precedence.not)
        case .final, .running:
            write(operation.rawValue + " ")
            expr(operand, above: Precedence.sign)
        }
    }

    private mutating func membership(_ expr: Expr) {
        let level = Precedence.membership
        switch expr.kind {
        case .between(let operand, let low, let high, let negated, let symmetric):
            self.expr(operand, above: level - 1)
            write(negated ? " NOT BETWEEN " : " BETWEEN ")
            if symmetric { write("SYMMETRIC ") }
            self.expr(low, above: level)
            write(" AND ")
            self.expr(high, above: level)
        case .inList(let operand, let items, let negated):
            self.expr(operand, above: level - 1)
            write(negated ? " NOT IN (" : " IN (")
            exprs(items)
            write(")")
        case .inQuery(let operand, let query, let negated):
            self.expr(operand, above: level - 1)
            write(negated ? " NOT IN " : " IN ")
            bracketed(query)
        case .like(let operand, let kind, let pattern, let escape, let negated):
            self.expr(operand, above: level - 1)
            write((negated ? " NOT " : " ") + kind.rawValue + " ")
            self.expr(pattern, above: level)
            if let escape {
                write(" ESCAPE ")
                self.expr(escape, above: level)
            }
        case .quantified(let operand, let operation, let quantifier, let list):
            self.expr(operand, above: Precedence.comparison - 1)
            write(" \(operation.rawValue) \(quantifier.rawValue) ")
            switch list {
            case .query(let query): bracketed(query)
            case .list(let items): parenthesized { printer in printer.exprs(items) }
            }
        default: break
        }
    }

    private mutating func caseWhen(_ operand: Expr?, _ branches: [CaseBranch], _ otherwise: Expr?) {
        write("CASE")
        if let operand {
            write(" ")
            expr(operand, above: 0)
        }
        for branch in branches {
            write(" WHEN ")
            exprs(branch.conditions)
            write(" THEN ")
            expr(branch.result, above: 0)
        }
        if let otherwise {
            write(" ELSE ")
            expr(otherwise, above: 0)
        }
        write(" END")
    }

    private mutating func structured(_ expr: Expr) {
        switch expr.kind {
        case .field(let base, let field):
            self.base(base, allowsColumn: false)
            write(".")
            name(field)
        case .element(let base, let position):
            self.base(base, allowsColumn: true)
            write("[")
            self.expr(position, above: 0)
            write("]")
        case .row(let items, let isExplicit):
            if isExplicit { write("ROW") } else if items.count < 2 { write("PERIOD ") }
            parenthesized { printer in printer.exprs(items) }
        case .array(let items):
            write("ARRAY[")
            exprs(items)
            write("]")
        case .map(let items):
            write("MAP[")
            exprs(items)
            write("]")
        case .arrayQuery(let query):
            write("ARRAY")
            bracketed(query)
        case .mapQuery(let query):
            write("MAP")
            bracketed(query)
        case .scalarQuery(let query): bracketed(query)
        case .interval(let value, let qualifier): interval(value, qualifier)
        default: callParts(expr)
        }
    }

    /// What stands in front of `.name` or `[…]`.
    private mutating func base(_ expr: Expr, allowsColumn: Bool) {
        let isBare: Bool
        switch expr.kind {
        case .element, .field, .array, .map: isBare = true
        case .column: isBare = allowsColumn
        case .call(let call):
            isBare =
                call.hasParentheses && call.over == nil && call.filter == nil && call.withinGroup.isEmpty
                && call.nullTreatment == nil
        default: isBare = false
        }
        if isBare {
            bare(expr)
        } else {
            parenthesized { printer in printer.bare(expr) }
        }
    }

    private mutating func interval(_ value: Expr, _ qualifier: IntervalQualifier) {
        write("INTERVAL ")
        switch value.kind {
        case .literal(.exactNumber), .literal(.approximateNumber), .column: bare(value)
        default: parenthesized { printer in printer.bare(value) }
        }
        write(" ")
        self.qualifier(qualifier)
    }

    /// What only stands inside the brackets of a call, and calls with clauses.
    private mutating func callParts(_ expr: Expr) {
        switch expr.kind {
        case .timeUnit(let unit): write(unit.rawValue)
        case .trim(let side, let characters, let source): trim(side, characters, source)
        case .jsonPath(let call): jsonPath(call)
        case .namedArgument(let argument, let value):
            name(argument)
            write(" => ")
            self.expr(value, above: 0)
        case .defaultValue: write("DEFAULT")
        case .descriptor(let columns):
            write("DESCRIPTOR")
            columnNames(columns)
        case .tableArgument(let argument): tableArgument(argument)
        case .modelArgument(let model):
            write("MODEL ")
            name(model)
        default: break
        }
    }

    // MARK: Literals

    mutating func literal(_ literal: Literal) {
        switch literal {
        case .null: write("NULL")
        case .boolean(let value): write(value ? "TRUE" : "FALSE")
        case .unknown: write("UNKNOWN")
        case .exactNumber(let digits), .approximateNumber(let digits): write(digits)
        case .string(let text): string(text)
        case .binary(let bytes): write("X'" + SQLPrinter.hex(bytes) + "'")
        case .date(let text): write("DATE " + SQLPrinter.string(text))
        case .time(let text): write("TIME " + SQLPrinter.string(text))
        case .timestamp(let text): write("TIMESTAMP " + SQLPrinter.string(text))
        case .timestampLTZ(let text): write("TIMESTAMP WITH LOCAL TIME ZONE " + SQLPrinter.string(text))
        case .interval(let interval):
            write(interval.isNegative ? "INTERVAL -" : "INTERVAL ")
            string(interval.text)
            write(" ")
            qualifier(interval.qualifier)
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in bytes {
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
        return String(decoding: output, as: UTF8.self)
    }

    mutating func qualifier(_ qualifier: IntervalQualifier) {
        write(qualifier.start.rawValue)
        if let precision = qualifier.startPrecision {
            write("(\(precision)")
            if qualifier.end == nil, let fraction = qualifier.fractionalPrecision { write(", \(fraction)") }
            write(")")
        }
        if let end = qualifier.end {
            write(" TO \(end.rawValue)")
            if let fraction = qualifier.fractionalPrecision { write("(\(fraction))") }
        }
    }
}
