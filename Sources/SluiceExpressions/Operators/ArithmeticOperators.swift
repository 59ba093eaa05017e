import SluiceBase
import SluiceColumns

/// `+ - * / %`, the signs, MOD.
enum ArithmeticOperators {
    static let definitions: [FunctionDefinition] = [
        binary("+", "a + b"), binary("-", "a - b"), binary("*", "a * b"),
        binary("/", "a / b", canFail: true), binary("%", "a % b", canFail: true),
        binary("MOD", "MOD(a, b)", canFail: true),
        sign("NEGATE", "- a"), sign("PLUS", "+ a"),
    ]

    private static func binary(_ name: String, _ signature: String, canFail: Bool = false)
        -> FunctionDefinition
    {
        FunctionDefinition(
            name, .arithmetic, signature: signature, canFail: canFail,
            resolve: { site throws(SQLError) in try resolveBinary(site) },
            kernel: { call throws(SQLError) in try ArithmeticKernels.kernel(call) })
    }

    private static func sign(_ name: String, _ signature: String) -> FunctionDefinition {
        FunctionDefinition(
            name, .arithmetic, signature: signature,
            resolve: { site throws(SQLError) in try resolveSign(site) },
            kernel: { call throws(SQLError) in try ArithmeticKernels.kernel(call) })
    }

    private static func resolveSign(_ site: CallSite) throws(SQLError) -> BoundExpr {
        try OperatorSupport.expect(site, 1...1)
        let argument = site.arguments[0]
        if argument.type.kind == .null { return .literal(.null, .int, span: site.span) }
        guard argument.type.kind.isNumeric || argument.type.kind.isInterval else {
            throw OperatorSupport.refusal(site)
        }
        if site.name == "PLUS" { return argument }
        return BoundExpr(.call("NEGATE", [argument]), argument.type, span: site.span)
    }

    private static func resolveBinary(_ site: CallSite) throws(SQLError) -> BoundExpr {
        try OperatorSupport.expect(site, 2...2)
        let arguments = try OperatorSupport.typingNulls(site.arguments, fallback: .int)
        let left = arguments[0].type.kind
        let right = arguments[1].type.kind
        if left.isNumeric && right.isNumeric { return try numeric(site, arguments) }
        if let result = try TemporalOperators.resolve(site, arguments) { return result }
        throw OperatorSupport.refusal(site)
    }

    private static func numeric(_ site: CallSite, _ arguments: [BoundExpr]) throws(SQLError) -> BoundExpr {
        let left = arguments[0].type.kind
        let right = arguments[1].type.kind
        let nullable = OperatorSupport.anyNullable(arguments)
        let isRemainder = site.name == "%" || site.name == "MOD"
        if isRemainder && (left.isApproximate || right.isApproximate) { throw OperatorSupport.refusal(site) }
        if left.isApproximate || right.isApproximate || (left.isInteger && right.isInteger) {
            guard let common = TypeRules.commonKind(left, right) else { throw OperatorSupport.refusal(site) }
            if isRemainder { return try integerRemainder(site, arguments, common, nullable) }
            return try call(site, arguments, common, nullable)
        }
        let result: TypeKind
        switch site.name {
        case "+", "-": result = TypeRules.decimalSum(left, right)
        case "*": result = TypeRules.decimalProduct(left, right)
        case "/": result = TypeRules.decimalQuotient(left, right)
        default:
            result = TypeRules.decimalRemainder(left, right)
            if result.isInteger { return try integerRemainder(site, arguments, .bigint, nullable) }
        }
        // The operands keep their scales: only integers are turned into decimals.
        var operands: [BoundExpr] = []
        for argument in arguments {
            let (precision, scale) = TypeRules.decimalShape(argument.type.kind)
            operands.append(
                try Coercion.cast(argument, to: DataType(.decimal(precision: precision, scale: scale))))
        }
        return BoundExpr(.call(site.name, operands), DataType(result, nullable: nullable), span: site.span)
    }

    private static func call(
        _ site: CallSite, _ arguments: [BoundExpr], _ kind: TypeKind, _ nullable: Bool
    ) throws(SQLError) -> BoundExpr {
        let left = try Coercion.cast(arguments[0], to: DataType(kind))
        let right = try Coercion.cast(arguments[1], to: DataType(kind))
        return BoundExpr(
            .call(site.name, [left, right]), DataType(kind, nullable: nullable), span: site.span)
    }

    /// The remainder of integers is computed in the wider type and has the divisor's type.
    private static func integerRemainder(
        _ site: CallSite, _ arguments: [BoundExpr], _ wide: TypeKind, _ nullable: Bool
    ) throws(SQLError) -> BoundExpr {
        let result = try call(site, arguments, wide, nullable)
        return try Coercion.cast(result, to: DataType(arguments[1].type.kind, nullable: nullable))
    }
}
