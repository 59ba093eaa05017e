/// One change of a catalog: when, by whom, and the text that asked for it with its secrets masked.
public struct HistoryEntry: Sendable, Equatable {
    /// Counts from 1 without gaps.
    public var id: Int64
    /// Microseconds since 1970-01-01 UTC.
    public var atMicros: Int64
    public var principal: String
    /// `CREATE TABLE`
    public var action: String
    public var object: String
    public var statement: String

    /// A checksum over this entry and, through `previous`, all entries before it (FNV-1a, 64 bits).
    func chain(after previous: Int64) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        for number in [previous, id, atMicros] {
            let bits = UInt64(bitPattern: number)
            for shift in stride(from: 0, to: 64, by: 8) {
                mix(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
            }
        }
        for text in [principal, action, object, statement] {
            for byte in text.utf8 { mix(byte) }
            mix(0xFF)
        }
        return Int64(bitPattern: hash)
    }
}
