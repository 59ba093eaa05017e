import SluiceBase
import SluiceColumns

/// AND, OR, NOT and the tests `IS [NOT] NULL / TRUE / FALSE / UNKNOWN`.
enum LogicOperators {
    static let definitions: [FunctionDefinition] = [
        connective("AND"), connective("OR"),
        FunctionDefinition(
            "NOT", .logic, signature: "NOT a",
            resolve: { site throws(SQLError) in
                try OperatorSupport.expect(site, 1...1)
                let operand = try condition(site, 0)
                return BoundExpr(.call("NOT", [operand]), operand.type, span: site.span)
            },
            kernel: { _ throws(SQLError) in
                { arguments, count, _ in
                    Loops.map(arguments[0], count, .boolean) { (x: Bool) in !x }
                }
            }),
        nullTest("IS NULL", isNull: true), nullTest("IS NOT NULL", isNull: false),
        truthTest("IS TRUE", value: true, negated: false),
        truthTest("IS NOT TRUE", value: true, negated: true),
        truthTest("IS FALSE", value: false, negated: false),
        truthTest("IS NOT FALSE", value: false, negated: true),
        nullTest("IS UNKNOWN", isNull: true), nullTest("IS NOT UNKNOWN", isNull: false),
    ]

    /// A typed AND or OR of two conditions.
    static func both(_ name: String, _ left: BoundExpr, _ right: BoundExpr, span: SourceSpan?) -> BoundExpr {
        BoundExpr(
            .call(name, [left, right]),
            DataType(.boolean, nullable: left.type.isNullable || right.type.isNullable), span: span)
    }

    private static func condition(_ site: CallSite, _ index: Int) throws(SQLError) -> BoundExpr {
        let operand = site.arguments[index]
        guard operand.type.kind == .boolean || operand.type.kind == .null else {
            throw OperatorSupport.refusal(site)
        }
        return try Coercion.condition(operand, "an operand of \"\(site.name)\"")
    }

    /// AND and OR take two or more operands.
    private static func connective(_ name: String) -> FunctionDefinition {
        FunctionDefinition(
            name, .logic, signature: "a \(name) b",
            resolve: { site throws(SQLError) in
                try OperatorSupport.expect(site, 2...10_000)
                var operands: [BoundExpr] = []
                for index in site.arguments.indices { operands.append(try condition(site, index)) }
                let nullable = OperatorSupport.anyNullable(operands)
                return BoundExpr(
                    .call(name, operands), DataType(.boolean, nullable: nullable), span: site.span)
            },
            kernel: { call throws(SQLError) in
                let isAnd = name == "AND"
                return { arguments, count, _ in
                    var result = arguments[0]
                    for operand in arguments.dropFirst() {
                        result = LogicKernels.combine(result, operand, count, isAnd: isAnd)
                    }
                    return result
                }
            })
    }

    private static func nullTest(_ name: String, isNull: Bool) -> FunctionDefinition {
        let type = DataType(.boolean, nullable: false)
        return FunctionDefinition(
            name, .logic, signature: "a \(name)",
            resolve: { site throws(SQLError) in
                try OperatorSupport.expect(site, 1...1)
                let operand =
                    name.hasSuffix("UNKNOWN") ? try condition(site, 0) : site.arguments[0]
                return BoundExpr(.call(name, [operand]), type, span: site.span)
            },
            kernel: { _ throws(SQLError) in
                { arguments, count, _ in LogicKernels.nullTest(arguments[0], count, isNull: isNull) }
            })
    }

    private static func truthTest(_ name: String, value: Bool, negated: Bool) -> FunctionDefinition {
        let type = DataType(.boolean, nullable: false)
        return FunctionDefinition(
            name, .logic, signature: "a \(name)",
            resolve: { site throws(SQLError) in
                try OperatorSupport.expect(site, 1...1)
                return BoundExpr(.call(name, [try condition(site, 0)]), type, span: site.span)
            },
            kernel: { _ throws(SQLError) in
                { arguments, count, _ in
                    LogicKernels.truthTest(arguments[0], count, value: value, negated: negated)
                }
            })
    }
}
