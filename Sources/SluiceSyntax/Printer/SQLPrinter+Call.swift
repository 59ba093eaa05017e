extension SQLPrinter {
    mutating func call(_ call: FunctionCall) {
        guard call.hasParentheses else {
            write(call.name.last)
            return
        }
        let form = SQLPrinter.form(of: call)
        functionName(call, form)
        parenthesized { printer in
            printer.arguments(call, form)
            if !call.orderBy.isEmpty { printer.orderBy(call.orderBy) }
            if let nulls = call.jsonNulls {
                printer.write(call.arguments.isEmpty ? nulls.rawValue : " " + nulls.rawValue)
            }
        }
        if let treatment = call.nullTreatment { write(" " + treatment.rawValue) }
        if !call.withinGroup.isEmpty {
            write(" WITHIN GROUP (")
            orderBy(call.withinGroup, separator: "")
            write(")")
        }
        if let filter = call.filter {
            write(" FILTER (WHERE ")
            expr(filter, above: 0)
            write(")")
        }
        if let over = call.over { windowReference(over) }
    }

    // MARK: Forms

    /// How the arguments of a call are written.
    enum CallForm {
        case plain
        /// `words[i]` stands in front of argument i + 1.
        case words([String])
        case pairs
        /// The name is that of a function with a form of its own, but these arguments do not fit it.
        case quotedName
    }

    private static func form(of call: FunctionCall) -> CallForm {
        guard call.name.parts.count == 1 else { return .plain }
        let arguments = call.arguments
        switch call.name.last.uppercased() {
        case "EXTRACT":
            return isUnit(arguments.first) && arguments.count == 2 ? .words([" FROM "]) : .quotedName
        case "TIMESTAMPADD", "TIMESTAMPDIFF":
            return isUnit(arguments.first) && arguments.count == 3 ? .plain : .quotedName
        case "FLOOR", "CEIL", "CEILING":
            if arguments.count == 2, isUnit(arguments[1]) { return .words([" TO "]) }
            return arguments.count == 1 || arguments.count == 2 ? .plain : .quotedName
        case "POSITION":
            guard arguments.count == 2 || arguments.count == 3, isAtomic(arguments[0]) else {
                return .quotedName
            }
            return .words([" IN ", " FROM "])
        case "OVERLAY":
            return arguments.count == 3 || arguments.count == 4
                ? .words([" PLACING ", " FROM ", " FOR "]) : .quotedName
        case "SUBSTRING": return arguments.count == 2 || arguments.count == 3 ? .plain : .quotedName
        case "TRIM", "JSON_VALUE", "JSON_QUERY", "JSON_EXISTS": return .quotedName
        case "JSON_OBJECT": return arguments.count.isMultiple(of: 2) ? .pairs : .quotedName
        case "JSON_OBJECTAGG": return arguments.count == 2 ? .pairs : .quotedName
        case "JSON_ARRAYAGG": return arguments.count == 1 ? .plain : .quotedName
        default: return .plain
        }
    }

    private static func isUnit(_ expr: Expr?) -> Bool {
        if case .timeUnit? = expr?.kind { return true }
        return false
    }

    /// Expressions that need no bracket and have no operator.
    private static func isAtomic(_ expr: Expr) -> Bool {
        switch expr.kind {
        case .literal, .column, .call, .caseWhen, .cast, .trim, .jsonPath, .array, .map, .interval, .exists:
            return true
        case .row(_, let isExplicit): return isExplicit
        default: return false
        }
    }

    private mutating func functionName(_ call: FunctionCall, _ form: CallForm) {
        guard call.name.parts.count == 1 else {
            name(call.name)
            return
        }
        let text = call.name.last
        if case .quotedName = form {
            write(SQLPrinter.quotedIdentifier(text))
        } else if let keyword = Keyword(text), keyword.isCallable, !SQLPrinter.isPrefix(keyword) {
            write(text)
        } else {
            write(SQLPrinter.identifier(text))
        }
    }

    /// Words that open another construct when a bracket follows.
    private static func isPrefix(_ keyword: Keyword) -> Bool {
        switch keyword {
        case .map, .descriptor, .model, .final, .key, .replace, .if: return keyword != .if
        default: return false
        }
    }

    private mutating func arguments(_ call: FunctionCall, _ form: CallForm) {
        if call.isDistinct { write("DISTINCT ") }
        switch form {
        case .plain, .quotedName: exprs(call.arguments)
        case .words(let words):
            for (index, argument) in call.arguments.enumerated() {
                if index > 0 { write(words[index - 1]) }
                wordArgument(argument, before: index < words.count ? words[index] : "")
            }
        case .pairs:
            for index in stride(from: 0, to: call.arguments.count - 1, by: 2) {
                if index > 0 { write(", ") }
                write("KEY ")
                expr(call.arguments[index], above: 0)
                write(" VALUE ")
                expr(call.arguments[index + 1], above: 0)
            }
        }
    }

    /// TO behind an interval would be read as part of it: then the argument needs brackets.
    private mutating func wordArgument(_ argument: Expr, before word: String) {
        var isSafe = word != " TO " || SQLPrinter.isAtomic(argument)
        switch argument.kind {
        case .interval, .literal(.interval): isSafe = word != " TO "
        default: break
        }
        if isSafe {
            expr(argument, above: 0)
        } else {
            parenthesized { printer in printer.expr(argument, above: 0) }
        }
    }

    // MARK: Calls with clauses

    mutating func trim(_ side: TrimSide, _ characters: Expr?, _ source: Expr) {
        write("TRIM(")
        if characters != nil || side != .both {
            write(side.rawValue + " ")
            if let characters {
                expr(characters, above: 0)
                write(" ")
            }
            write("FROM ")
        }
        expr(source, above: 0)
        write(")")
    }

    mutating func jsonPath(_ call: JSONPathCall) {
        write(call.function.rawValue + "(")
        expr(call.input, above: 0)
        write(", ")
        expr(call.path, above: 0)
        if let returning = call.returning {
            write(" RETURNING ")
            type(returning)
        }
        if let wrapper = call.wrapper { write(" " + wrapper.rawValue) }
        if let behavior = call.onEmpty {
            write(" ")
            self.behavior(behavior)
            write(" ON EMPTY")
        }
        if let behavior = call.onError {
            write(" ")
            self.behavior(behavior)
            write(" ON ERROR")
        }
        write(")")
    }

    private mutating func behavior(_ behavior: JSONPathCall.Behavior) {
        switch behavior {
        case .true: write("TRUE")
        case .false: write("FALSE")
        case .unknown: write("UNKNOWN")
        case .error: write("ERROR")
        case .null: write("NULL")
        case .emptyArray: write("EMPTY ARRAY")
        case .emptyObject: write("EMPTY OBJECT")
        case .defaultValue(let value):
            write("DEFAULT ")
            expr(value, above: 0)
        }
    }

    mutating func tableArgument(_ argument: TableArgument) {
        write("TABLE ")
        switch argument.source {
        case .table(let table): name(table)
        case .query(let query): bracketed(query)
        }
        if !argument.partitionBy.isEmpty {
            write(" PARTITION BY ")
            parenthesized { printer in printer.exprs(argument.partitionBy) }
        }
        if !argument.orderBy.isEmpty {
            write(" ORDER BY ")
            parenthesized { printer in printer.orderItems(argument.orderBy) }
        }
    }

    // MARK: Windows

    private mutating func windowReference(_ reference: WindowReference) {
        write(" OVER ")
        switch reference {
        case .name(let window): name(window)
        case .inline(let spec): windowSpec(spec)
        }
    }

    mutating func windowSpec(_ spec: WindowSpec) {
        write("(")
        var separator = ""
        if let base = spec.base {
            name(base)
            separator = " "
        }
        if !spec.partitionBy.isEmpty {
            write(separator + "PARTITION BY ")
            exprs(spec.partitionBy)
            separator = " "
        }
        if !spec.orderBy.isEmpty {
            orderBy(spec.orderBy, separator: separator)
            separator = " "
        }
        if let frame = spec.frame {
            write(separator + frame.unit.rawValue + " ")
            if let end = frame.end {
                write("BETWEEN ")
                bound(frame.start)
                write(" AND ")
                bound(end)
            } else {
                bound(frame.start)
            }
        }
        write(")")
    }

    private mutating func bound(_ bound: WindowFrame.Bound) {
        switch bound {
        case .unboundedPreceding: write("UNBOUNDED PRECEDING")
        case .unboundedFollowing: write("UNBOUNDED FOLLOWING")
        case .currentRow: write("CURRENT ROW")
        case .preceding(let distance):
            expr(distance, above: Parser.Precedence.and)
            write(" PRECEDING")
        case .following(let distance):
            expr(distance, above: Parser.Precedence.and)
            write(" FOLLOWING")
        }
    }

    mutating func orderBy(_ items: [OrderItem], separator: String = " ") {
        if items.isEmpty { return }
        write(separator + "ORDER BY ")
        orderItems(items)
    }

    mutating func orderItems(_ items: [OrderItem]) {
        list(items) { printer, item in
            printer.expr(item.expr, above: 0)
            if item.isDescending { printer.write(" DESC") }
            if let nullsFirst = item.nullsFirst { printer.write(nullsFirst ? " NULLS FIRST" : " NULLS LAST") }
        }
    }
}
