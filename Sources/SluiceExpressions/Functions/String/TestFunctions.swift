import SluiceBase
import SluiceColumns

/// IS_ALPHA, IS_DIGIT, IS_DECIMAL: NULL and the empty string are none of them.
let testFunctions: [FunctionDefinition] = [
    testFunction("IS_ALPHA") { bytes in
        UTF8Text.scalars(bytes).allSatisfy { JavaCharacter.isLetter($0) }
    },
    testFunction("IS_DIGIT") { bytes in
        UTF8Text.scalars(bytes).allSatisfy { $0.properties.generalCategory == .decimalNumber }
    },
    testFunction("IS_DECIMAL") { bytes in isDecimal(bytes) },
]

private func testFunction(
    _ name: String, _ test: @escaping @Sendable (UTF8Text.Bytes) -> Bool
) -> FunctionDefinition {
    .scalar(name, .string, "\(name)(string)", ArgumentForms([.character]), .notNull(.boolean)) {
        (call) throws(SQLError) in
        KernelFactory(call, skipsNulls: false).bool { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            return { (row) throws(SQLError) in
                if arguments.isNull(0, row) || text[row].count == 0 { return false }
                return test(text[row])
            }
        }
    }
}

enum JavaCharacter {
    /// `Character.isLetter`.
    static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return false
        }
    }
}

/// What Java reads as an integer (digits of any script) or a double (blanks around it, a suffix d or f).
private func isDecimal(_ bytes: UTF8Text.Bytes) -> Bool {
    isInteger(UTF8Text.scalars(bytes)) || isDouble(Array(bytes))
}

private func isInteger(_ scalars: [Unicode.Scalar]) -> Bool {
    var digits = scalars[...]
    if let first = digits.first, first == "-" || first == "+" { digits = digits.dropFirst() }
    guard !digits.isEmpty else { return false }
    var value: UInt64 = 0
    for scalar in digits {
        guard scalar.properties.generalCategory == .decimalNumber, let digit = scalar.properties.numericValue
        else {
            return false
        }
        let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
        if overflow || scaled > UInt64(Int64.max) { return false }
        value = scaled + UInt64(digit)
    }
    return value <= UInt64(Int64.max) + (scalars.first == "-" ? 1 : 0)
}

private func isDouble(_ bytes: [UInt8]) -> Bool {
    var text = bytes[...]
    while let first = text.first, first <= 0x20 { text = text.dropFirst() }
    while let last = text.last, last <= 0x20 { text = text.dropLast() }
    if let first = text.first, first == 0x2B || first == 0x2D { text = text.dropFirst() }
    if text.elementsEqual("NaN".utf8) || text.elementsEqual("Infinity".utf8) { return true }
    if let last = text.last, "dDfF".utf8.contains(last) { text = text.dropLast() }
    var digits = 0
    var points = 0
    while let first = text.first, first == 0x2E || first >= 0x30 && first <= 0x39 {
        if first == 0x2E { points += 1 } else { digits += 1 }
        text = text.dropFirst()
    }
    guard digits > 0, points <= 1 else { return false }
    guard let exponent = text.first else { return true }
    guard exponent == 0x65 || exponent == 0x45 else { return false }
    text = text.dropFirst()
    if let sign = text.first, sign == 0x2B || sign == 0x2D { text = text.dropFirst() }
    return !text.isEmpty && text.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
}
