import SluiceBase
import SluiceColumns

/// UPPER, LOWER, INITCAP, REVERSE and the length of a string.
let caseFunctions: [FunctionDefinition] = [
    .scalar("UPPER", .string, "UPPER(string)", ArgumentForms([.character]), .argument(0)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                CaseMapping.upper(text[row], &out)
                return true
            }
        }
    },
    .scalar("LOWER", .string, "LOWER(string)", ArgumentForms([.character]), .argument(0)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                CaseMapping.lower(text[row], &out)
                return true
            }
        }
    },
    .scalar("INITCAP", .string, "INITCAP(string)", ArgumentForms([.character]), .argument(0)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                CaseMapping.capitalized(text[row], &out)
                return true
            }
        }
    },
    .scalar("REVERSE", .string, "REVERSE(string)", ArgumentForms([.character]), .of(.string)) {
        (call) throws(SQLError) in
        KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row, out) throws(SQLError) in
                reverse(text[row], &out)
                return true
            }
        }
    },
    lengthFunction,
    lengthFunction.named("CHARACTER_LENGTH"),
]

private let lengthFunction = FunctionDefinition.scalar(
    "CHAR_LENGTH", .string, "CHAR_LENGTH(string)", ArgumentForms([.character]), .of(.int)
) { (call) throws(SQLError) in
    KernelFactory(call).int32 { (arguments) throws(SQLError) in
        let text = arguments.text(0)
        return { (row) throws(SQLError) in Int32(truncatingIfNeeded: UTF8Text.length(text[row])) }
    }
}

/// Code points in reverse order.
func reverse(_ bytes: UTF8Text.Bytes, _ out: inout [UInt8]) {
    var end = bytes.count
    while end > 0 {
        let start = UTF8Text.previous(bytes, end)
        for index in start..<end { out.append(bytes[index]) }
        end = start
    }
}

/// Upper and lower case as Java maps them.
enum CaseMapping {
    static func upper(_ bytes: UTF8Text.Bytes, _ out: inout [UInt8]) {
        if UTF8Text.isASCII(bytes) {
            return flipCase(bytes, from: 0x61, &out)
        }
        for scalar in UTF8Text.scalars(bytes) {
            out.append(contentsOf: scalar.properties.uppercaseMapping.utf8)
        }
    }

    static func lower(_ bytes: UTF8Text.Bytes, _ out: inout [UInt8]) {
        if UTF8Text.isASCII(bytes) {
            return flipCase(bytes, from: 0x41, &out)
        }
        let scalars = UTF8Text.scalars(bytes)
        for (index, scalar) in scalars.enumerated() {
            if scalar.value == 0x3A3 && isFinalSigma(scalars, index) {
                out.append(0xCF)
                out.append(0x82)
            } else {
                out.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
            }
        }
    }

    /// ASCII letters of one case, from `first` on, as the other one.
    private static func flipCase(_ bytes: UTF8Text.Bytes, from first: UInt8, _ out: inout [UInt8]) {
        let start = out.count
        out.append(bytes)
        out.withUnsafeMutableBufferPointer { buffer in
            for index in start..<buffer.count {
                let byte = buffer[index]
                buffer[index] = byte &- first < 26 ? byte ^ 0x20 : byte
            }
        }
    }

    /// A sigma after a letter and before none.
    private static func isFinalSigma(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
        var before = index - 1
        while before >= 0 && scalars[before].properties.isCaseIgnorable { before -= 1 }
        guard before >= 0 && scalars[before].properties.isCased else { return false }
        var after = index + 1
        while after < scalars.count && scalars[after].properties.isCaseIgnorable { after += 1 }
        return after >= scalars.count || !scalars[after].properties.isCased
    }

    /// Knows ASCII letters and digits only; any other byte ends a word.
    static func capitalized(_ bytes: UTF8Text.Bytes, _ out: inout [UInt8]) {
        var starts = true
        for byte in bytes {
            let isUpper = byte >= 0x41 && byte <= 0x5A
            let isLower = byte >= 0x61 && byte <= 0x7A
            if starts && isLower {
                out.append(byte &- 32)
            } else if !starts && isUpper {
                out.append(byte &+ 32)
            } else {
                out.append(byte)
            }
            starts = !(isUpper || isLower || byte >= 0x30 && byte <= 0x39)
        }
    }
}
