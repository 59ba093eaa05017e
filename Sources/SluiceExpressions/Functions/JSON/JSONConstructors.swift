import SluiceBase
import SluiceColumns

/// JSON_STRING, JSON_OBJECT, JSON_ARRAY and JSON.
///
/// The constructors' rule for NULL is part of the name: `JSON_OBJECT ABSENT ON NULL`, `JSON_ARRAY NULL ON NULL`; the
/// bare names have the standard rule. Their first argument tells which values are JSON text already.
let jsonConstructors: [FunctionDefinition] = [
    .scalar(
        "JSON_STRING", .json, "JSON_STRING(value)", ArgumentForms([.any]), .of(.string)
    ) { (call) throws(SQLError) in
        let writer = JSONWriter(call.children[0].type)
        return KernelFactory(call).text { (arguments) throws(SQLError) in
            let value = arguments.datum(0)
            return { (row, out) throws(SQLError) in
                writer.write(value[row], to: &out)
                return true
            }
        }
    },
    .scalar("JSON", .json, "JSON(string)", ArgumentForms([.character]), .nullable(.string), canFail: true) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                guard let value = JSONParser.parse(text[row]) else {
                    throw failure("JSON", "the text is no JSON")
                }
                value.write(to: &out)
                return true
            }
        }
    },
    objectFunction("JSON_OBJECT", absent: false), objectFunction("JSON_OBJECT NULL ON NULL", absent: false),
    objectFunction("JSON_OBJECT ABSENT ON NULL", absent: true), arrayFunction("JSON_ARRAY", absent: true),
    arrayFunction("JSON_ARRAY ABSENT ON NULL", absent: true),
    arrayFunction("JSON_ARRAY NULL ON NULL", absent: false),
]

/// `r` for a value that is JSON text already, `v` for any other.
private func marks(_ values: [BoundExpr]) -> String {
    String(
        values.map { value in
            if case .call(let name, _) = value.kind {
                for prefix in ["JSON_OBJECT", "JSON_ARRAY", "JSON"]
                where name == prefix || name.hasPrefix(prefix + " ") && prefix != "JSON" { return "r" }
            }
            return "v"
        })
}

private func objectFunction(_ name: String, absent: Bool) -> FunctionDefinition {
    FunctionDefinition(
        name, .json, signature: "JSON_OBJECT([KEY] key VALUE value, ... [{NULL | ABSENT} ON NULL])",
        canFail: true,
        resolve: { (site) throws(SQLError) in
            guard site.arguments.count % 2 == 0 else {
                throw SQLError(
                    .argumentCount, "JSON_OBJECT needs a value for every key", span: site.span,
                    hint: "write KEY 'name' VALUE x")
            }
            for index in stride(from: 0, to: site.arguments.count, by: 2)
            where !site.arguments[index].type.kind.isCharacter {
                throw SQLError(
                    .typeMismatch, "a key of JSON_OBJECT must be a string", span: site.arguments[index].span)
            }
            let values = stride(from: 1, to: site.arguments.count, by: 2).map { site.arguments[$0] }
            let arguments = [literalText(marks(values))] + site.arguments
            return BoundExpr(.call(name, arguments), .string.notNull, span: site.span)
        },
        kernel: { (call) throws(SQLError) in
            let marks = Array((call.children[0].literalValue?.asString ?? "").utf8)
            let writers = call.children.map { JSONWriter($0.type) }
            return KernelFactory(call, skipsNulls: false).text { (arguments) throws(SQLError) in
                let values = (0..<arguments.columns.count).map { arguments.datum($0) }
                return { (row, out) throws(SQLError) in
                    var members: [(key: [UInt8], value: [UInt8])] = []
                    for (pair, mark) in marks.enumerated() {
                        guard case .bytes(let key) = values[pair * 2 + 1][row] else {
                            throw failure("JSON_OBJECT", "a key is NULL")
                        }
                        let value = values[pair * 2 + 2][row]
                        if value.isNull && absent { continue }
                        var text: [UInt8] = []
                        writers[pair * 2 + 2].write(value, isRaw: mark == UInt8(ascii: "r"), to: &text)
                        members.removeAll { $0.key == key }
                        members.append((key, text))
                    }
                    members.sort { $0.key.lexicographicallyPrecedes($1.key) }
                    out.append(UInt8(ascii: "{"))
                    for (index, member) in members.enumerated() {
                        if index > 0 { out.append(UInt8(ascii: ",")) }
                        JSONValue.quote(member.key, to: &out)
                        out.append(UInt8(ascii: ":"))
                        out.append(contentsOf: member.value)
                    }
                    out.append(UInt8(ascii: "}"))
                    return true
                }
            }
        })
}

private func arrayFunction(_ name: String, absent: Bool) -> FunctionDefinition {
    FunctionDefinition(
        name, .json, signature: "JSON_ARRAY(value, ... [{NULL | ABSENT} ON NULL])", canFail: true,
        resolve: { (site) throws(SQLError) in
            let arguments = [literalText(marks(site.arguments))] + site.arguments
            return BoundExpr(.call(name, arguments), .string.notNull, span: site.span)
        },
        kernel: { (call) throws(SQLError) in
            let marks = Array((call.children[0].literalValue?.asString ?? "").utf8)
            let writers = call.children.map { JSONWriter($0.type) }
            return KernelFactory(call, skipsNulls: false).text { (arguments) throws(SQLError) in
                let values = (0..<arguments.columns.count).map { arguments.datum($0) }
                return { (row, out) throws(SQLError) in
                    out.append(UInt8(ascii: "["))
                    for (index, mark) in marks.enumerated() {
                        let value = values[index + 1][row]
                        if value.isNull && absent { continue }
                        if out.count > 1 { out.append(UInt8(ascii: ",")) }
                        writers[index + 1].write(value, isRaw: mark == UInt8(ascii: "r"), to: &out)
                    }
                    out.append(UInt8(ascii: "]"))
                    return true
                }
            }
        })
}

/// Writes values of a type as JSON.
struct JSONWriter: Sendable {
    private let type: DataType
    private let children: [JSONWriter]
    /// Fields of a row by name.
    private let order: [Int]

    init(_ type: DataType) {
        self.type = type
        switch type.kind {
        case .array(let element):
            children = [JSONWriter(element)]
            order = []
        case .map(let key, let value):
            children = [JSONWriter(key), JSONWriter(value)]
            order = []
        case .multiset(let element):
            children = [JSONWriter(element), JSONWriter(.int)]
            order = []
        case .row(let fields):
            children = fields.map { JSONWriter($0.type) }
            order = fields.indices.sorted {
                Array(fields[$0].name.utf8).lexicographicallyPrecedes(Array(fields[$1].name.utf8))
            }
        default:
            children = []
            order = []
        }
    }

    func write(_ value: Datum, isRaw: Bool, to out: inout [UInt8]) {
        if isRaw, case .bytes(let text) = value {
            out.append(contentsOf: text)
        } else {
            write(value, to: &out)
        }
    }

    func write(_ value: Datum, to out: inout [UInt8]) {
        switch (value, type.kind) {
        case (.null, _): out.append(contentsOf: "null".utf8)
        case (.bool(let flag), _): out.append(contentsOf: (flag ? "true" : "false").utf8)
        case (.bytes(let bytes), .binary), (.bytes(let bytes), .varbinary):
            out.append(0x22)
            bytes.withUnsafeBytes { Base64.encode($0, &out) }
            out.append(0x22)
        case (.bytes(let text), _): JSONValue.quote(text, to: &out)
        case (.list(let values), _):
            out.append(UInt8(ascii: "["))
            for (index, element) in values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                children.first?.write(element, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case (.row(let values), _): writeRow(values, to: &out)
        case (.map(let entries), _): writeMap(entries, to: &out)
        default: writeScalar(value, to: &out)
        }
    }

    private func writeRow(_ values: [Datum], to out: inout [UInt8]) {
        guard case .row(let fields) = type.kind else { return }
        out.append(UInt8(ascii: "{"))
        for (place, index) in order.enumerated() where index < values.count {
            if place > 0 { out.append(UInt8(ascii: ",")) }
            JSONValue.quote(Array(fields[index].name.utf8), to: &out)
            out.append(UInt8(ascii: ":"))
            children[index].write(values[index], to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }

    private func writeMap(_ entries: [Datum.MapEntry], to out: inout [UInt8]) {
        guard children.count == 2 else { return }
        var members: [([UInt8], Datum)] = []
        for entry in entries {
            if case .bytes(let key) = entry.key {
                members.append((key, entry.value))
            } else {
                members.append((Array(ValueFormatter(children[0].type).string(entry.key).utf8), entry.value))
            }
        }
        members.sort { $0.0.lexicographicallyPrecedes($1.0) }
        out.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            JSONValue.quote(member.0, to: &out)
            out.append(UInt8(ascii: ":"))
            children[1].write(member.1, to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }

    private func writeScalar(_ value: Datum, to out: inout [UInt8]) {
        let text = ValueFormatter(type).string(value)
        switch type.kind {
        case .float, .double:
            if text.hasSuffix("y") || text == "NaN" {
                JSONValue.quote(Array(text.utf8), to: &out)
            } else {
                JSONNumber.write(Array(text.utf8), to: &out)
            }
        case .decimal: JSONNumber.write(Array(text.utf8), to: &out)
        case .timestamp(let precision), .timestampLTZ(let precision):
            let nanos = (value.asInt128 ?? 0) * (precision <= 6 ? 1000 : 1)
            var shown = ISOText.iso(nanos: nanos)
            if case .timestampLTZ = type.kind { shown += "Z" }
            JSONValue.quote(Array(shown.utf8), to: &out)
        case .tinyint, .smallint, .int, .bigint, .intervalYearMonth, .intervalDayTime:
            out.append(contentsOf: "\(value.asInt64 ?? 0)".utf8)
        default: JSONValue.quote(Array(text.utf8), to: &out)
        }
    }
}
