import SluiceBase
import SluiceColumns

/// `||`: strings with strings, byte strings with byte strings; NULL if either is (S4).
enum TextOperators {
    static let definitions: [FunctionDefinition] = [
        FunctionDefinition(
            "||", .string, signature: "a || b",
            resolve: { site throws(SQLError) in try resolve(site) },
            kernel: { call throws(SQLError) in concatenate(call.type) })
    ]

    private static func resolve(_ site: CallSite) throws(SQLError) -> BoundExpr {
        try OperatorSupport.expect(site, 2...2)
        let arguments = try OperatorSupport.typingNulls(site.arguments, fallback: .string)
        let left = arguments[0].type.kind
        let right = arguments[1].type.kind
        let isText = left.isCharacter && right.isCharacter
        guard isText || (left.isBinary && right.isBinary) else {
            throw OperatorSupport.refusal(site, isText ? nil : "write CAST(… AS STRING)")
        }
        let length = min(.max32, TypeRules.textLength(left) + TypeRules.textLength(right))
        let kind: TypeKind
        switch (left, right) {
        case (.char, .char): kind = .char(length)
        case (.binary, .binary): kind = .binary(length)
        default: kind = isText ? .varchar(length) : .varbinary(length)
        }
        let nullable = OperatorSupport.anyNullable(arguments)
        return BoundExpr(.call("||", arguments), DataType(kind, nullable: nullable), span: site.span)
    }

    private static func concatenate(_ type: DataType) -> Kernel {
        { arguments, count, _ throws(SQLError) in
            try Loops.rows(arguments, count, type) { (columns, count, out) throws(SQLError) in
                guard case .bytes(let builder) = out.storage else { return }
                let left = columns[0].bytes
                let right = columns[1].bytes
                var scratch = ByteScratch(capacity: 1024)
                for row in 0..<count {
                    if left.isNull(row) || right.isNull(row) {
                        builder.appendNull()
                        continue
                    }
                    scratch.removeAll()
                    scratch.append(left.bytes(at: row))
                    scratch.append(right.bytes(at: row))
                    builder.append(scratch.bytes)
                }
            }
        }
    }
}
