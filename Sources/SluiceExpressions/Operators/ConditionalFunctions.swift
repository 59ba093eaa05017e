public import SluiceBase
import SluiceColumns

/// CASE, COALESCE, NULLIF, IF, IFNULL, GREATEST, LEAST (A12).
public enum ConditionalFunctions {
    static let definitions: [FunctionDefinition] = [
        FunctionDefinition(
            "COALESCE", .conditional, signature: "COALESCE(a, b, …)",
            resolve: { site throws(SQLError) in try coalesce(site) },
            kernel: { call throws(SQLError) in ConditionalKernels.coalesce(call.type) }),
        FunctionDefinition(
            "IFNULL", .conditional, signature: "IFNULL(a, replacement)",
            resolve: { site throws(SQLError) in
                try OperatorSupport.expect(site, 2...2)
                return try coalesce(CallSite(name: "COALESCE", arguments: site.arguments, span: site.span))
            },
            kernel: { call throws(SQLError) in ConditionalKernels.coalesce(call.type) }),
        FunctionDefinition(
            "NULLIF", .conditional, signature: "NULLIF(a, b)",
            resolve: { site throws(SQLError) in try nullIf(site) },
            kernel: { call throws(SQLError) in throw unreachable(call) }),
        FunctionDefinition(
            "IF", .conditional, signature: "IF(condition, a, b)",
            resolve: { site throws(SQLError) in try ifThen(site) },
            kernel: { call throws(SQLError) in throw unreachable(call) }),
        extremum("GREATEST"), extremum("LEAST"),
    ]

    private static func unreachable(_ call: BoundExpr) -> SQLError {
        SQLError(.internalError, "a conditional without a kernel", span: call.span)
    }

    /// A searched CASE with typed branches: conditions are BOOLEAN, results get their common type. Without ELSE the
    /// result is NULL where no condition holds.
    public static func resolveCase(
        _ branches: [(condition: BoundExpr, result: BoundExpr)], otherwise: BoundExpr?, span: SourceSpan?
    ) throws(SQLError) -> BoundExpr {
        let final = otherwise ?? .literal(.null, .null, span: span)
        let results = branches.map(\.result) + [final]
        guard let common = TypeRules.commonType(results.map(\.type)) else {
            let types = results.map { "\($0.type.kind)" }.joined(separator: ", ")
            throw SQLError(
                .typeMismatch, "the results of CASE have no common type: \(types)", span: span)
        }
        guard common.kind != .null else {
            throw SQLError(.typeMismatch, "a CASE needs at least one result that is not NULL", span: span)
        }
        var typed: [BoundExpr.Branch] = []
        for branch in branches {
            typed.append(
                BoundExpr.Branch(
                    try Coercion.condition(branch.condition, "a condition of CASE"),
                    try Coercion.cast(branch.result, to: common)))
        }
        return BoundExpr(
            .caseWhen(typed, otherwise: try Coercion.cast(final, to: common)), common, span: span)
    }

    private static func coalesce(_ site: CallSite) throws(SQLError) -> BoundExpr {
        try OperatorSupport.expect(site, 1...10_000)
        guard let (arguments, common) = try Coercion.unifyArguments(site.arguments) else {
            throw OperatorSupport.refusal(site, "the arguments have no common type")
        }
        if arguments.count == 1 { return arguments[0] }
        let nullable = arguments.allSatisfy { $0.type.isNullable }
        return BoundExpr(
            .call("COALESCE", arguments), DataType(common.kind, nullable: nullable), span: site.span)
    }

    /// `CASE WHEN a = b THEN NULL ELSE a END`.
    private static func nullIf(_ site: CallSite) throws(SQLError) -> BoundExpr {
        try OperatorSupport.expect(site, 2...2)
        let value = site.arguments[0]
        if value.type.kind == .null { return value }
        let isEqual = try ComparisonOperators.resolve(
            CallSite(name: "=", arguments: site.arguments, span: site.span))
        let type = value.type.nullable()
        let null = BoundExpr.literal(.null, type, span: site.span)
        return BoundExpr(
            .caseWhen([BoundExpr.Branch(isEqual, null)], otherwise: value), type, span: site.span)
    }

    private static func ifThen(_ site: CallSite) throws(SQLError) -> BoundExpr {
        try OperatorSupport.expect(site, 3...3)
        guard TypeRules.commonType(site.arguments[1].type, site.arguments[2].type) != nil else {
            throw OperatorSupport.refusal(site)
        }
        return try resolveCase(
            [(site.arguments[0], site.arguments[1])], otherwise: site.arguments[2], span: site.span)
    }

    private static func extremum(_ name: String) -> FunctionDefinition {
        FunctionDefinition(
            name, .conditional, signature: "\(name)(a, b, …)",
            resolve: { site throws(SQLError) in
                try OperatorSupport.expect(site, 1...10_000)
                guard let (arguments, common) = try Coercion.unifyArguments(site.arguments),
                    !common.kind.isNested
                else {
                    throw OperatorSupport.refusal(site, "the arguments have no common order")
                }
                return BoundExpr(.call(name, arguments), common, span: site.span)
            },
            kernel: { call throws(SQLError) in
                ConditionalKernels.extremum(call.type, wantsGreatest: name == "GREATEST")
            })
    }
}
