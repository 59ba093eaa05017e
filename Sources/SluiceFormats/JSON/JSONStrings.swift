import SluiceColumns

/// Strings with escapes.
enum JSONStrings {
    /// Appends the text of the string whose content starts at `start`; the byte after the closing quote, or nil if it
    /// is unterminated or has a wrong escape.
    static func unescape(_ start: BytePointer, into out: inout ByteScratch) -> BytePointer? {
        var p = start
        var seen: UInt64 = 0
        while true {
            let stop = JSONText.scanString(p, &seen)
            out.append(UnsafeRawBufferPointer(start: p, count: stop - p))
            p = stop
            switch p[0] {
            case 0x22: return p + 1
            case 0x0A: return nil
            case 0x5C:
                guard let next = appendEscape(p, to: &out) else { return nil }
                p = next
            default:
                // Other control characters stand for themselves.
                out.append(p[0])
                p += 1
            }
        }
    }

    private static func appendEscape(_ p: BytePointer, to out: inout ByteScratch) -> BytePointer? {
        switch p[1] {
        case 0x22, 0x5C, 0x2F: out.append(p[1])
        case 0x62: out.append(0x08)
        case 0x66: out.append(0x0C)
        case 0x6E: out.append(0x0A)
        case 0x72: out.append(0x0D)
        case 0x74: out.append(0x09)
        case 0x75: return appendUnicode(p, to: &out)
        default: return nil
        }
        return p + 2
    }

    /// A surrogate without its partner becomes a question mark, as in Java's UTF-8 encoder.
    private static func appendUnicode(_ p: BytePointer, to out: inout ByteScratch) -> BytePointer? {
        guard let unit = JSONText.hex4(p + 2) else { return nil }
        if unit & 0xF800 != 0xD800 {
            append(unit, to: &out)
            return p + 6
        }
        if unit < 0xDC00, p[6] == 0x5C, p[7] == 0x75, let low = JSONText.hex4(p + 8), low & 0xFC00 == 0xDC00 {
            append(0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF), to: &out)
            return p + 12
        }
        out.append(UInt8(ascii: "?"))
        return p + 6
    }

    private static func append(_ scalar: UInt32, to out: inout ByteScratch) {
        if scalar < 0x80 { return out.append(UInt8(scalar)) }
        if scalar < 0x800 {
            out.append(UInt8(0xC0 | scalar >> 6))
        } else {
            if scalar < 0x10000 {
                out.append(UInt8(0xE0 | scalar >> 12))
            } else {
                out.append(UInt8(0xF0 | scalar >> 18))
                out.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            }
            out.append(UInt8(0x80 | scalar >> 6 & 0x3F))
        }
        out.append(UInt8(0x80 | scalar & 0x3F))
    }

    /// The content of a JSON string: quotes, backslashes and control characters escaped.
    @inline(__always)
    static func appendEscaped(_ text: UnsafeRawBufferPointer, to out: inout ByteScratch) {
        guard let base = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        let count = text.count
        out.reserve(count &+ 16)
        let to = UnsafeMutableRawPointer(out.base + out.count)
        var index = 0
        // Copied word by word while it is looked at; a word with something to escape is done byte by byte.
        while index &+ 8 <= count {
            let x = load8(base + index)
            to.storeBytes(of: x, toByteOffset: index, as: UInt64.self)
            if specialLanes(x) != 0 { return appendSlowly(base, count, to: &out) }
            index &+= 8
        }
        var tail: UInt64 = 0x2020_2020_2020_2020
        let left = count &- index
        if left >= 4 {
            tail = UInt64(load4(base + index)) | UInt64(load4(base + index + (left &- 4))) << 32
            to.storeBytes(of: load4(base + index), toByteOffset: index, as: UInt32.self)
            to.storeBytes(
                of: load4(base + index + (left &- 4)), toByteOffset: index &+ left &- 4, as: UInt32.self)
        } else {
            while index < count {
                to.storeBytes(of: base[index], toByteOffset: index, as: UInt8.self)
                tail = tail << 8 | UInt64(base[index])
                index &+= 1
            }
        }
        if specialLanes(tail) != 0 { return appendSlowly(base, count, to: &out) }
        out.count &+= count
    }

    /// The top bit of lanes that hold a quote, a backslash or a control character.
    @inline(__always)
    private static func specialLanes(_ x: UInt64) -> UInt64 {
        zeroLanes(x ^ splat(0x22)) | zeroLanes(x ^ splat(0x5C)) | ((x &- splat(0x20)) & ~x & splat(0x80))
    }

    @inline(never)
    private static func appendSlowly(_ base: BytePointer, _ count: Int, to out: inout ByteScratch) {
        var clean = 0
        for index in 0..<count {
            let byte = base[index]
            if byte >= 0x20 && byte != 0x22 && byte != 0x5C { continue }
            out.append(UnsafeRawBufferPointer(start: base + clean, count: index - clean))
            appendEscape(of: byte, to: &out)
            clean = index + 1
        }
        out.append(UnsafeRawBufferPointer(start: base + clean, count: count - clean))
    }

    private static func appendEscape(of byte: UInt8, to out: inout ByteScratch) {
        out.append(0x5C)
        switch byte {
        case 0x22, 0x5C: out.append(byte)
        case 0x08: out.append(0x62)
        case 0x09: out.append(0x74)
        case 0x0A: out.append(0x6E)
        case 0x0C: out.append(0x66)
        case 0x0D: out.append(0x72)
        default:
            out.append("u00" as StaticString)
            let hex: StaticString = "0123456789ABCDEF"
            out.append(hex.utf8Start[Int(byte >> 4)])
            out.append(hex.utf8Start[Int(byte & 15)])
        }
    }
}
