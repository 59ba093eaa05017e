import SluiceColumns

/// Prints a valid JSON value again as Jackson's tree does: no blanks, escapes only where needed, numbers with a
/// fraction or exponent as doubles.
enum JSONCompactor {
    /// `start` is at a value that was checked before.
    static func append(_ start: BytePointer, to out: inout ByteScratch) {
        var p = start
        var depth = 0
        repeat {
            p = JSONText.skipSpace(p)
            switch p[0] {
            case 0x7B, 0x5B:
                depth += 1
                out.append(p[0])
                p += 1
            case 0x7D, 0x5D:
                depth -= 1
                out.append(p[0])
                p += 1
            case 0x2C, 0x3A:
                out.append(p[0])
                p += 1
            case 0x22:
                var text = ByteScratch(capacity: 256)
                guard let end = JSONStrings.unescape(p + 1, into: &text) else { return }
                out.append(0x22)
                JSONStrings.appendEscaped(text.bytes, to: &out)
                out.append(0x22)
                p = end
            default:
                guard let end = appendScalar(p, to: &out) else { return }
                p = end
            }
        } while depth > 0
    }

    private static func appendScalar(_ p: BytePointer, to out: inout ByteScratch) -> BytePointer? {
        guard p[0] == 0x2D || p[0] &- 0x30 <= 9 else {
            guard let end = JSONText.skipWord(p) else { return nil }
            out.append(UnsafeRawBufferPointer(start: p, count: end - p))
            return end
        }
        var isFloat = false
        guard let end = JSONText.skipNumber(p, isFloat: &isFloat) else { return nil }
        let text = TextRange(p, end - p)
        if isFloat, let value = NumberParser.double(text) {
            out.appendJavaDouble(value)
        } else if text.equals("-0") {
            out.append(0x30)
        } else {
            out.append(text.raw)
        }
        return end
    }
}
