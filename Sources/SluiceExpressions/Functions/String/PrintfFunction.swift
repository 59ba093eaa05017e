import Glibc
import SluiceBase
import SluiceColumns

/// PRINTF with the common conversions of Java's formatter; a format that does not fit gives NULL.
let printfFunction = FunctionDefinition.scalar(
    "PRINTF", .string, "PRINTF(format, value, ...)",
    ArgumentForms([.character], [.character, .any], variadic: true), .nullable(.string)
) { (call) throws(SQLError) in
    let parts = call.children.count
    return KernelFactory(call, skipsNulls: false).text { (arguments) throws(SQLError) in
        let format = arguments.text(0)
        let values = (1..<Swift.max(parts, 1)).map { arguments.datum($0) }
        let types = arguments.types
        return { (row, out) throws(SQLError) in
            if arguments.isNull(0, row) { return false }
            var formatter = JavaFormatter(
                values: values.map { $0[row] }, types: Array(types.dropFirst()))
            guard formatter.format(Array(format[row]), &out) else { return false }
            try checkLength(out.count, "PRINTF")
            return true
        }
    }
}

/// One use of a format.
struct JavaFormatter {
    let values: [Datum]
    let types: [DataType]
    private var next = 0

    init(values: [Datum], types: [DataType]) {
        self.values = values
        self.types = types
    }

    private struct Conversion {
        var flags: Set<UInt8> = []
        var width = 0
        var precision: Int?
        var letter: UInt8 = 0
        var argument: Int?
    }

    mutating func format(_ text: [UInt8], _ out: inout [UInt8]) -> Bool {
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            guard byte == 0x25 else {
                out.append(byte)
                continue
            }
            guard let conversion = JavaFormatter.parse(text, &index) else { return false }
            guard convert(conversion, &out) else { return false }
        }
        return true
    }

    /// `[argument$][flags][width][.precision]letter`
    private static func parse(_ text: [UInt8], _ index: inout Int) -> Conversion? {
        var conversion = Conversion()
        let start = index
        if let number = number(text, &index), index < text.count, text[index] == 0x24 {
            conversion.argument = number
            index += 1
        } else {
            index = start
        }
        while index < text.count, "-#+ 0,(".utf8.contains(text[index]) {
            conversion.flags.insert(text[index])
            index += 1
        }
        conversion.width = number(text, &index) ?? 0
        if index < text.count, text[index] == 0x2E {
            index += 1
            guard let precision = number(text, &index) else { return nil }
            conversion.precision = precision
        }
        guard index < text.count, conversion.width <= 10_000, (conversion.precision ?? 0) <= 10_000 else {
            return nil
        }
        conversion.letter = text[index]
        index += 1
        return conversion
    }

    private static func number(_ text: [UInt8], _ index: inout Int) -> Int? {
        var value = 0
        let start = index
        while index < text.count, text[index] >= 0x30, text[index] <= 0x39, index - start < 9 {
            value = value * 10 + Int(text[index] - 0x30)
            index += 1
        }
        return index > start ? value : nil
    }

    private mutating func convert(_ conversion: Conversion, _ out: inout [UInt8]) -> Bool {
        if conversion.letter == 0x25 || conversion.letter == 0x6E {
            pad(conversion, [conversion.letter == 0x25 ? 0x25 : 0x0A], &out)
            return true
        }
        let position: Int
        if let argument = conversion.argument {
            position = argument - 1
        } else {
            position = next
            next += 1
        }
        guard position >= 0, position < values.count else { return false }
        guard var text = body(conversion, values[position], types[position].kind) else { return false }
        if conversion.letter >= 0x41 && conversion.letter <= 0x5A {
            text = Array(String(decoding: text, as: UTF8.self).uppercased().utf8)
        }
        pad(conversion, text, &out)
        return true
    }

    private func pad(_ conversion: Conversion, _ text: [UInt8], _ out: inout [UInt8]) {
        let length = text.withUnsafeBytes { UTF8Text.length($0) }
        let missing = Swift.max(conversion.width - length, 0)
        if !conversion.flags.contains(0x2D) { for _ in 0..<missing { out.append(0x20) } }
        out.append(contentsOf: text)
        if conversion.flags.contains(0x2D) { for _ in 0..<missing { out.append(0x20) } }
    }

    private func body(_ conversion: Conversion, _ value: Datum, _ kind: TypeKind) -> [UInt8]? {
        let letter = conversion.letter | 0x20
        if value.isNull { return letter == 0x62 ? Array("false".utf8) : truncated(conversion, "null") }
        switch letter {
        case 0x73: return truncated(conversion, JavaFormatter.text(value, kind))
        case 0x62:
            if case .bool(let flag) = value { return Array((flag ? "true" : "false").utf8) }
            return Array("true".utf8)
        case 0x64:
            guard kind.isInteger, let number = value.asInt64 else { return nil }
            return signed(conversion, Array(String(number.magnitude).utf8), number < 0)
        case 0x78, 0x6F:
            guard kind.isInteger, let number = value.asInt64 else { return nil }
            return radix(conversion, number, kind, letter == 0x78 ? 16 : 8)
        case 0x63:
            guard kind.isInteger, let number = value.asInt64, number >= 0, number <= 0x10FFFF,
                let scalar = Unicode.Scalar(UInt32(number))
            else { return nil }
            return Array(String(Character(scalar)).utf8)
        case 0x66, 0x65: return floating(conversion, value, kind, letter)
        default: return nil
        }
    }

    private func truncated(_ conversion: Conversion, _ text: String) -> [UInt8] {
        guard let precision = conversion.precision else { return Array(text.utf8) }
        return Array(String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision))).utf8)
    }

    private func radix(_ conversion: Conversion, _ number: Int64, _ kind: TypeKind, _ radix: Int) -> [UInt8] {
        let bits: UInt64
        switch kind {
        case .tinyint: bits = UInt64(UInt8(truncatingIfNeeded: number))
        case .smallint: bits = UInt64(UInt16(truncatingIfNeeded: number))
        case .int: bits = UInt64(UInt32(truncatingIfNeeded: number))
        default: bits = UInt64(bitPattern: number)
        }
        var digits = Array(String(bits, radix: radix).utf8)
        if conversion.flags.contains(0x30) {
            while digits.count < conversion.width { digits.insert(0x30, at: 0) }
        }
        return digits
    }

    /// Puts sign, grouping and zeros around digits.
    private func signed(_ conversion: Conversion, _ digits: [UInt8], _ isNegative: Bool) -> [UInt8] {
        var text = digits
        if conversion.flags.contains(0x2C) {
            var at = (text.firstIndex(of: 0x2E) ?? text.count) - 3
            while at > 0 {
                text.insert(0x2C, at: at)
                at -= 3
            }
        }
        var sign: [UInt8] = isNegative ? [0x2D] : []
        if !isNegative && conversion.flags.contains(0x2B) { sign = [0x2B] }
        if !isNegative && conversion.flags.contains(0x20) { sign = [0x20] }
        if isNegative && conversion.flags.contains(0x28) {
            sign = [0x28]
            text.append(0x29)
        }
        if conversion.flags.contains(0x30) {
            while text.count + sign.count < conversion.width { text.insert(0x30, at: 0) }
        }
        return sign + text
    }

    private func floating(
        _ conversion: Conversion, _ value: Datum, _ kind: TypeKind, _ letter: UInt8
    ) -> [UInt8]? {
        let number: Double
        switch (value, kind) {
        case (.float32(let float), _): number = Double(float)
        case (.float64(let double), _): number = double
        case (_, .decimal(_, let scale)):
            guard let unscaled = value.asInt128 else { return nil }
            number = DecimalMath.toDouble(unscaled, scale: scale)
        default: return nil
        }
        if number.isNaN { return Array("NaN".utf8) }
        if number.isInfinite { return signed(conversion, Array("Infinity".utf8), number < 0) }
        let precision = Int32(conversion.precision ?? 6)
        var buffer = [CChar](repeating: 0, count: 400 + Int(precision))
        let format = letter == 0x66 ? "%.*f" : "%.*e"
        let written = withVaList([precision, number.magnitude]) {
            vsnprintf(&buffer, buffer.count, format, $0)
        }
        guard written > 0, Int(written) < buffer.count else { return nil }
        let digits = buffer[0..<Int(written)].map { UInt8(bitPattern: $0) }
        return signed(conversion, digits, number.sign == .minus)
    }

    /// A value as Java prints it; dates and times by their number.
    static func text(_ value: Datum, _ kind: TypeKind) -> String {
        switch (value, kind) {
        case (.null, _): return "null"
        case (.bool(let flag), _): return flag ? "true" : "false"
        case (.bytes(let bytes), _): return String(decoding: bytes, as: UTF8.self)
        case (_, .date), (_, .time): return "\(value.asInt64 ?? 0)"
        case (_, .timestamp(let precision)), (_, .timestampLTZ(let precision)):
            let nanos = (value.asInt128 ?? 0) * (precision <= 6 ? 1000 : 1)
            return ISOText.iso(nanos: nanos)
        default:
            return ValueFormatter(DataType(kind)).string(value)
        }
    }
}
