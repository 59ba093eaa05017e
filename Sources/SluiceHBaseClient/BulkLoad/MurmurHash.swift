/// The 32-bit hash (MurmurHash 2) by which HBase's Bloom filters choose their bits. The last one to three bytes are
/// taken as signed numbers: that is how HBase does it, and files must agree. Source: hbase-common `MurmurHash`.
enum MurmurHash {
    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt32) -> UInt32 {
        let factor: UInt32 = 0x5BD1_E995
        var hash = seed ^ UInt32(truncatingIfNeeded: bytes.count)
        var offset = 0
        while offset &+ 4 <= bytes.count {
            var word = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            word = word &* factor
            word ^= word >> 24
            word = word &* factor
            hash = (hash &* factor) ^ word
            offset &+= 4
        }
        let rest = bytes.count &- offset
        if rest > 0 {
            if rest >= 3 { hash ^= signed(bytes[offset &+ 2]) << 16 }
            if rest >= 2 { hash ^= signed(bytes[offset &+ 1]) << 8 }
            hash ^= signed(bytes[offset])
            hash = hash &* factor
        }
        hash ^= hash >> 13
        hash = hash &* factor
        return hash ^ (hash >> 15)
    }

    @inline(__always)
    private static func signed(_ byte: UInt8) -> UInt32 {
        UInt32(bitPattern: Int32(Int8(bitPattern: byte)))
    }
}
