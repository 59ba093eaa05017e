import SluiceBase
import SluiceColumns

/// The JSON functions (S8).
///
/// Their clauses are literal arguments behind the written ones:
/// `JSON_EXISTS(input, path, onError)`; `JSON_VALUE(input, path, onEmpty, default, onError, default, type)` with a
/// typed NULL as `type`; `JSON_QUERY(input, path, wrapper, onEmpty, onError, type)`.
let jsonFunctions: [FunctionDefinition] =
    [existsFunction, valueFunction, queryFunction] + predicateFunctions + jsonConstructors

private let existsFunction = FunctionDefinition.scalar(
    "JSON_EXISTS", .json, "JSON_EXISTS(json, path [{TRUE | FALSE | UNKNOWN | ERROR} ON ERROR])",
    ArgumentForms([.character, .character], [.character, .character, .character]), .nullable(.boolean),
    canFail: true
) { (call) throws(SQLError) in
    let onError = call.children.count > 2 ? behavior(call.children[2]) : "FALSE"
    return KernelFactory(call).bool { (arguments) throws(SQLError) in
        let session = JSONSession(arguments.text(0), arguments.text(1))
        return { (row) throws(SQLError) in
            switch session.evaluate(row) {
            case .found(let value): return !value.isNull
            case .none: return false
            case .failed(let reason):
                switch onError {
                case "TRUE": return true
                case "UNKNOWN": return nil
                case "ERROR": throw failure("JSON_EXISTS", reason)
                default: return false
                }
            }
        }
    }
}

private let valueFunction = FunctionDefinition(
    "JSON_VALUE", .json, signature: "JSON_VALUE(json, path [RETURNING type] [… ON EMPTY] [… ON ERROR])",
    canFail: true,
    resolve: { (site) throws(SQLError) in
        let signature = "JSON_VALUE(json, path [RETURNING type] [… ON EMPTY] [… ON ERROR])"
        try ArgumentForms([.character, .character], variadic: true).check(
            CallSite(name: site.name, arguments: Array(site.arguments.prefix(2)), span: site.span),
            signature: signature)
        var arguments = site.arguments
        let standard: [BoundExpr] = [
            literalText("NULL"), .literal(.null, .null), literalText("NULL"), .literal(.null, .null),
            .literal(.null, .string),
        ]
        while arguments.count < 7 { arguments.append(standard[arguments.count - 2]) }
        let type = arguments[6].type.nullable()
        switch type.kind {
        case .boolean, .int, .double, .char, .varchar: break
        default:
            throw SQLError(
                .typeMismatch, "JSON_VALUE cannot return \(type.kind)", span: site.span,
                hint: "use STRING, BOOLEAN, INTEGER or DOUBLE")
        }
        for index in [3, 5] { arguments[index] = try Coercion.cast(arguments[index], to: type) }
        return BoundExpr(.call("JSON_VALUE", arguments), type, span: site.span)
    },
    kernel: { (call) throws(SQLError) in
        let onEmpty = behavior(call.children[2])
        let onError = behavior(call.children[4])
        let kind = call.type.kind
        return KernelFactory(call, skipsNulls: false).datum { (arguments) throws(SQLError) in
            let session = JSONSession(arguments.text(0), arguments.text(1))
            let emptyDefault = arguments.datum(3)
            let errorDefault = arguments.datum(5)
            return { (row) throws(SQLError) in
                if arguments.isNull(0, row) || arguments.isNull(1, row) { return .null }
                var reason = "the path finds an array or an object"
                switch session.evaluate(row) {
                case .found(let value):
                    if value.isNull || session.isLax(row) && !value.isScalar { break }
                    guard value.isScalar else { return try otherwise(onError, errorDefault[row], reason) }
                    if let converted = converted(value, kind) { return converted }
                    reason = "the value is no \(kind)"
                    if onError != "DEFAULT" { throw failure("JSON_VALUE", reason) }
                    return errorDefault[row]
                case .none: break
                case .failed(let text): return try otherwise(onError, errorDefault[row], text)
                }
                return try otherwise(onEmpty, emptyDefault[row], "the path finds nothing")
            }
        }
    })

private func otherwise(_ behavior: String, _ standard: Datum, _ reason: String) throws(SQLError) -> Datum {
    switch behavior {
    case "ERROR": throw failure("JSON_VALUE", reason)
    case "DEFAULT": return standard
    default: return .null
    }
}

func failure(_ function: String, _ reason: String) -> SQLError {
    SQLError(.evaluation, "\(function) failed: \(reason)")
}

func behavior(_ expr: BoundExpr) -> String { (expr.literalValue?.asString ?? "NULL").uppercased() }

/// A scalar of the document as a value of the RETURNING type; nil if it has another type.
private func converted(_ value: JSONValue, _ kind: TypeKind) -> Datum? {
    switch (value, kind) {
    case (.bool(let flag), .boolean): return .bool(flag)
    case (.number(let text), .int): return Int32(String(decoding: text, as: UTF8.self)).map { .int32($0) }
    case (.number(let text), .double):
        return text.withUnsafeBytes { DoubleParser.parse($0) }.map { .float64($0) }
    case (_, .boolean), (_, .int), (_, .double): return nil
    case (.string(let text), _): return .bytes(text)
    default:
        var out: [UInt8] = []
        value.write(to: &out)
        return .bytes(out)
    }
}

private let queryFunction = FunctionDefinition(
    "JSON_QUERY", .json,
    signature: "JSON_QUERY(json, path [RETURNING type] [… WRAPPER] [… ON EMPTY] [… ON ERROR])",
    canFail: true,
    resolve: { (site) throws(SQLError) in
        let signature = "JSON_QUERY(json, path [… WRAPPER] [… ON EMPTY] [… ON ERROR])"
        try ArgumentForms([.character, .character], variadic: true).check(
            CallSite(name: site.name, arguments: Array(site.arguments.prefix(2)), span: site.span),
            signature: signature)
        var arguments = site.arguments
        let standard: [BoundExpr] = [
            literalText("WITHOUT ARRAY WRAPPER"), literalText("NULL"), literalText("NULL"),
            .literal(.null, .string),
        ]
        while arguments.count < 6 { arguments.append(standard[arguments.count - 2]) }
        let type = arguments[5].type.nullable()
        var isKnown = type.kind.isCharacter
        if case .array(let element) = type.kind { isKnown = element.kind.isCharacter }
        guard isKnown else {
            throw SQLError(
                .typeMismatch, "JSON_QUERY cannot return \(type.kind)", span: site.span,
                hint: "use STRING or ARRAY<STRING>")
        }
        return BoundExpr(.call("JSON_QUERY", arguments), type, span: site.span)
    },
    kernel: { (call) throws(SQLError) in
        let wrapper = behavior(call.children[2])
        let onEmpty = behavior(call.children[3])
        let onError = behavior(call.children[4])
        let isArray = !call.type.kind.isCharacter
        return KernelFactory(call, skipsNulls: false).datum { (arguments) throws(SQLError) in
            let session = JSONSession(arguments.text(0), arguments.text(1))
            return { (row) throws(SQLError) in
                if arguments.isNull(0, row) || arguments.isNull(1, row) { return .null }
                switch session.evaluate(row) {
                case .failed(let reason): return try queryFallback(onError, reason, isArray)
                case .none: return try queryFallback(onEmpty, "the path finds nothing", isArray)
                case .found(let value):
                    let wrapped = value.isNull ? value : wrap(value, wrapper)
                    guard wrapped.isScalar else { return queryResult(wrapped, isArray) ?? .null }
                    if session.isLax(row) {
                        return try queryFallback(onEmpty, "the path finds a scalar", isArray)
                    }
                    return try queryFallback(onError, "the path finds a scalar", isArray)
                }
            }
        }
    })

private func wrap(_ value: JSONValue, _ wrapper: String) -> JSONValue {
    if wrapper.hasPrefix("WITHOUT") { return value }
    if wrapper.contains("CONDITIONAL"), !wrapper.contains("UNCONDITIONAL"), case .array = value {
        return value
    }
    return .array([value])
}

private func queryFallback(_ behavior: String, _ reason: String, _ isArray: Bool) throws(SQLError) -> Datum {
    switch behavior {
    case "ERROR": throw failure("JSON_QUERY", reason)
    case "EMPTY ARRAY": return isArray ? .list([]) : .string("[]")
    case "EMPTY OBJECT": return isArray ? .null : .string("{}")
    default: return .null
    }
}

/// The text of a document, or its elements as strings.
private func queryResult(_ value: JSONValue, _ isArray: Bool) -> Datum? {
    var out: [UInt8] = []
    guard isArray else {
        value.write(to: &out)
        return .bytes(out)
    }
    guard case .array(let values) = value else { return nil }
    return .list(values.map { $0.isNull ? .null : converted($0, .varchar(.max32)) ?? .null })
}

/// The parsed documents and paths of a batch; the last document and a constant path are kept.
final class JSONSession {
    private let documents: TextArgument
    private let paths: TextArgument
    private var constantPath: JSONPath??

    init(_ documents: TextArgument, _ paths: TextArgument) {
        self.documents = documents
        self.paths = paths
    }

    private func path(_ row: Int) -> JSONPath? {
        if let constantPath { return constantPath }
        let path = JSONPath(paths[row])
        if paths.stride == 0 { constantPath = .some(path) }
        return path
    }

    func isLax(_ row: Int) -> Bool { path(row)?.isLax ?? false }

    func evaluate(_ row: Int) -> JSONPath.Outcome {
        guard let path = path(row) else { return .failed("the path is not valid") }
        guard let document = JSONParser.parse(documents[row]) else {
            return path.isLax ? .none : .failed("the text is no JSON")
        }
        if document.isNull { return .failed("the document is null") }
        return path.evaluate(document)
    }
}

/// `IS [NOT] JSON [VALUE | SCALAR | ARRAY | OBJECT]`.
private let predicateFunctions: [FunctionDefinition] = ["", " VALUE", " SCALAR", " ARRAY", " OBJECT"].flatMap
{ kind in
    [false, true].map { negated in
        let name = (negated ? "IS NOT JSON" : "IS JSON") + kind
        return FunctionDefinition.scalar(
            name, .json, "x \(name)", ArgumentForms([.character]), .notNull(.boolean)
        ) {
            (call) throws(SQLError) in
            KernelFactory(call, skipsNulls: false).bool { (arguments) throws(SQLError) in
                let text = arguments.text(0)
                return { (row) throws(SQLError) in
                    var holds = false
                    if !arguments.isNull(0, row), let value = JSONParser.parse(text[row]) {
                        switch (kind, value) {
                        case (" SCALAR", _): holds = value.isScalar
                        case (" ARRAY", .array), (" OBJECT", .object), ("", _), (" VALUE", _): holds = true
                        default: holds = false
                        }
                    }
                    return holds != negated
                }
            }
        }
    }
}
