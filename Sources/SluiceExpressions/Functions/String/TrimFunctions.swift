import SluiceBase
import SluiceColumns

/// TRIM in its forms: every character of a set is cut from one end or both.
let trimFunctions: [FunctionDefinition] = [
    FunctionDefinition(
        "TRIM", .string, signature: "TRIM([BOTH | LEADING | TRAILING] [characters] FROM string)",
        resolve: { (site) throws(SQLError) in
            var arguments = site.arguments
            if arguments.count == 1 {
                arguments = [literalText("BOTH"), literalText(" "), arguments[0]]
            }
            let forms = ArgumentForms([.character, .character, .character])
            let full = CallSite(name: site.name, arguments: arguments, span: site.span)
            try forms.check(full, signature: "TRIM([BOTH | LEADING | TRAILING] [characters] FROM string)")
            return BoundExpr(.call("TRIM", arguments), try varying(2).type(full), span: site.span)
        },
        kernel: { (call) throws(SQLError) in
            let side = call.children[0].literalValue?.asString?.uppercased() ?? "BOTH"
            return trimKernel(
                call, source: 2, set: 1, leading: side != "TRAILING", trailing: side != "LEADING")
        }),
    sideTrim("LTRIM", leading: true, trailing: false),
    sideTrim("RTRIM", leading: false, trailing: true),
    sideTrim("BTRIM", leading: true, trailing: true),
]

func literalText(_ text: String) -> BoundExpr {
    .literal(.string(text), DataType(.char(text.unicodeScalars.count), nullable: false))
}

private func sideTrim(_ name: String, leading: Bool, trailing: Bool) -> FunctionDefinition {
    .scalar(
        name, .string, "\(name)(string[, characters])",
        ArgumentForms([.character], [.character, .character]), .of(.string)
    ) { (call) throws(SQLError) in
        let set = call.children.count == 2 ? 1 : nil
        return trimKernel(call, source: 0, set: set, leading: leading, trailing: trailing)
    }
}

private func trimKernel(_ call: BoundExpr, source: Int, set: Int?, leading: Bool, trailing: Bool) -> Kernel {
    KernelFactory(call).slice(of: source) { (arguments) throws(SQLError) in
        let text = arguments.text(source)
        guard let set else {
            return { (row) throws(SQLError) in trimBlanks(text[row], leading, trailing) }
        }
        let characters = arguments.text(set)
        return { (row) throws(SQLError) in
            let cut = characters[row]
            if cut.count == 1 && cut[0] == 0x20 { return trimBlanks(text[row], leading, trailing) }
            return trim(text[row], cut, leading, trailing)
        }
    }
}

private func trimBlanks(_ bytes: UTF8Text.Bytes, _ leading: Bool, _ trailing: Bool) -> Range<Int> {
    var start = 0
    var end = bytes.count
    if leading { while start < end && bytes[start] == 0x20 { start &+= 1 } }
    if trailing { while end > start && bytes[end &- 1] == 0x20 { end &-= 1 } }
    return start..<end
}

private func trim(
    _ bytes: UTF8Text.Bytes, _ set: UTF8Text.Bytes, _ leading: Bool, _ trailing: Bool
) -> Range<Int> {
    var start = 0
    var end = bytes.count
    while leading && start < end {
        let next = Swift.min(start + UTF8Text.width(bytes[start]), end)
        if !contains(set, UTF8Text.Bytes(rebasing: bytes[start..<next])) { break }
        start = next
    }
    while trailing && end > start {
        let previous = Swift.max(UTF8Text.previous(bytes, end), start)
        if !contains(set, UTF8Text.Bytes(rebasing: bytes[previous..<end])) { break }
        end = previous
    }
    return start..<end
}

/// The character is one of the set.
private func contains(_ set: UTF8Text.Bytes, _ character: UTF8Text.Bytes) -> Bool {
    var at = 0
    while at < set.count {
        let width = UTF8Text.width(set[at])
        if width == character.count && UTF8Text.equal(set, at, character) { return true }
        at += width
    }
    return false
}
