/// Scanners of JSON text. All stop at a newline, which is nowhere part of a row.
enum JSONText {
    /// The first quote, backslash or control character at or after `p`; the bytes passed are OR-ed into `seen`.
    @inline(__always)
    static func scanString(_ start: BytePointer, _ seen: inout UInt64) -> BytePointer {
        var p = start
        while true {
            let x = load8(p)
            let quote = zeroLanes(x ^ splat(0x22))
            let backslash = zeroLanes(x ^ splat(0x5C))
            let control = (x &- splat(0x20)) & ~x & splat(0x80)
            let hit = quote | backslash | control
            if hit != 0 {
                let offset = hit.trailingZeroBitCount & ~7
                seen |= x & ((1 << UInt64(offset)) &- 1)
                return p + (offset >> 3)
            }
            seen |= x
            p += 8
        }
    }

    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    @inline(__always)
    static func skipSpace(_ start: BytePointer) -> BytePointer {
        var p = start
        while isSpace(p[0]) { p += 1 }
        return p
    }

    /// The byte after the closing quote; `start` is the byte after the opening one. nil: unterminated or a wrong
    /// escape.
    static func skipString(_ start: BytePointer) -> BytePointer? {
        var p = start
        var seen: UInt64 = 0
        while true {
            p = scanString(p, &seen)
            if p[0] == 0x22 { return p + 1 }
            if p[0] == 0x0A { return nil }
            if p[0] == 0x5C {
                guard let length = escapeLength(p) else { return nil }
                p += length
            } else {
                p += 1
            }
        }
    }

    /// Bytes of the escape at `p` (its backslash); nil if it is none.
    static func escapeLength(_ p: BytePointer) -> Int? {
        switch p[1] {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: return 2
        case 0x75: return hex4(p + 2) == nil ? nil : 6
        default: return nil
        }
    }

    /// Four hexadecimal digits.
    static func hex4(_ p: BytePointer) -> UInt32? {
        var value: UInt32 = 0
        for index in 0..<4 {
            let byte = p[index]
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        return value
    }

    /// The byte after the number at `start`; nil if it breaks the grammar.
    static func skipNumber(_ start: BytePointer, isFloat: inout Bool) -> BytePointer? {
        var p = start
        if p[0] == 0x2D { p += 1 }
        if p[0] == 0x30 {
            p += 1
            if p[0] &- 0x30 <= 9 { return nil }
        } else {
            guard p[0] &- 0x30 <= 9 else { return nil }
            while p[0] &- 0x30 <= 9 { p += 1 }
        }
        isFloat = false
        if p[0] == 0x2E {
            isFloat = true
            p += 1
            guard p[0] &- 0x30 <= 9 else { return nil }
            while p[0] &- 0x30 <= 9 { p += 1 }
        }
        if p[0] | 0x20 == 0x65 {
            isFloat = true
            p += 1
            if p[0] == 0x2B || p[0] == 0x2D { p += 1 }
            guard p[0] &- 0x30 <= 9 else { return nil }
            while p[0] &- 0x30 <= 9 { p += 1 }
        }
        return p
    }

    /// The byte after `true`, `false` or `null`.
    @inline(__always)
    static func skipWord(_ p: BytePointer) -> BytePointer? {
        let word = load4(p)
        if word == 0x6C6C_756E || word == 0x6575_7274 { return p + 4 }
        if word == 0x736C_6166 && p[4] == 0x65 { return p + 5 }
        return nil
    }

    @inline(__always)
    static func isNull(_ p: BytePointer) -> Bool { load4(p) == 0x6C6C_756E }

    /// The byte after the scalar at `p`; nil at anything else.
    @inline(__always)
    static func skipScalar(_ p: BytePointer) -> BytePointer? {
        if p[0] == 0x22 { return skipString(p + 1) }
        if p[0] == 0x2D || p[0] &- 0x30 <= 9 {
            var isFloat = false
            return skipNumber(p, isFloat: &isFloat)
        }
        return skipWord(p)
    }

    /// Deeper values are refused.
    static let depthLimit = 1000

    /// The byte after the value at `start`, which is checked against the grammar. No recursion: the input may nest as
    /// it likes.
    static func skipValue(_ start: BytePointer) -> BytePointer? {
        if start[0] != 0x7B && start[0] != 0x5B { return skipScalar(start) }
        return withUnsafeTemporaryAllocation(of: Bool.self, capacity: depthLimit) { isObject in
            skipContainer(start, isObject)
        }
    }

    private static func skipContainer(
        _ start: BytePointer, _ isObject: UnsafeMutableBufferPointer<Bool>
    ) -> BytePointer? {
        var p = start
        var depth = 0
        while true {
            // At the start of a value.
            var entered = false
            if p[0] == 0x7B || p[0] == 0x5B {
                if depth == depthLimit { return nil }
                isObject[depth] = p[0] == 0x7B
                depth += 1
                p = skipSpace(p + 1)
                entered = true
                if !(isObject[depth - 1] ? p[0] == 0x7D : p[0] == 0x5D) {
                    if isObject[depth - 1] {
                        guard let value = skipKey(p) else { return nil }
                        p = value
                    }
                    continue
                }
            } else {
                guard let next = skipScalar(p) else { return nil }
                p = skipSpace(next)
            }
            // After a value, or at the end of an empty container.
            while true {
                if !entered && p[0] == 0x2C {
                    p = skipSpace(p + 1)
                    if isObject[depth - 1] {
                        guard let value = skipKey(p) else { return nil }
                        p = value
                    }
                    break
                }
                entered = false
                guard p[0] == (isObject[depth - 1] ? 0x7D : 0x5D) else { return nil }
                p += 1
                depth -= 1
                if depth == 0 { return p }
                p = skipSpace(p)
            }
        }
    }

    /// From a key's opening quote to the first byte of its value.
    private static func skipKey(_ p: BytePointer) -> BytePointer? {
        guard p[0] == 0x22, let afterKey = skipString(p + 1) else { return nil }
        let colon = skipSpace(afterKey)
        guard colon[0] == 0x3A else { return nil }
        return skipSpace(colon + 1)
    }
}
