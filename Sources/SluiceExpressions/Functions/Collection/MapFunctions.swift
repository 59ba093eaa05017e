import SluiceBase
import SluiceColumns

/// Functions over maps, and from text to collections.
let mapFunctions: [FunctionDefinition] = [
    .scalar(
        "MAP_KEYS", .collection, "MAP_KEYS(map)", ArgumentForms([.map]),
        ResultRule { (site) throws(SQLError) in
            let (key, _) = mapTypes(site.arguments[0].type)
            return DataType(.array(key), nullable: site.arguments[0].type.isNullable)
        }
    ) { (call) throws(SQLError) in fromMap(call) { .list($0.map(\.key)) } },
    .scalar(
        "MAP_VALUES", .collection, "MAP_VALUES(map)", ArgumentForms([.map]),
        ResultRule { (site) throws(SQLError) in
            let (_, value) = mapTypes(site.arguments[0].type)
            return DataType(.array(value), nullable: site.arguments[0].type.isNullable)
        }
    ) { (call) throws(SQLError) in fromMap(call) { .list($0.map(\.value)) } },
    .scalar(
        "MAP_ENTRIES", .collection, "MAP_ENTRIES(map)", ArgumentForms([.map]),
        ResultRule { (site) throws(SQLError) in
            let (key, value) = mapTypes(site.arguments[0].type)
            let row = DataType(.row([Field("key", key), Field("value", value)]), nullable: false)
            return DataType(.array(row), nullable: site.arguments[0].type.isNullable)
        }
    ) { (call) throws(SQLError) in fromMap(call) { .list($0.map { .row([$0.key, $0.value]) }) } },
    .scalar(
        "MAP_FROM_ARRAYS", .collection, "MAP_FROM_ARRAYS(keys, values)", ArgumentForms([.array, .array]),
        ResultRule { (site) throws(SQLError) in
            let key = elementType(site.arguments[0].type)
            let value = elementType(site.arguments[1].type)
            return DataType(.map(key, value), nullable: ResultRule.anyNullable(site))
        }, canFail: true
    ) { (call) throws(SQLError) in
        KernelFactory(call).datum { (arguments) throws(SQLError) in
            let keys = arguments.datum(0)
            let values = arguments.datum(1)
            return { (row) throws(SQLError) in
                let left = elements(keys[row])
                let right = elements(values[row])
                guard left.count == right.count else {
                    throw SQLError(
                        .evaluation,
                        "function \"MAP_FROM_ARRAYS\" got \(left.count) keys and \(right.count) values")
                }
                return .map(zip(left, right).map { Datum.MapEntry($0, $1) })
            }
        }
    },
    unionFunction, textToMapFunction, splitFunction,
]

/// The functions over arrays and maps.
let collectionFunctions: [FunctionDefinition] = arrayFunctions + mapFunctions

private func mapTypes(_ type: DataType) -> (DataType, DataType) {
    if case .map(let key, let value) = type.kind { return (key, value) }
    return (.null, .null)
}

private func entries(_ value: Datum) -> [Datum.MapEntry] {
    if case .map(let list) = value { return list }
    return []
}

private func fromMap(_ call: BoundExpr, _ body: @escaping @Sendable ([Datum.MapEntry]) -> Datum) -> Kernel {
    KernelFactory(call).datum { (arguments) throws(SQLError) in
        let map = arguments.datum(0)
        return { (row) throws(SQLError) in body(entries(map[row])) }
    }
}

/// A later map's value wins; keys keep their first place.
private let unionFunction = FunctionDefinition(
    "MAP_UNION", .collection, signature: "MAP_UNION(map, ...)",
    resolve: { (site) throws(SQLError) in
        try ArgumentForms([.map], variadic: true).check(site, signature: "MAP_UNION(map, ...)")
        guard let (arguments, type) = try Coercion.unify(site.arguments) else {
            throw SQLError(
                .typeMismatch, "the maps of function \"MAP_UNION\" have no common type", span: site.span)
        }
        let nullable = ResultRule.anyNullable(site)
        return BoundExpr(.call("MAP_UNION", arguments), type.nullable(nullable), span: site.span)
    },
    kernel: { (call) throws(SQLError) in
        let count = call.children.count
        return KernelFactory(call).datum { (arguments) throws(SQLError) in
            let maps = (0..<count).map { arguments.datum($0) }
            return { (row) throws(SQLError) in
                var places: [Datum: Int] = [:]
                var merged: [Datum.MapEntry] = []
                for entry in maps.flatMap({ entries($0[row]) }) {
                    if let place = places[entry.key] {
                        merged[place].value = entry.value
                    } else {
                        places[entry.key] = merged.count
                        merged.append(entry)
                    }
                }
                return .map(merged)
            }
        }
    })

/// Pieces between matches of a separator; empty ones at the end are left out, as Java's `String.split` does.
private func pieces(
    _ text: UTF8Text.Bytes, _ separator: RegexProgram, limit: Int = 0
) throws(SQLError) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    var start = 0
    try separator.forEachMatch(text) { (range) throws(SQLError) in
        if limit > 0 && parts.count == limit - 1 { return }
        if range.isEmpty && (range.lowerBound == 0 || range.lowerBound >= text.count) { return }
        if range.upperBound == 0 { return }
        parts.append(Array(text[start..<range.lowerBound]))
        start = range.upperBound
    }
    if parts.isEmpty { return [Array(text)] }
    parts.append(Array(text[start...]))
    if limit == 0 { while parts.last?.isEmpty ?? false { parts.removeLast() } }
    return parts
}

/// STR_TO_MAP(text[, between entries[, between key and value]]): the separators are regular expressions.
private let textToMapFunction = FunctionDefinition.scalar(
    "STR_TO_MAP", .collection, "STR_TO_MAP(string[, entry_separator, key_separator])",
    ArgumentForms([.character], [.character, .character, .character]),
    ResultRule { (site) throws(SQLError) in
        DataType(.map(.string, .string), nullable: ResultRule.anyNullable(site))
    }
) { (call) throws(SQLError) in
    let hasSeparators = call.children.count == 3
    let entryPool = RegexPool()
    let keyPool = RegexPool()
    return KernelFactory(call).datum { (arguments) throws(SQLError) in
        let text = arguments.text(0)
        let between = RegexSession(entryPool, hasSeparators ? arguments.text(1) : constantText(","))
        let inside = RegexSession(keyPool, hasSeparators ? arguments.text(2) : constantText("="))
        return { (row) throws(SQLError) in
            guard text[row].count > 0 else { return .map([]) }
            guard let outer = between.program(row), let inner = inside.program(row) else { return .null }
            var places: [[UInt8]: Int] = [:]
            var found: [Datum.MapEntry] = []
            for part in try pieces(text[row], outer) {
                let pair = try partition(part, inner)
                let value: Datum = pair.count > 1 ? .bytes(pair[1]) : .null
                if let place = places[pair[0]] {
                    found[place].value = value
                } else {
                    places[pair[0]] = found.count
                    found.append(Datum.MapEntry(.bytes(pair[0]), value))
                }
            }
            return .map(found)
        }
    }
}

private func partition(_ part: [UInt8], _ separator: RegexProgram) throws(SQLError) -> [[UInt8]] {
    let result: Result<[[UInt8]], SQLError> = part.withUnsafeBytes { raw in
        do throws(SQLError) { return .success(try pieces(raw, separator, limit: 2)) } catch {
            return .failure(error)
        }
    }
    return try result.get()
}

private func constantText(_ text: String) -> TextArgument {
    let builder = BytesBuilder(capacity: 1)
    builder.append(text)
    return TextArgument(column: builder.finish(), stride: 0)
}

/// SPLIT(text, delimiter): an empty delimiter cuts between characters.
private let splitFunction = FunctionDefinition.scalar(
    "SPLIT", .collection, "SPLIT(string, delimiter)", ArgumentForms([.character, .character]),
    ResultRule { (site) throws(SQLError) in
        DataType(.array(DataType.string.notNull), nullable: ResultRule.anyNullable(site))
    }
) { (call) throws(SQLError) in
    KernelFactory(call).datum { (arguments) throws(SQLError) in
        let text = arguments.text(0)
        let delimiter = arguments.text(1)
        return { (row) throws(SQLError) in
            let bytes = text[row]
            var parts: [Datum] = []
            if bytes.count == 0 { return .list([]) }
            if delimiter[row].count == 0 {
                var at = 0
                while at < bytes.count {
                    let next = Swift.min(at + UTF8Text.width(bytes[at]), bytes.count)
                    parts.append(.bytes(Array(bytes[at..<next])))
                    at = next
                }
                return .list(parts)
            }
            var start = 0
            while let found = UTF8Text.find(delimiter[row], in: bytes, from: start) {
                parts.append(.bytes(Array(bytes[start..<found])))
                start = found + delimiter[row].count
            }
            parts.append(.bytes(Array(bytes[start...])))
            return .list(parts)
        }
    }
}
