import SluiceBase
import SluiceColumns

/// Strings put together from others.
let buildFunctions: [FunctionDefinition] = [
    .scalar(
        "CONCAT", .string, "CONCAT(string, ...)", ArgumentForms([.character], variadic: true), .of(.string)
    ) { (call) throws(SQLError) in
        let parts = call.children.count
        return KernelFactory(call).text { (arguments) throws(SQLError) in
            let texts = (0..<parts).map { arguments.text($0) }
            return { (row, out) throws(SQLError) in
                for text in texts { out.append(text[row]) }
                try checkLength(out.count, "CONCAT")
                return true
            }
        }
    },
    .scalar(
        "CONCAT_WS", .string, "CONCAT_WS(separator, string, ...)",
        ArgumentForms([.character, .character], variadic: true),
        ResultRule { (site) throws(SQLError) in .string.nullable(site.arguments[0].type.isNullable) }
    ) { (call) throws(SQLError) in
        let parts = call.children.count
        return KernelFactory(call, skipsNulls: false).text { (arguments) throws(SQLError) in
            let texts = (0..<parts).map { arguments.text($0) }
            return { (row, out) throws(SQLError) in
                if arguments.isNull(0, row) { return false }
                var isFirst = true
                for index in 1..<parts where !arguments.isNull(index, row) {
                    if !isFirst { out.append(texts[0][row]) }
                    isFirst = false
                    out.append(texts[index][row])
                }
                try checkLength(out.count, "CONCAT_WS")
                return true
            }
        }
    },
    .scalar("REPEAT", .string, "REPEAT(string, times)", ArgumentForms([.character, .integer]), .of(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let times = arguments.int(1)
            return { (row, out) throws(SQLError) in
                let count = Int(clamping: times[row])
                guard count > 0, text[row].count > 0 else { return true }
                let (total, overflow) = count.multipliedReportingOverflow(by: text[row].count)
                try checkLength(overflow ? .max : total, "REPEAT")
                out.reserveCapacity(total)
                for _ in 0..<count { out.append(text[row]) }
                return true
            }
        }
    },
    .scalar(
        "REPLACE", .string, "REPLACE(string, search, replacement)",
        ArgumentForms([.character, .character, .character]), .of(.string)
    ) { (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let search = arguments.text(1)
            let replacement = arguments.text(2)
            return { (row, out) throws(SQLError) in
                replace(text[row], search[row], replacement[row], &out)
                try checkLength(out.count, "REPLACE")
                return true
            }
        }
    },
    .scalar(
        "TRANSLATE", .string, "TRANSLATE(string, from, to)",
        ArgumentForms([.character, .character, .character]), .of(.string)
    ) { (call) throws(SQLError) in
        KernelFactory(call, skipsNulls: false).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let from = arguments.text(1)
            let to = arguments.text(2)
            return { (row, out) throws(SQLError) in
                if arguments.isNull(0, row) { return false }
                let isUnchanged = arguments.isNull(1, row) || from[row].count == 0
                if isUnchanged {
                    out.append(text[row])
                } else {
                    translate(
                        text[row], from[row], arguments.isNull(2, row) ? from[row].prefixEmpty : to[row], &out
                    )
                }
                return true
            }
        }
    },
    padFunction("LPAD", leading: true), padFunction("RPAD", leading: false),
    eltFunction,
    .scalar("CHR", .string, "CHR(code)", ArgumentForms([.integer]), .of(.string)) { (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let code = arguments.int(0)
            return { (row, out) throws(SQLError) in
                if code[row] < 0 { return true }
                UTF8Text.append(Unicode.Scalar(UInt8(truncatingIfNeeded: code[row])), to: &out)
                return true
            }
        }
    },
    .scalar("ASCII", .string, "ASCII(string)", ArgumentForms([.character]), .of(.int)) {
        (call) throws(SQLError) in
        KernelFactory(call).int32 { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row) throws(SQLError) in
                text[row].count == 0 ? 0 : Int32(Int8(bitPattern: text[row][0]))
            }
        }
    },
]

extension UnsafeRawBufferPointer {
    /// Nothing, at the same place.
    fileprivate var prefixEmpty: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: baseAddress, count: 0)
    }
}

/// Every `search` replaced; an empty one stands before every character and at the end.
private func replace(
    _ bytes: UTF8Text.Bytes, _ search: UTF8Text.Bytes, _ replacement: UTF8Text.Bytes, _ out: inout [UInt8]
) {
    if search.count == 0 {
        var at = 0
        while at < bytes.count {
            out.append(replacement)
            let next = Swift.min(at + UTF8Text.width(bytes[at]), bytes.count)
            out.append(UTF8Text.Bytes(rebasing: bytes[at..<next]))
            at = next
        }
        out.append(replacement)
        return
    }
    var start = 0
    while let found = UTF8Text.find(search, in: bytes, from: start) {
        out.append(UTF8Text.Bytes(rebasing: bytes[start..<found]))
        out.append(replacement)
        start = found + search.count
    }
    out.append(UTF8Text.Bytes(rebasing: bytes[start...]))
}

/// Character by character; one without a partner in `to` is dropped.
private func translate(
    _ bytes: UTF8Text.Bytes, _ from: UTF8Text.Bytes, _ to: UTF8Text.Bytes, _ out: inout [UInt8]
) {
    let source = UTF8Text.scalars(from)
    let target = UTF8Text.scalars(to)
    for scalar in UTF8Text.scalars(bytes) {
        guard let index = source.firstIndex(of: scalar) else {
            UTF8Text.append(scalar, to: &out)
            continue
        }
        if index < target.count { UTF8Text.append(target[index], to: &out) }
    }
}

/// LPAD and RPAD count UTF-16 units, as Java's strings do.
private func padFunction(_ name: String, leading: Bool) -> FunctionDefinition {
    .scalar(
        name, .string, "\(name)(string, length, pad)",
        ArgumentForms([.character, .integer, .character]), .nullable(.string)
    ) { (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let length = arguments.int(1)
            let pad = arguments.text(2)
            return { (row, out) throws(SQLError) in
                let wanted = Int(clamping: length[row])
                if wanted < 0 || pad[row].count == 0 { return false }
                try checkLength(wanted, name)
                padded(text[row], wanted, pad[row], leading, &out)
                return true
            }
        }
    }
}

private func padded(
    _ bytes: UTF8Text.Bytes, _ wanted: Int, _ pad: UTF8Text.Bytes, _ leading: Bool, _ out: inout [UInt8]
) {
    if UTF8Text.isASCII(bytes) && UTF8Text.isASCII(pad) {
        let kept = Swift.min(bytes.count, wanted)
        if !leading { out.append(UTF8Text.Bytes(rebasing: bytes[0..<kept])) }
        for index in 0..<(wanted - kept) { out.append(pad[index % pad.count]) }
        if leading { out.append(UTF8Text.Bytes(rebasing: bytes[0..<kept])) }
        return
    }
    let text = UTF8Text.utf16(bytes)
    let filler = UTF8Text.utf16(pad)
    let kept = text.prefix(wanted)
    var units: [UInt16] = leading ? [] : Array(kept)
    for index in 0..<(wanted - kept.count) { units.append(filler[index % filler.count]) }
    if leading { units.append(contentsOf: kept) }
    UTF8Text.append(utf16: units, to: &out)
}

/// ELT(n, first, second, ...): NULL if n names no argument.
private let eltFunction = FunctionDefinition.scalar(
    "ELT", .string, "ELT(index, string, ...)",
    ArgumentForms([.integer, .character], [.integer, .binary], variadic: true),
    ResultRule { (site) throws(SQLError) in
        if let value = site.arguments[0].literalValue?.asInt64, value < 1 {
            throw SQLError(
                .typeMismatch, "the index of function \"ELT\" must be positive", span: site.arguments[0].span)
        }
        return site.arguments[1].type.kind.isBinary ? .bytes : .string
    }
) { (call) throws(SQLError) in
    let parts = call.children.count
    return KernelFactory(call, skipsNulls: false).text { (arguments) throws(SQLError) in
        let index = arguments.int(0)
        let texts = (0..<parts).map { arguments.text($0) }
        return { (row, out) throws(SQLError) in
            if arguments.isNull(0, row) { return false }
            let wanted = index[row]
            guard wanted >= 1, wanted < Int64(parts), !arguments.isNull(Int(wanted), row) else {
                return false
            }
            out.append(texts[Int(wanted)][row])
            return true
        }
    }
}
