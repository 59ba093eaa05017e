import SluiceBase
import SluiceColumns

/// The REGEXP family (S5). Patterns are Java's; an invalid one gives NULL, or FALSE for REGEXP.
let regexFunctions: [FunctionDefinition] =
    [
        .scalar(
            "REGEXP", .string, "REGEXP(string, pattern)", ArgumentForms([.character, .character]),
            .of(.boolean)
        ) {
            (call) throws(SQLError) in
            let pool = RegexPool()
            return KernelFactory(call).bool { (arguments) throws(SQLError) in
                let text = arguments.text(0)
                let pattern = arguments.text(1)
                let session = RegexSession(pool, pattern)
                return { (row) throws(SQLError) in
                    guard pattern[row].count > 0, let program = session.program(row) else { return false }
                    return try program.find(text[row])
                }
            }
        },
        replaceFunction, extractFunction, extractAllFunction,
        .scalar(
            "REGEXP_COUNT", .string, "REGEXP_COUNT(string, pattern)",
            ArgumentForms([.character, .character]),
            .nullable(.int)
        ) { (call) throws(SQLError) in
            let pool = RegexPool()
            return KernelFactory(call).int32 { (arguments) throws(SQLError) in
                let text = arguments.text(0)
                let session = RegexSession(pool, arguments.text(1))
                return { (row) throws(SQLError) in
                    guard let program = session.program(row) else { return nil }
                    var count: Int32 = 0
                    try program.forEachMatch(text[row]) { (_) throws(SQLError) in count += 1 }
                    return count
                }
            }
        },
        .scalar(
            "REGEXP_INSTR", .string, "REGEXP_INSTR(string, pattern)",
            ArgumentForms([.character, .character]),
            .nullable(.int)
        ) { (call) throws(SQLError) in
            let pool = RegexPool()
            return KernelFactory(call).int32 { (arguments) throws(SQLError) in
                let text = arguments.text(0)
                let session = RegexSession(pool, arguments.text(1))
                return { (row) throws(SQLError) in
                    guard let program = session.program(row) else { return nil }
                    guard try program.find(text[row]), let range = program.group(0) else { return 0 }
                    let before = UTF8Text.Bytes(rebasing: text[row][0..<range.lowerBound])
                    return Int32(truncatingIfNeeded: UTF8Text.utf16(before).count + 1)
                }
            }
        },
        .scalar(
            "REGEXP_SUBSTR", .string, "REGEXP_SUBSTR(string, pattern)",
            ArgumentForms([.character, .character]),
            .nullable(.string)
        ) { (call) throws(SQLError) in
            let pool = RegexPool()
            return KernelFactory(call).slice(of: 0) { (arguments) throws(SQLError) in
                let text = arguments.text(0)
                let session = RegexSession(pool, arguments.text(1))
                return { (row) throws(SQLError) in
                    guard let program = session.program(row), try program.find(text[row]) else { return nil }
                    return program.group(0)
                }
            }
        },
    ] + likeFunctions

/// Every match replaced; the replacement is taken as it is, without references to groups.
private let replaceFunction = FunctionDefinition.scalar(
    "REGEXP_REPLACE", .string, "REGEXP_REPLACE(string, pattern, replacement)",
    ArgumentForms([.character, .character, .character]), .nullable(.string)
) { (call) throws(SQLError) in
    let pool = RegexPool()
    return KernelFactory(call).text { (arguments) throws(SQLError) in
        let text = arguments.text(0)
        let session = RegexSession(pool, arguments.text(1))
        let replacement = arguments.text(2)
        return { (row, out) throws(SQLError) in
            guard let program = session.program(row) else { return false }
            let bytes = text[row]
            var start = 0
            var result: [UInt8] = []
            try program.forEachMatch(bytes) { (range) throws(SQLError) in
                result.append(UTF8Text.Bytes(rebasing: bytes[start..<range.lowerBound]))
                result.append(replacement[row])
                start = range.upperBound
                try checkLength(result.count, "REGEXP_REPLACE")
            }
            out.append(contentsOf: result)
            out.append(UTF8Text.Bytes(rebasing: bytes[start...]))
            return true
        }
    }
}

/// A group of the first match, by default the whole of it.
private let extractFunction = FunctionDefinition.scalar(
    "REGEXP_EXTRACT", .string, "REGEXP_EXTRACT(string, pattern[, group])",
    ArgumentForms([.character, .character], [.character, .character, .integer]), .nullable(.string)
) { (call) throws(SQLError) in
    let pool = RegexPool()
    let hasGroup = call.children.count == 3
    return KernelFactory(call).slice(of: 0) { (arguments) throws(SQLError) in
        let text = arguments.text(0)
        let session = RegexSession(pool, arguments.text(1))
        let group = hasGroup ? arguments.int(2) : nil
        return { (row) throws(SQLError) in
            guard let program = session.program(row), try program.find(text[row]) else { return nil }
            let wanted = Int(clamping: group?[row] ?? 0)
            guard wanted >= 0, wanted <= program.groupCount else { return nil }
            return program.group(wanted)
        }
    }
}

/// A group of every match, by default the first group.
private let extractAllFunction = FunctionDefinition.scalar(
    "REGEXP_EXTRACT_ALL", .string, "REGEXP_EXTRACT_ALL(string, pattern[, group])",
    ArgumentForms([.character, .character], [.character, .character, .integer]),
    .nullable(DataType(.array(.string)))
) { (call) throws(SQLError) in
    let pool = RegexPool()
    let hasGroup = call.children.count == 3
    return KernelFactory(call).datum { (arguments) throws(SQLError) in
        let text = arguments.text(0)
        let session = RegexSession(pool, arguments.text(1))
        let group = hasGroup ? arguments.int(2) : nil
        return { (row) throws(SQLError) in
            let wanted = Int(clamping: group?[row] ?? 1)
            guard let program = session.program(row), wanted >= 0, wanted <= program.groupCount else {
                return .null
            }
            var found: [Datum] = []
            let bytes = text[row]
            try program.forEachMatch(bytes) { (_) throws(SQLError) in
                found.append(program.group(wanted).map { .bytes(Array(bytes[$0])) } ?? .null)
            }
            return .list(found)
        }
    }
}
