import Glibc

/// Reads floating-point numbers from text.
public enum DoubleParser {
    /// The double nearest to value / 10^scale.
    public static func parseDecimal(_ value: Int128, scale: Int) -> Double {
        var scratch = ByteScratch(capacity: 64)
        scratch.appendInteger(value)
        scratch.append(0x65)
        scratch.appendInteger(Int64(-scale))
        return parse(scratch.bytes) ?? 0
    }

    /// The double nearest to a text such as `-12.5e3`, nil if it is none. Blanks are not allowed.
    public static func parse(_ bytes: UnsafeRawBufferPointer) -> Double? {
        parse(bytes) { strtod($0, $1) }
    }

    public static func parseFloat(_ bytes: UnsafeRawBufferPointer) -> Float? {
        parse(bytes) { strtof($0, $1) }
    }

    private static func parse<T>(
        _ bytes: UnsafeRawBufferPointer,
        _ convert: (UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> T
    ) -> T? {
        guard bytes.count > 0, isNumber(bytes), let start = bytes.baseAddress else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { room -> T? in
            guard let text = room.baseAddress else { return nil }
            memcpy(text, start, bytes.count)
            text[bytes.count] = 0
            var end: UnsafeMutablePointer<CChar>?
            let value = convert(text, &end)
            return end == text + bytes.count ? value : nil
        }
    }

    /// Digits with at most one point and an exponent, or the words that Java reads; no hexadecimal.
    private static func isNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: continue
            default: return isSpecialWord(bytes)
            }
        }
        return true
    }

    private static func isSpecialWord(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var text = bytes[...]
        if let first = text.first, first == 0x2B || first == 0x2D { text = text.dropFirst() }
        return text.elementsEqual("NaN".utf8) || text.elementsEqual("Infinity".utf8)
    }
}
