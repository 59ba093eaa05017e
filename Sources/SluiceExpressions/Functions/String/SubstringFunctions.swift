import SluiceBase
import SluiceColumns

/// Parts of a string by position, in code points.
let substringFunctions: [FunctionDefinition] = [
    substringFunction, substringFunction.named("SUBSTR"),
    .scalar("LEFT", .string, "LEFT(string, length)", ArgumentForms([.character, .integer]), .of(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).slice(of: 0) { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let length = arguments.int(1)
            return { (row) throws(SQLError) in
                0..<UTF8Text.offset(text[row], Int(clamping: length[row]))
            }
        }
    },
    .scalar("RIGHT", .string, "RIGHT(string, length)", ArgumentForms([.character, .integer]), .of(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).slice(of: 0) { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let length = arguments.int(1)
            return { (row) throws(SQLError) in
                let bytes = text[row]
                var left = length[row]
                var start = bytes.count
                while left > 0 && start > 0 {
                    start = UTF8Text.previous(bytes, start)
                    left &-= 1
                }
                return start..<bytes.count
            }
        }
    },
    overlayFunction,
    .scalar(
        "SPLIT_INDEX", .string, "SPLIT_INDEX(string, separator, index)",
        ArgumentForms([.character, .character, .integer], [.character, .integer, .integer]),
        .nullable(.string)
    ) { (call) throws(SQLError) in
        let isCode = call.children[1].type.kind.isInteger
        return KernelFactory(call).slice(of: 0) { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let separator = arguments.text(1)
            let code = arguments.int(1)
            let index = arguments.int(2)
            return { (row) throws(SQLError) in
                guard isCode else { return splitPart(text[row], separator[row], index[row]) }
                guard code[row] >= 0, code[row] <= 0xFFFF, let scalar = Unicode.Scalar(UInt32(code[row]))
                else {
                    return nil
                }
                var bytes: [UInt8] = []
                UTF8Text.append(scalar, to: &bytes)
                return bytes.withUnsafeBytes { splitPart(text[row], $0, index[row]) }
            }
        }
    },
]

/// Part `wanted` (from 0) between separators; an empty separator stands for blanks.
private func splitPart(_ bytes: UTF8Text.Bytes, _ separator: UTF8Text.Bytes, _ wanted: Int64) -> Range<Int>? {
    guard wanted >= 0, bytes.count > 0 else { return nil }
    var start = 0
    var index: Int64 = 0
    while true {
        let end: Int?
        if separator.count == 0 {
            end = (start..<bytes.count).first { bytes[$0] == 0x20 || bytes[$0] >= 0x09 && bytes[$0] <= 0x0D }
        } else {
            end = UTF8Text.find(separator, in: bytes, from: start)
        }
        if index == wanted { return start..<(end ?? bytes.count) }
        guard let end else { return nil }
        start = end + Swift.max(separator.count, 1)
        index += 1
    }
}

/// SUBSTRING(s, position[, length]): position 0 acts as 1, a negative one counts from the end.
private let substringFunction = FunctionDefinition.scalar(
    "SUBSTRING", .string, "SUBSTRING(string FROM start [FOR length])",
    ArgumentForms([.character, .integer], [.character, .integer, .integer]), .nullable(.string)
) { (call) throws(SQLError) in
    let hasLength = call.children.count == 3
    return KernelFactory(call).slice(of: 0) { (arguments) throws(SQLError) in
        let text = arguments.text(0)
        let position = arguments.int(1)
        if !hasLength {
            return { (row) throws(SQLError) in substring(text[row], position[row], Int64(Int32.max)) }
        }
        let length = arguments.int(2)
        return { (row) throws(SQLError) in substring(text[row], position[row], length[row]) }
    }
}

@inline(__always)
func substring(_ bytes: UTF8Text.Bytes, _ position: Int64, _ length: Int64) -> Range<Int>? {
    if length < 0 { return nil }
    var start = 0
    if position > 0 {
        start = UTF8Text.offset(bytes, Int(clamping: position &- 1))
    } else if position < 0 {
        start = bytes.count
        var left = position
        while left < 0 {
            if start == 0 { return 0..<0 }
            start = UTF8Text.previous(bytes, start)
            left &+= 1
        }
    }
    return start..<UTF8Text.offset(bytes, Int(clamping: length), from: start)
}

/// OVERLAY counts UTF-16 units, as Java's strings do.
private let overlayFunction = FunctionDefinition.scalar(
    "OVERLAY", .string, "OVERLAY(string PLACING replacement FROM start [FOR length])",
    ArgumentForms([.character, .character, .integer], [.character, .character, .integer, .integer]),
    ResultRule { (site) throws(SQLError) in
        var total = 0
        for argument in site.arguments.prefix(2) {
            switch argument.type.kind {
            case .char(let length), .varchar(let length): total = Swift.min(total + length, .max32)
            default: total = .max32
            }
        }
        return DataType(.varchar(total), nullable: ResultRule.anyNullable(site))
    }
) { (call) throws(SQLError) in
    let hasLength = call.children.count == 4
    return KernelFactory(call).text { (arguments) throws(SQLError) in
        let text = arguments.text(0)
        let replacement = arguments.text(1)
        let start = arguments.int(2)
        let length = hasLength ? arguments.int(3) : start
        return { (row, out) throws(SQLError) in
            let whole = UTF8Text.utf16(text[row])
            let part = UTF8Text.utf16(replacement[row])
            let from = start[row]
            guard from > 0, from <= Int64(whole.count) else {
                out.append(text[row])
                return true
            }
            let replaced = hasLength ? length[row] : Int64(part.count)
            var result = Array(whole[0..<Int(from - 1)])
            result.append(contentsOf: part)
            if replaced > 0, replaced <= Int64(whole.count) - from {
                result.append(contentsOf: whole[Int(from - 1 + replaced)...])
            }
            UTF8Text.append(utf16: result, to: &out)
            return true
        }
    }
}
