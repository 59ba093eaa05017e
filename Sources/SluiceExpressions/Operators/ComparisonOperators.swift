import SluiceBase
import SluiceColumns

/// Comparisons, BETWEEN, IN, IS [NOT] DISTINCT FROM, and the coercions between their operands (A7).
enum ComparisonOperators {
    static let definitions: [FunctionDefinition] = [
        comparison("=", "a = b"), comparison("<>", "a <> b"), comparison("<", "a < b"),
        comparison("<=", "a <= b"), comparison(">", "a > b"), comparison(">=", "a >= b"),
        comparison("IS DISTINCT FROM", "a IS DISTINCT FROM b"),
        comparison("IS NOT DISTINCT FROM", "a IS NOT DISTINCT FROM b"),
        between("BETWEEN", "a BETWEEN low AND high"),
        between("BETWEEN SYMMETRIC", "a BETWEEN SYMMETRIC x AND y"),
        FunctionDefinition(
            "IN", .comparison, signature: "a IN (b, …)",
            resolve: { site throws(SQLError) in try resolveIn(site) },
            kernel: { call throws(SQLError) in try InKernels.kernel(call) }),
    ]

    private static func comparison(_ name: String, _ signature: String) -> FunctionDefinition {
        FunctionDefinition(
            name, .comparison, signature: signature,
            resolve: { site throws(SQLError) in try resolve(site) },
            kernel: { call throws(SQLError) in try ComparisonKernels.kernel(call) })
    }

    private static func between(_ name: String, _ signature: String) -> FunctionDefinition {
        FunctionDefinition(
            name, .comparison, signature: signature,
            resolve: { site throws(SQLError) in try resolveBetween(site) },
            kernel: { call throws(SQLError) in
                throw SQLError(.internalError, "BETWEEN has no kernel of its own", span: call.span)
            })
    }

    static func resolve(_ site: CallSite) throws(SQLError) -> BoundExpr {
        try OperatorSupport.expect(site, 2...2)
        if let expanded = try rowComparison(site) { return expanded }
        let (left, right) = try operands(site)
        let isNullSafe = site.name.hasPrefix("IS ")
        let nullable = !isNullSafe && (left.type.isNullable || right.type.isNullable)
        return BoundExpr(
            .call(site.name, [left, right]), DataType(.boolean, nullable: nullable), span: site.span)
    }

    /// `(a, b) = (c, d)` is `a = c AND b = d`, and so on, member by member.
    private static func rowComparison(_ site: CallSite) throws(SQLError) -> BoundExpr? {
        guard site.name == "=" || site.name == "<>", case .call("ROW", let left) = site.arguments[0].kind,
            case .call("ROW", let right) = site.arguments[1].kind, left.count == right.count, !left.isEmpty
        else { return nil }
        var pairs: [BoundExpr] = []
        for (a, b) in zip(left, right) {
            pairs.append(try resolve(CallSite(name: site.name, arguments: [a, b], span: site.span)))
        }
        if pairs.count == 1 { return pairs[0] }
        let nullable = OperatorSupport.anyNullable(pairs)
        return BoundExpr(
            .call(site.name == "=" ? "AND" : "OR", pairs), DataType(.boolean, nullable: nullable),
            span: site.span)
    }

    /// Both sides as values that one kernel compares.
    private static func operands(_ site: CallSite) throws(SQLError) -> (BoundExpr, BoundExpr) {
        let left = site.arguments[0]
        let right = site.arguments[1]
        let a = left.type.kind
        let b = right.type.kind
        let isEquality = site.name != "<" && site.name != "<=" && site.name != ">" && site.name != ">="
        if a == .null || b == .null {
            let typed = try OperatorSupport.typingNulls(site.arguments, fallback: .boolean)
            return (typed[0], typed[1])
        }
        if a.isExactNumeric && b.isExactNumeric && (a.isDecimal || b.isDecimal) {
            return (try asDecimal(left), try asDecimal(right))
        }
        if a.isCharacter && b.isCharacter || a.isBinary && b.isBinary { return (left, right) }
        if a.isCharacter != b.isCharacter {
            let pair = try withText(site, left, right, isEquality)
            return pair
        }
        let isComparable = (a.isNested == b.isNested) && (isEquality || !a.isNested)
        guard isComparable, let common = TypeRules.commonKind(a, b) else {
            throw OperatorSupport.refusal(site)
        }
        return (try Coercion.cast(left, to: DataType(common)), try Coercion.cast(right, to: DataType(common)))
    }

    private static func asDecimal(_ expr: BoundExpr) throws(SQLError) -> BoundExpr {
        let (precision, scale) = TypeRules.decimalShape(expr.type.kind)
        return try Coercion.cast(expr, to: DataType(.decimal(precision: precision, scale: scale)))
    }

    /// One side is text, the other is not.
    private static func withText(
        _ site: CallSite, _ left: BoundExpr, _ right: BoundExpr, _ isEquality: Bool
    ) throws(SQLError) -> (BoundExpr, BoundExpr) {
        let textIsLeft = left.type.kind.isCharacter
        let text = textIsLeft ? left : right
        let other = textIsLeft ? right : left
        let converted: BoundExpr
        switch other.type.kind {
        case let kind where kind.isNumeric:
            if isEquality {
                throw OperatorSupport.refusal(site, "write CAST(… AS \(kind)) or CAST(… AS STRING)")
            }
            converted = try Coercion.cast(text, to: DataType(kind))
        case let kind where kind.isDateTime:
            converted = try temporal(text, kind, isEquality)
        // A boolean never equals a text, whatever the text says.
        case .boolean where isEquality: converted = text
        default: throw OperatorSupport.refusal(site)
        }
        return textIsLeft ? (converted, other) : (other, converted)
    }

    /// Text beside a point in time: a literal is read now, a column at run time.
    private static func temporal(
        _ text: BoundExpr, _ kind: TypeKind, _ isEquality: Bool
    ) throws(SQLError) -> BoundExpr {
        if case .literal(let value) = text.kind, !value.isNull {
            if case .timestampLTZ = kind {
                // The zone is known at run time only; the text is checked here.
                _ = try CastKernels.constant(value, from: text.type, to: .timestamp(9), span: text.span)
                return try Coercion.cast(text, to: DataType(kind), mode: .cast)
            }
            let parsed = try CastKernels.constant(value, from: text.type, to: DataType(kind), span: text.span)
            return .literal(parsed, DataType(kind, nullable: false), span: text.span)
        }
        return try Coercion.cast(text, to: DataType(kind), mode: isEquality ? .tryCast : .cast)
    }

    /// `low <= a AND a <= high`; the symmetric form tries both orders.
    private static func resolveBetween(_ site: CallSite) throws(SQLError) -> BoundExpr {
        try OperatorSupport.expect(site, 3...3)
        func within(_ low: BoundExpr, _ high: BoundExpr) throws(SQLError) -> BoundExpr {
            let value = site.arguments[0]
            let above = try resolve(CallSite(name: ">=", arguments: [value, low], span: site.span))
            let below = try resolve(CallSite(name: "<=", arguments: [value, high], span: site.span))
            return LogicOperators.both("AND", above, below, span: site.span)
        }
        let forward = try within(site.arguments[1], site.arguments[2])
        if site.name == "BETWEEN" { return forward }
        let backward = try within(site.arguments[2], site.arguments[1])
        return LogicOperators.both("OR", forward, backward, span: site.span)
    }

    private static func resolveIn(_ site: CallSite) throws(SQLError) -> BoundExpr {
        guard site.arguments.count >= 2 else {
            throw SQLError(.argumentCount, "\"IN\" needs at least one value", span: site.span)
        }
        let value = site.arguments[0]
        let list = Array(site.arguments[1...])
        if let expanded = try rowList(site, value, list) { return expanded }
        guard let listType = TypeRules.commonType(list.map(\.type)) else { throw inRefusal(site) }
        let target = try inTarget(site, value.type, listType)
        var arguments = [try Coercion.cast(value, to: target)]
        for element in list {
            let isText = element.type.kind.isCharacter && !target.kind.isCharacter
            arguments.append(try Coercion.cast(element, to: target, mode: isText ? .cast : .implicit))
        }
        let nullable = OperatorSupport.anyNullable(arguments)
        return BoundExpr(.call("IN", arguments), DataType(.boolean, nullable: nullable), span: site.span)
    }

    /// `(a, b) IN ((c, d), …)` compares member by member.
    private static func rowList(
        _ site: CallSite, _ value: BoundExpr, _ list: [BoundExpr]
    ) throws(SQLError) -> BoundExpr? {
        guard case .call("ROW", _) = value.kind else { return nil }
        var matches: [BoundExpr] = []
        for element in list {
            let pair = CallSite(name: "=", arguments: [value, element], span: site.span)
            guard let match = try rowComparison(pair) else { return nil }
            matches.append(match)
        }
        if matches.count == 1 { return matches[0] }
        let nullable = OperatorSupport.anyNullable(matches)
        return BoundExpr(.call("OR", matches), DataType(.boolean, nullable: nullable), span: site.span)
    }

    /// The type in which IN compares: the common one, or the left operand's where only one side is text.
    private static func inTarget(
        _ site: CallSite, _ left: DataType, _ list: DataType
    ) throws(SQLError) -> DataType {
        if let common = TypeRules.commonType(left, list) {
            return common.kind == .null ? .boolean : common
        }
        if left.kind.isCharacter && !list.kind.isNested && !list.kind.isBinary { return .string }
        if list.kind.isCharacter && CastRules.isAllowed(from: list, to: left) && !left.kind.isBinary {
            return left
        }
        throw inRefusal(site)
    }

    private static func inRefusal(_ site: CallSite) -> SQLError {
        SQLError(
            .typeMismatch, "values of \"IN\" have no common type with the value on its left", span: site.span)
    }
}
