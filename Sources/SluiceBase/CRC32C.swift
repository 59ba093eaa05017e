/// CRC-32 with Castagnoli's polynomial, as HFile blocks and log segments have it: eight bytes a step by eight tables.
public enum CRC32C {
    /// Eight tables of 256 words, made once and kept.
    ///
    /// `@unchecked Sendable`: filled before it is shared and never changed afterwards.
    private final class Tables: @unchecked Sendable {
        let words: UnsafeMutablePointer<UInt32>

        init() {
            words = .allocate(capacity: 8 * 256)
            for index in 0..<256 {
                var value = UInt32(index)
                for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
                words[index] = value
            }
            for index in 256..<(8 * 256) {
                let previous = words[index - 256]
                words[index] = (previous >> 8) ^ words[Int(previous & 0xFF)]
            }
        }

        deinit { words.deallocate() }
    }

    private static let tables = Tables()

    /// `previous`: the checksum of what came before these bytes.
    public static func checksum(_ bytes: UnsafeRawBufferPointer, previous: UInt32 = 0) -> UInt32 {
        guard let base = bytes.baseAddress else { return previous }
        let words = tables.words
        var value = ~previous
        var position = 0
        let end = bytes.count
        while position &+ 8 <= end {
            let low =
                UInt32(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt32.self)) ^ value
            let high = UInt32(
                littleEndian: base.loadUnaligned(fromByteOffset: position &+ 4, as: UInt32.self))
            value = four(words + 1024, low) ^ four(words, high)
            position &+= 8
        }
        while position < end {
            let byte = base.load(fromByteOffset: position, as: UInt8.self)
            value = (value >> 8) ^ words[Int((value ^ UInt32(byte)) & 0xFF)]
            position &+= 1
        }
        return ~value
    }

    /// The first byte of the word is looked up in the last of four tables.
    @inline(__always)
    private static func four(_ tables: UnsafeMutablePointer<UInt32>, _ word: UInt32) -> UInt32 {
        let first = tables[768 &+ Int(word & 0xFF)]
        let second = tables[512 &+ Int((word >> 8) & 0xFF)]
        let third = tables[256 &+ Int((word >> 16) & 0xFF)]
        return first ^ second ^ third ^ tables[Int(word >> 24)]
    }
}
