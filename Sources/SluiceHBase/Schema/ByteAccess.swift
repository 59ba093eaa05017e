import Glibc
import SluiceBase

extension [UInt8] {
    /// The bytes for the time of a call, with the error type that the standard library's method loses.
    func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        try span.bytes.withUnsafeBytes(body)
    }

    /// The smallest key above all that begin with these bytes; nil: there is none.
    var afterAllWithPrefix: [UInt8]? {
        guard let last = lastIndex(where: { $0 != 0xFF }) else { return nil }
        return Array(self[..<last]) + [self[last] + 1]
    }
}

/// Negative: `left` comes first in HBase's order of keys.
func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let count = min(left.count, right.count)
    if count > 0, let a = left.baseAddress, let b = right.baseAddress {
        let order = memcmp(a, b, count)
        if order != 0 { return Int(order) }
    }
    return left.count - right.count
}
