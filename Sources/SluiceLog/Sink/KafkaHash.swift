/// The hash by which Kafka's clients choose a key's partition (MurmurHash2, 32 bits, seed 0x9747b28c), so that a topic
/// is spread here as it is there.
enum KafkaHash {
    static func partition(_ key: UnsafeRawBufferPointer, of count: Int) -> Int {
        Int(murmur2(key) & 0x7FFF_FFFF) % count
    }

    static func murmur2(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let m: UInt32 = 0x5BD1_E995
        var hash = 0x9747_B28C ^ UInt32(truncatingIfNeeded: bytes.count)
        let whole = bytes.count & ~3
        var position = 0
        while position < whole {
            var k = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            k = k &* m
            k ^= k >> 24
            k = k &* m
            hash = (hash &* m) ^ k
            position += 4
        }
        if whole < bytes.count {
            for index in (whole..<bytes.count).reversed() {
                hash ^= UInt32(bytes[index]) << UInt32(8 * (index - whole))
            }
            hash = hash &* m
        }
        hash ^= hash >> 13
        hash = hash &* m
        hash ^= hash >> 15
        return hash
    }
}
