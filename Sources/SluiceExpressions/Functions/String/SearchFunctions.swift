import SluiceBase
import SluiceColumns

/// Where one string stands in another, in code points from 1; 0 if nowhere.
let searchFunctions: [FunctionDefinition] = [
    .scalar(
        "POSITION", .string, "POSITION(needle IN string)", ArgumentForms([.character, .character]), .of(.int)
    ) { (call) throws(SQLError) in positionKernel(call, needle: 0, text: 1) },
    .scalar(
        "LOCATE", .string, "LOCATE(needle, string[, start])",
        ArgumentForms([.character, .character], [.character, .character, .integer]), .of(.int)
    ) { (call) throws(SQLError) in positionKernel(call, needle: 0, text: 1) },
    .scalar(
        "INSTR", .string, "INSTR(string, needle[, start[, occurrence]])",
        ArgumentForms(
            [.character, .character], [.character, .character, .integer],
            [.character, .character, .integer, .integer]), .of(.int), canFail: true
    ) { (call) throws(SQLError) in instrKernel(call) },
    .scalar(
        "STARTSWITH", .string, "STARTSWITH(string, prefix)",
        ArgumentForms([.character, .character], [.binary, .binary]), .of(.boolean)
    ) { (call) throws(SQLError) in
        KernelFactory(call).bool { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let part = arguments.text(1)
            return { (row) throws(SQLError) in UTF8Text.equal(text[row], 0, part[row]) }
        }
    },
    .scalar(
        "ENDSWITH", .string, "ENDSWITH(string, suffix)",
        ArgumentForms([.character, .character], [.binary, .binary]), .of(.boolean)
    ) { (call) throws(SQLError) in
        KernelFactory(call).bool { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let part = arguments.text(1)
            return { (row) throws(SQLError) in
                let offset = text[row].count - part[row].count
                return offset >= 0 && UTF8Text.equal(text[row], offset, part[row])
            }
        }
    },
]

private func positionKernel(_ call: BoundExpr, needle: Int, text: Int) -> Kernel {
    let hasStart = call.children.count == 3
    return KernelFactory(call).int32 { (arguments) throws(SQLError) in
        let needles = arguments.text(needle)
        let texts = arguments.text(text)
        let start = hasStart ? arguments.int(2) : nil
        return { (row) throws(SQLError) in
            let bytes = texts[row]
            if needles[row].count == 0 { return 1 }
            let from = UTF8Text.offset(bytes, Int(clamping: (start?[row] ?? 1) &- 1))
            guard let found = UTF8Text.find(needles[row], in: bytes, from: from) else { return 0 }
            return position(bytes, found)
        }
    }
}

/// The number of the code point at a byte offset, from 1.
private func position(_ bytes: UTF8Text.Bytes, _ offset: Int) -> Int32 {
    Int32(truncatingIfNeeded: UTF8Text.length(UTF8Text.Bytes(rebasing: bytes[0..<offset])) + 1)
}

private func instrKernel(_ call: BoundExpr) -> Kernel {
    let count = call.children.count
    return KernelFactory(call).int32 { (arguments) throws(SQLError) in
        let texts = arguments.text(0)
        let needles = arguments.text(1)
        let starts = count > 2 ? arguments.int(2) : nil
        let occurrences = count > 3 ? arguments.int(3) : nil
        return { (row) throws(SQLError) in
            let start = starts?[row] ?? 1
            let occurrence = occurrences?[row] ?? 1
            if occurrence <= 0 {
                throw SQLError(.evaluation, "the occurrence of function \"INSTR\" must be positive")
            }
            if start == 0 { return 0 }
            if start > 0 { return instr(texts[row], needles[row], start, occurrence) }
            return instrFromEnd(texts[row], needles[row], -start, occurrence)
        }
    }
}

private func instr(
    _ bytes: UTF8Text.Bytes, _ needle: UTF8Text.Bytes, _ start: Int64, _ occurrence: Int64
) -> Int32 {
    if needle.count == 0 { return 1 }
    var from = UTF8Text.offset(bytes, Int(clamping: start - 1))
    var left = occurrence
    while let found = UTF8Text.find(needle, in: bytes, from: from) {
        left -= 1
        if left == 0 { return position(bytes, found) }
        from = found + UTF8Text.width(bytes[found])
    }
    return 0
}

/// Searches backwards from code point `start`, counted from the end.
private func instrFromEnd(
    _ bytes: UTF8Text.Bytes, _ needle: UTF8Text.Bytes, _ start: Int64, _ occurrence: Int64
) -> Int32 {
    var at = bytes.count
    var skipped = start
    while skipped > 0 && at > 0 {
        at = UTF8Text.previous(bytes, at)
        skipped -= 1
    }
    if skipped > 0 { return 0 }
    var left = occurrence
    while true {
        if UTF8Text.equal(bytes, at, needle) {
            left -= 1
            if left == 0 { return position(bytes, at) }
        }
        if at == 0 { return 0 }
        at = UTF8Text.previous(bytes, at)
    }
}
