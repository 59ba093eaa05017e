import Glibc
import SluiceBase

/// Unsigned byte order, the order of everything in HBase.
func compareBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
    let common = min(left.count, right.count)
    if common > 0, let a = left.baseAddress, let b = right.baseAddress {
        let order = memcmp(a, b, common)
        if order != 0 { return Int(order) }
    }
    return left.count - right.count
}

func equalBytes(_ left: UnsafeRawBufferPointer, _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return right.withUnsafeBytes { compareBytes(left, $0) == 0 }
}

func compareBytes(_ left: [UInt8], _ right: [UInt8]) -> Int {
    left.withUnsafeBytes { a in right.withUnsafeBytes { b in compareBytes(a, b) } }
}

extension [UInt8] {
    /// The bytes for the time of a call, with the error type that the standard library's method loses.
    func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(SQLError) -> Result
    ) throws(SQLError) -> Result {
        try span.bytes.withUnsafeBytes(body)
    }

    /// Overwrites without giving up the storage.
    mutating func assign(_ bytes: UnsafeRawBufferPointer) {
        removeAll(keepingCapacity: true)
        append(contentsOf: bytes)
    }

    /// The smallest key above every key with this prefix; nil when there is none.
    var afterPrefix: [UInt8]? {
        var end = self
        while let last = end.popLast() {
            if last < 0xFF {
                end.append(last + 1)
                return end
            }
        }
        return nil
    }
}
