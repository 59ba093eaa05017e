/// Bytes of the input. Decoders guarantee a newline before the end of the buffer and 64 readable bytes after it, so
/// scanners need no bounds: they all stop at a newline.
typealias BytePointer = UnsafePointer<UInt8>

@inline(__always)
func load8(_ p: BytePointer) -> UInt64 { UnsafeRawPointer(p).loadUnaligned(as: UInt64.self) }

@inline(__always)
func load4(_ p: BytePointer) -> UInt32 { UnsafeRawPointer(p).loadUnaligned(as: UInt32.self) }

/// The byte in every lane.
@inline(__always)
func splat(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

/// The top bit of every lane that is zero; lanes above the lowest hit may be wrong, the lowest is right.
@inline(__always)
func zeroLanes(_ x: UInt64) -> UInt64 { (x &- 0x0101_0101_0101_0101) & ~x & 0x8080_8080_8080_8080 }

/// The value of eight digits (ASCII zero already taken off), the first in the lowest byte.
@inline(__always)
func eightDigits(_ x: UInt64) -> UInt64 {
    let pairs = (x &* 10) &+ (x >> 8)
    let low = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
    let high = ((pairs >> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
    return (low &+ high) >> 32
}

/// The top bit of every byte of `x` (text with ASCII zero taken off by XOR) that is no digit.
@inline(__always)
func nonDigits(_ x: UInt64) -> UInt64 {
    (((x & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676) | x) & 0x8080_8080_8080_8080
}

/// Up to 18 digits at `p`; their number, or 0 if there are none or more.
@inline(__always)
func scanDigits(_ p: BytePointer, _ value: inout UInt64) -> Int {
    let x = load8(p) ^ 0x3030_3030_3030_3030
    let stop = nonDigits(x)
    if _fastPath(stop != 0) {
        let count = stop.trailingZeroBitCount >> 3
        if count == 0 { return 0 }
        value = eightDigits(x << UInt64((8 &- count) &* 8))
        return count
    }
    var total = eightDigits(x)
    let y = load8(p + 8) ^ 0x3030_3030_3030_3030
    let stop2 = nonDigits(y)
    if stop2 != 0 {
        let count = stop2.trailingZeroBitCount >> 3
        if count > 0 {
            total = total &* tens[count] &+ eightDigits(y << UInt64((8 &- count) &* 8))
        }
        value = total
        return 8 &+ count
    }
    total = total &* 100_000_000 &+ eightDigits(y)
    var count = 16
    while count < 19 {
        let digit = p[count] &- 0x30
        if digit > 9 { break }
        total = total &* 10 &+ UInt64(digit)
        count &+= 1
    }
    value = total
    return count > 18 ? 0 : count
}

/// Powers of ten up to 10¹⁸, without the lazy start of a global array.
struct PowersOfTen {
    @inline(__always)
    subscript(_ exponent: Int) -> UInt64 {
        switch exponent {
        case 0: return 1
        case 1: return 10
        case 2: return 100
        case 3: return 1000
        case 4: return 10_000
        case 5: return 100_000
        case 6: return 1_000_000
        case 7: return 10_000_000
        case 8: return 100_000_000
        case 9: return 1_000_000_000
        case 10: return 10_000_000_000
        case 11: return 100_000_000_000
        case 12: return 1_000_000_000_000
        case 13: return 10_000_000_000_000
        case 14: return 100_000_000_000_000
        case 15: return 1_000_000_000_000_000
        case 16: return 10_000_000_000_000_000
        case 17: return 100_000_000_000_000_000
        default: return 1_000_000_000_000_000_000
        }
    }
}

@inline(__always)
var tens: PowersOfTen { PowersOfTen() }
