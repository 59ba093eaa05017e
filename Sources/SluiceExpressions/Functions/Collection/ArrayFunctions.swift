import SluiceBase
import SluiceColumns

/// Functions over arrays. They go value by value: arrays are rare beside scalars.
let arrayFunctions: [FunctionDefinition] = [
    combining("ARRAY_CONCAT", "ARRAY_CONCAT(array, ...)", variadic: true) { lists in
        .list(lists.flatMap { $0 })
    },
    combining("ARRAY_UNION", "ARRAY_UNION(array, array)") { lists in .list(distinct(lists.flatMap { $0 })) },
    combining("ARRAY_INTERSECT", "ARRAY_INTERSECT(array, array)") { lists in
        let other = Set(lists[1])
        return .list(distinct(lists[0].filter { other.contains($0) }))
    },
    combining("ARRAY_EXCEPT", "ARRAY_EXCEPT(array, array)") { lists in
        let other = Set(lists[1])
        return .list(distinct(lists[0].filter { !other.contains($0) }))
    },
    single("ARRAY_DISTINCT") { .list(distinct($0)) },
    single("ARRAY_REVERSE") { .list($0.reversed()) },
    extreme("ARRAY_MAX") { $0 > 0 }, extreme("ARRAY_MIN") { $0 < 0 },
    withElement("ARRAY_APPEND", "ARRAY_APPEND(array, element)") { list, element in .list(list + [element]) },
    withElement("ARRAY_PREPEND", "ARRAY_PREPEND(array, element)") { list, element in .list([element] + list)
    },
    withElement("ARRAY_REMOVE", "ARRAY_REMOVE(array, element)", keepsElementType: true) { list, element in
        .list(list.filter { $0 != element })
    },
    withElement("ARRAY_CONTAINS", "ARRAY_CONTAINS(array, element)", result: .boolean) { list, element in
        .bool(list.contains(element))
    },
    withElement("ARRAY_POSITION", "ARRAY_POSITION(array, element)", result: .int) { list, element in
        if element.isNull { return .null }
        return .int32(Int32(clamping: (list.firstIndex(of: element) ?? -1) + 1))
    },
    sliceFunction, sortFunction, joinFunction, repeatedFunction,
]

/// As many elements as its argument says, for plans that repeat rows; none below 1.
private let repeatedFunction = FunctionDefinition.scalar(
    FunctionRegistry.repeated, .collection, FunctionRegistry.repeated, ArgumentForms([.integer]),
    ResultRule { (_) throws(SQLError) in DataType(.array(.boolean), nullable: false) }
) { (call) throws(SQLError) in
    KernelFactory(call).datum { (arguments) throws(SQLError) in
        let count = arguments.datum(0)
        return { (row) throws(SQLError) in
            .list(Array(repeating: .bool(true), count: Swift.max(0, Int(count[row].asInt64 ?? 0))))
        }
    }
}

/// The elements without repetition, in the order of their first occurrence.
private func distinct(_ list: [Datum]) -> [Datum] {
    var seen: Set<Datum> = []
    return list.filter { seen.insert($0).inserted }
}

func elements(_ value: Datum) -> [Datum] {
    if case .list(let list) = value { return list }
    return []
}

func elementType(_ type: DataType) -> DataType {
    switch type.kind {
    case .array(let element): return element
    default: return .null
    }
}

/// A function of one array with a result of the same type.
private func single(_ name: String, _ body: @escaping @Sendable ([Datum]) -> Datum) -> FunctionDefinition {
    .scalar(name, .collection, "\(name)(array)", ArgumentForms([.array]), .argument(0)) {
        (call) throws(SQLError) in
        KernelFactory(call).datum { (arguments) throws(SQLError) in
            let array = arguments.datum(0)
            return { (row) throws(SQLError) in body(elements(array[row])) }
        }
    }
}

private func extreme(_ name: String, _ isBetter: @escaping @Sendable (Int) -> Bool) -> FunctionDefinition {
    .scalar(
        name, .collection, "\(name)(array)", ArgumentForms([.array]),
        ResultRule { (site) throws(SQLError) in elementType(site.arguments[0].type).nullable() }
    ) { (call) throws(SQLError) in
        KernelFactory(call).datum { (arguments) throws(SQLError) in
            let array = arguments.datum(0)
            return { (row) throws(SQLError) in
                var best = Datum.null
                for element in elements(array[row]) where !element.isNull {
                    if best.isNull || isBetter(Comparison.data(element, best)) { best = element }
                }
                return best
            }
        }
    }
}

/// A function of arrays that are brought to one type.
private func combining(
    _ name: String, _ signature: String, variadic: Bool = false,
    _ body: @escaping @Sendable ([[Datum]]) -> Datum
) -> FunctionDefinition {
    let forms = variadic ? ArgumentForms([.array], variadic: true) : ArgumentForms([.array, .array])
    return FunctionDefinition(
        name, .collection, signature: signature,
        resolve: { (site) throws(SQLError) in
            try forms.check(site, signature: signature)
            guard let (arguments, type) = try Coercion.unify(site.arguments) else {
                throw SQLError(
                    .typeMismatch, "the arrays of function \"\(name)\" have no common type", span: site.span,
                    hint: "use \(signature)")
            }
            let nullable = ResultRule.anyNullable(site)
            return BoundExpr(.call(name, arguments), type.nullable(nullable), span: site.span)
        },
        kernel: { (call) throws(SQLError) in
            let count = call.children.count
            return KernelFactory(call).datum { (arguments) throws(SQLError) in
                let arrays = (0..<count).map { arguments.datum($0) }
                return { (row) throws(SQLError) in body(arrays.map { elements($0[row]) }) }
            }
        })
}

/// A function of an array and an element, brought to one element type. Only the array makes the result NULL.
private func withElement(
    _ name: String, _ signature: String, keepsElementType: Bool = false, result: DataType? = nil,
    _ body: @escaping @Sendable ([Datum], Datum) -> Datum
) -> FunctionDefinition {
    FunctionDefinition(
        name, .collection, signature: signature,
        resolve: { (site) throws(SQLError) in
            try ArgumentForms([.array, .any], takesNull: true).check(site, signature: signature)
            let array = site.arguments[0]
            let element = site.arguments[1]
            guard let common = TypeRules.commonType([elementType(array.type), element.type]) else {
                throw SQLError(
                    .typeMismatch, "\(element.type.kind) does not fit into \(array.type.kind)",
                    span: element.span ?? site.span)
            }
            var kept = common
            if keepsElementType { kept = common.nullable(elementType(array.type).isNullable) }
            let arrayType = DataType(.array(kept), nullable: array.type.isNullable)
            let arguments = [
                try Coercion.cast(array, to: DataType(.array(common))),
                try Coercion.cast(element, to: common),
            ]
            let type = result?.nullable(array.type.isNullable || name == "ARRAY_POSITION") ?? arrayType
            return BoundExpr(.call(name, arguments), type, span: site.span)
        },
        kernel: { (call) throws(SQLError) in
            KernelFactory(call, skipsNulls: false).datum { (arguments) throws(SQLError) in
                let array = arguments.datum(0)
                let element = arguments.datum(1)
                return { (row) throws(SQLError) in
                    let list = array[row]
                    return list.isNull ? .null : body(elements(list), element[row])
                }
            }
        })
}

/// ARRAY_SLICE(array, start[, end]): from 1, ends inclusive, 0 means 1, negative positions count from the end.
private let sliceFunction = FunctionDefinition.scalar(
    "ARRAY_SLICE", .collection, "ARRAY_SLICE(array, start[, end])",
    ArgumentForms([.array, .integer], [.array, .integer, .integer]), .argument(0)
) { (call) throws(SQLError) in
    let hasEnd = call.children.count == 3
    return KernelFactory(call).datum { (arguments) throws(SQLError) in
        let array = arguments.datum(0)
        let start = arguments.int(1)
        let end = hasEnd ? arguments.int(2) : nil
        return { (row) throws(SQLError) in
            let list = elements(array[row])
            let count = Int64(list.count)
            var first = start[row]
            var last = end?[row] ?? count
            if first < 0 { first += count + 1 }
            if last < 0 { last += count + 1 } else if last == 0 { last = 1 }
            first = Swift.max(first, 1)
            last = Swift.min(last, count)
            guard first <= last else { return .list([]) }
            return .list(Array(list[Int(first - 1)..<Int(last)]))
        }
    }
}

/// ARRAY_SORT(array[, ascending[, nulls first]]): NULLs first ascending, last descending.
private let sortFunction = FunctionDefinition.scalar(
    "ARRAY_SORT", .collection, "ARRAY_SORT(array[, ascending[, nulls_first]])",
    ArgumentForms([.array], [.array, .boolean], [.array, .boolean, .boolean]), .argument(0)
) { (call) throws(SQLError) in
    let count = call.children.count
    return KernelFactory(call).datum { (arguments) throws(SQLError) in
        let array = arguments.datum(0)
        let ascending = count > 1 ? arguments.bool(1) : nil
        let nullsFirst = count > 2 ? arguments.bool(2) : nil
        return { (row) throws(SQLError) in
            let list = elements(array[row])
            let isAscending = ascending?[row] ?? true
            let values = list.filter { !$0.isNull }.sorted { a, b in
                isAscending ? Comparison.data(a, b) < 0 : Comparison.data(a, b) > 0
            }
            let nulls = [Datum](repeating: .null, count: list.count - values.count)
            return .list(nullsFirst?[row] ?? isAscending ? nulls + values : values + nulls)
        }
    }
}

/// ARRAY_JOIN(array, delimiter[, text for NULL]): without the text NULLs are left out.
private let joinFunction = FunctionDefinition.scalar(
    "ARRAY_JOIN", .collection, "ARRAY_JOIN(array, delimiter[, null_text])",
    ArgumentForms([.array, .character], [.array, .character, .character]),
    ResultRule { (site) throws(SQLError) in
        guard elementType(site.arguments[0].type).kind.isCharacter else {
            throw SQLError(
                .typeMismatch,
                "function \"ARRAY_JOIN\" joins strings, not \(elementType(site.arguments[0].type).kind)",
                span: site.arguments[0].span ?? site.span)
        }
        return DataType.string.nullable(ResultRule.anyNullable(site))
    }
) { (call) throws(SQLError) in
    let hasText = call.children.count == 3
    return KernelFactory(call).text { (arguments) throws(SQLError) in
        let array = arguments.datum(0)
        let delimiter = arguments.text(1)
        let nullText = hasText ? arguments.text(2) : nil
        return { (row, out) throws(SQLError) in
            var isFirst = true
            for element in elements(array[row]) {
                if element.isNull && nullText == nil { continue }
                if !isFirst { out.append(delimiter[row]) }
                isFirst = false
                if case .bytes(let bytes) = element {
                    out.append(contentsOf: bytes)
                } else if let nullText {
                    out.append(nullText[row])
                }
            }
            try checkLength(out.count, "ARRAY_JOIN")
            return true
        }
    }
}
