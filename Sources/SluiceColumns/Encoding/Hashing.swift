import Glibc

/// Hash functions of the engine. `seed` is random per process for tables in memory, and `Hashing.routingSeed` for
/// channels and key groups, which must agree after a restart.
public enum Hashing {
    public static let routingSeed: UInt64 = 0x51_7C_C1_B7_27_22_0A_95

    @inlinable @inline(__always)
    public static func mix(_ value: UInt64) -> UInt64 {
        let product = value &* 0x9E37_79B9_7F4A_7C15
        return product ^ (product >> 32)
    }

    @inlinable @inline(__always)
    public static func combine(_ hash: UInt64, _ value: UInt64) -> UInt64 {
        mix((hash &<< 5 | hash &>> 59) ^ value)
    }

    /// 128-bit multiply folding over 8-byte words.
    @inlinable
    public static func bytes(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var hash = seed ^ (UInt64(truncatingIfNeeded: bytes.count) &* 0xA076_1D64_78BD_642F)
        var index = 0
        let count = bytes.count
        while index &+ 8 <= count {
            hash = fold(hash ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index &+= 8
        }
        if index < count {
            var tail: UInt64 = 0
            var shift: UInt64 = 0
            while index < count {
                tail |= UInt64(bytes[index]) &<< shift
                shift &+= 8
                index &+= 1
            }
            hash = fold(hash ^ tail)
        }
        return hash ^ (hash >> 29)
    }

    @inlinable @inline(__always)
    static func fold(_ value: UInt64) -> UInt64 {
        let (high, low) = value.multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        return high ^ low
    }

    /// A random seed for this process's tables.
    public static let tableSeed: UInt64 = {
        var seed: UInt64 = 0
        if getentropy(&seed, MemoryLayout<UInt64>.size) != 0 { seed = UInt64(getpid()) }
        return seed
    }()
}
