import SluiceBase
import SluiceColumns

/// ROW, ARRAY and MAP constructors, subscripts, CARDINALITY, ELEMENT, TYPEOF.
enum ConstructorFunctions {
    static let definitions: [FunctionDefinition] = [
        FunctionDefinition(
            "ROW", .collection, signature: "ROW(a, b, …)",
            resolve: { site throws(SQLError) in row(site) },
            kernel: { _ throws(SQLError) in
                { arguments, count, _ in
                    .row(RowColumn(fields: arguments.map(\.flattened), count: count, validity: nil))
                }
            }),
        FunctionDefinition(
            "ARRAY", .collection, signature: "ARRAY[a, b, …]",
            resolve: { site throws(SQLError) in try array(site) },
            kernel: { call throws(SQLError) in CollectionKernels.array(call.type) }),
        FunctionDefinition(
            "MAP", .collection, signature: "MAP[key, value, …]",
            resolve: { site throws(SQLError) in try map(site) },
            kernel: { call throws(SQLError) in CollectionKernels.map(call.type) }),
        FunctionDefinition(
            "ITEM", .collection, signature: "array[position], map[key]",
            resolve: { site throws(SQLError) in try item(site) },
            kernel: { call throws(SQLError) in try CollectionKernels.item(call) }),
        FunctionDefinition(
            "CARDINALITY", .collection, signature: "CARDINALITY(array or map)",
            resolve: { site throws(SQLError) in
                try OperatorSupport.expect(site, 1...1)
                let type = site.arguments[0].type
                switch type.kind {
                case .array, .map, .multiset: break
                default: throw OperatorSupport.refusal(site)
                }
                return BoundExpr(
                    .call("CARDINALITY", site.arguments), DataType(.int, nullable: type.isNullable),
                    span: site.span)
            },
            kernel: { _ throws(SQLError) in
                { arguments, count, _ in CollectionKernels.cardinality(arguments[0], count) }
            }),
        FunctionDefinition(
            "ELEMENT", .collection, signature: "ELEMENT(array)", canFail: true,
            resolve: { site throws(SQLError) in
                try OperatorSupport.expect(site, 1...1)
                guard case .array(let element) = site.arguments[0].type.kind else {
                    throw OperatorSupport.refusal(site)
                }
                return BoundExpr(.call("ELEMENT", site.arguments), element.nullable(), span: site.span)
            },
            kernel: { call throws(SQLError) in CollectionKernels.element(call.type) }),
        FunctionDefinition(
            "TYPEOF", .conversion, signature: "TYPEOF(value [, force_serializable])",
            resolve: { site throws(SQLError) in
                try OperatorSupport.expect(site, 1...2)
                let text = "\(ConstantFolding.knownType(site.arguments[0]))"
                return .literal(.string(text), .string, span: site.span)
            },
            kernel: { call throws(SQLError) in
                throw SQLError(.internalError, "TYPEOF has no kernel", span: call.span)
            }),
    ]

    private static func row(_ site: CallSite) -> BoundExpr {
        let fields = site.arguments.enumerated().map { Field("EXPR$\($0.offset)", $0.element.type) }
        return BoundExpr(
            .call("ROW", site.arguments), DataType(.row(fields), nullable: false), span: site.span)
    }

    private static func array(_ site: CallSite) throws(SQLError) -> BoundExpr {
        try OperatorSupport.expect(site, 1...1_000_000)
        guard let (arguments, common) = try Coercion.unify(site.arguments) else {
            throw OperatorSupport.refusal(site, "the elements have no common type")
        }
        return BoundExpr(
            .call("ARRAY", arguments), DataType(.array(common), nullable: false), span: site.span)
    }

    private static func map(_ site: CallSite) throws(SQLError) -> BoundExpr {
        guard site.arguments.count >= 2, site.arguments.count % 2 == 0 else {
            throw SQLError(
                .argumentCount, "\"MAP\" takes pairs of keys and values", span: site.span)
        }
        let keys = stride(from: 0, to: site.arguments.count, by: 2).map { site.arguments[$0] }
        let values = stride(from: 1, to: site.arguments.count, by: 2).map { site.arguments[$0] }
        guard let (typedKeys, key) = try Coercion.unify(keys),
            let (typedValues, value) = try Coercion.unify(values)
        else { throw OperatorSupport.refusal(site, "the keys or the values have no common type") }
        var arguments: [BoundExpr] = []
        for (key, value) in zip(typedKeys, typedValues) { arguments += [key, value] }
        return BoundExpr(
            .call("MAP", arguments), DataType(.map(key, value), nullable: false), span: site.span)
    }

    private static func item(_ site: CallSite) throws(SQLError) -> BoundExpr {
        try OperatorSupport.expect(site, 2...2)
        let subscript_ = site.arguments[1]
        switch site.arguments[0].type.kind {
        case .array(let element):
            guard subscript_.type.kind.isInteger else { throw OperatorSupport.refusal(site) }
            if let position = subscript_.literalValue?.asInt64, position < 1 {
                throw SQLError(
                    .literalOutOfRange, "array positions start at 1, not \(position)", span: subscript_.span)
            }
            let index = try Coercion.cast(subscript_, to: .bigint)
            return BoundExpr(
                .call("ITEM", [site.arguments[0], index]), element.nullable(), span: site.span)
        case .map(let key, let value):
            guard let common = TypeRules.commonType(key, subscript_.type), common.kind != .null else {
                throw OperatorSupport.refusal(site)
            }
            // The key is sought in the map's own key type where text lengths differ.
            let wanted = key.kind.isCharacter ? subscript_ : try Coercion.cast(subscript_, to: key)
            return BoundExpr(
                .call("ITEM", [site.arguments[0], wanted]), value.nullable(), span: site.span)
        case .row(let fields):
            return try field(site, fields, subscript_)
        default: throw OperatorSupport.refusal(site)
        }
    }

    /// `row[1]` or `row['name']` with a literal.
    private static func field(
        _ site: CallSite, _ fields: [Field], _ position: BoundExpr
    ) throws(SQLError) -> BoundExpr {
        var index: Int?
        if let number = position.literalValue?.asInt64 {
            index = number >= 1 && number <= fields.count ? Int(number) - 1 : nil
        } else if let name = position.literalValue?.asString {
            index = fields.firstIndex { $0.name == name }
        }
        guard let index else {
            throw SQLError(.unknownColumn, "the row has no such field", span: position.span)
        }
        let nullable = site.arguments[0].type.isNullable || fields[index].type.isNullable
        return BoundExpr(
            .field(site.arguments[0], index), fields[index].type.nullable(nullable), span: site.span)
    }
}
