import Glibc

/// Order of values: strings and byte strings bytewise, booleans false first, numbers as usual with NaN largest.
public enum Comparison {
    public static func bytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
        let shorter = Swift.min(a.count, b.count)
        if shorter > 0, let left = a.baseAddress, let right = b.baseAddress {
            let order = memcmp(left, right, shorter)
            if order != 0 { return order < 0 ? -1 : 1 }
        }
        return a.count == b.count ? 0 : (a.count < b.count ? -1 : 1)
    }

    public static func doubles(_ a: Double, _ b: Double) -> Int {
        if a < b { return -1 }
        if a > b { return 1 }
        if a == b { return 0 }
        // NaN sorts last and equals itself.
        return a.isNaN ? (b.isNaN ? 0 : 1) : -1
    }

    @inlinable @inline(__always)
    static func ordered<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : (a == b ? 0 : 1) }

    /// Compares two non-NULL or NULL values of one layout; NULL is lowest (A13).
    public static func data(_ a: Datum, _ b: Datum) -> Int {
        switch (a, b) {
        case (.null, .null): return 0
        case (.null, _): return -1
        case (_, .null): return 1
        case (.bool(let a), .bool(let b)): return a == b ? 0 : (b ? -1 : 1)
        case (.int32(let a), .int32(let b)): return ordered(a, b)
        case (.int64(let a), .int64(let b)): return ordered(a, b)
        case (.int128(let a), .int128(let b)): return ordered(a, b)
        case (.float32(let a), .float32(let b)): return doubles(Double(a), Double(b))
        case (.float64(let a), .float64(let b)): return doubles(a, b)
        case (.bytes(let a), .bytes(let b)):
            return a.withUnsafeBytes { left in b.withUnsafeBytes { bytes(left, $0) } }
        case (.list(let a), .list(let b)), (.row(let a), .row(let b)): return lists(a, b)
        case (.map(let a), .map(let b)):
            return lists(a.flatMap { [$0.key, $0.value] }, b.flatMap { [$0.key, $0.value] })
        default: return 0
        }
    }

    private static func lists(_ a: [Datum], _ b: [Datum]) -> Int {
        for (left, right) in zip(a, b) {
            let order = data(left, right)
            if order != 0 { return order }
        }
        return ordered(a.count, b.count)
    }

    /// Compares values of two columns of one layout; NULL is lowest.
    public static func values(_ a: Column, _ i: Int, _ b: Column, _ j: Int) -> Int {
        let leftNull = a.isNull(i)
        let rightNull = b.isNull(j)
        if leftNull || rightNull { return leftNull == rightNull ? 0 : (leftNull ? -1 : 1) }
        switch (a, b) {
        case (.int32(let a), .int32(let b)): return ordered(a[i], b[j])
        case (.int64(let a), .int64(let b)): return ordered(a[i], b[j])
        case (.int128(let a), .int128(let b)): return ordered(a[i], b[j])
        case (.float32(let a), .float32(let b)): return doubles(Double(a[i]), Double(b[j]))
        case (.float64(let a), .float64(let b)): return doubles(a[i], b[j])
        case (.bytes(let a), .bytes(let b)): return bytes(a.bytes(at: i), b.bytes(at: j))
        default: return data(a.datum(i), b.datum(j))
        }
    }
}
