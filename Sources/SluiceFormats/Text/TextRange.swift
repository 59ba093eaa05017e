/// A run of bytes. Valid as long as the piece (or the scratch) it points into.
struct TextRange {
    var start: BytePointer
    var count: Int

    @inline(__always)
    init(_ start: BytePointer, _ count: Int) {
        self.start = start
        self.count = count
    }

    @inline(__always)
    subscript(index: Int) -> UInt8 { start[index] }

    var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// Without bytes up to 0x20 at both ends, as Java's `trim`.
    var trimmed: TextRange {
        var from = 0
        var to = count
        while from < to && start[from] <= 0x20 { from += 1 }
        while to > from && start[to - 1] <= 0x20 { to -= 1 }
        return TextRange(start + from, to - from)
    }

    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where start[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Compares ASCII letters without regard to case.
    func equalsIgnoringCase(_ lowerCase: StaticString) -> Bool {
        guard count == lowerCase.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            var byte = start[index]
            if byte >= 0x41 && byte <= 0x5A { byte |= 0x20 }
            if byte != lowerCase.utf8Start[index] { return false }
        }
        return true
    }

    /// For messages: at most 80 characters.
    var sample: String {
        let text = String(
            decoding: UnsafeRawBufferPointer(start: start, count: Swift.min(count, 320)), as: UTF8.self)
        if text.count <= 80 && count <= 320 { return text }
        return String(text.prefix(79)) + "…"
    }
}
