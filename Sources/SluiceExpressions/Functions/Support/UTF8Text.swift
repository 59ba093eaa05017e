import Glibc

/// Steps over UTF-8 without building strings. Damaged text never reads past its end.
enum UTF8Text {
    typealias Bytes = UnsafeRawBufferPointer

    /// Bytes of the character that starts with `lead`.
    @inline(__always)
    static func width(_ lead: UInt8) -> Int {
        if lead < 0x80 { return 1 }
        if lead < 0xE0 { return 2 }
        return lead < 0xF0 ? 3 : 4
    }

    @inline(__always)
    static func isASCII(_ bytes: Bytes) -> Bool {
        var seen: UInt8 = 0
        for byte in bytes { seen |= byte }
        return seen < 0x80
    }

    /// Code points.
    static func length(_ bytes: Bytes) -> Int {
        var count = 0
        for byte in bytes where byte & 0xC0 != 0x80 { count &+= 1 }
        return count
    }

    /// The byte offset of code point `index`, or the end.
    static func offset(_ bytes: Bytes, _ index: Int, from start: Int = 0) -> Int {
        var at = start
        var left = index
        while left > 0 && at < bytes.count {
            at &+= width(bytes[at])
            left &-= 1
        }
        return Swift.min(at, bytes.count)
    }

    /// The start of the code point that ends before `end`.
    @inline(__always)
    static func previous(_ bytes: Bytes, _ end: Int) -> Int {
        var at = end &- 1
        while at > 0 && bytes[at] & 0xC0 == 0x80 { at &-= 1 }
        return at
    }

    /// The byte offset of the first `needle` at or after `start`; nil if there is none.
    static func find(_ needle: Bytes, in bytes: Bytes, from start: Int = 0) -> Int? {
        let length = needle.count
        guard length > 0 else { return start <= bytes.count ? start : nil }
        guard start >= 0, let base = bytes.baseAddress, let wanted = needle.baseAddress else { return nil }
        let first = Int32(needle[0])
        var at = start
        while bytes.count &- at >= length {
            guard let hit = memchr(base + at, first, bytes.count &- at &- length &+ 1) else { return nil }
            at = UnsafeRawPointer(hit) - base
            if memcmp(hit, wanted, length) == 0 { return at }
            at &+= 1
        }
        return nil
    }

    /// `needle` stands at `offset`.
    @inline(__always)
    static func equal(_ bytes: Bytes, _ offset: Int, _ needle: Bytes) -> Bool {
        guard bytes.count &- offset >= needle.count else { return false }
        guard let base = bytes.baseAddress, let wanted = needle.baseAddress else { return needle.count == 0 }
        return memcmp(base + offset, wanted, needle.count) == 0
    }

    /// The code points; damaged ones become U+FFFD.
    static func scalars(_ bytes: Bytes) -> [Unicode.Scalar] {
        Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    }

    static func append(_ scalar: Unicode.Scalar, to out: inout [UInt8]) {
        let value = scalar.value
        if value < 0x80 {
            out.append(UInt8(value))
        } else if value < 0x800 {
            out.append(UInt8(0xC0 | value >> 6))
            out.append(UInt8(0x80 | value & 0x3F))
        } else if value < 0x10000 {
            out.append(UInt8(0xE0 | value >> 12))
            out.append(UInt8(0x80 | value >> 6 & 0x3F))
            out.append(UInt8(0x80 | value & 0x3F))
        } else {
            out.append(UInt8(0xF0 | value >> 18))
            out.append(UInt8(0x80 | value >> 12 & 0x3F))
            out.append(UInt8(0x80 | value >> 6 & 0x3F))
            out.append(UInt8(0x80 | value & 0x3F))
        }
    }

    static func utf16(_ bytes: Bytes) -> [UInt16] { Array(String(decoding: bytes, as: UTF8.self).utf16) }

    /// UTF-16 units as text; a surrogate without its partner becomes `?`, as Java encodes it.
    static func append<Units: RandomAccessCollection<UInt16>>(utf16 units: Units, to out: inout [UInt8])
    where Units.Index == Int {
        var at = units.startIndex
        while at < units.endIndex {
            let unit = units[at]
            at += 1
            if unit & 0xF800 != 0xD800 {
                if let scalar = Unicode.Scalar(UInt32(unit)) { append(scalar, to: &out) }
                continue
            }
            if unit < 0xDC00, at < units.endIndex, units[at] & 0xFC00 == 0xDC00 {
                let value = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(units[at] & 0x3FF))
                at += 1
                if let scalar = Unicode.Scalar(value) { append(scalar, to: &out) }
            } else {
                out.append(0x3F)
            }
        }
    }
}

extension [UInt8] {
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) { append(contentsOf: bytes) }
}
