/// Reads jute records; throws `Unparsable`.
struct FakeJuteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func int() throws -> Int32 { try number(Int32.self) }
    mutating func long() throws -> Int64 { try number(Int64.self) }
    mutating func byte() throws -> UInt8 { try number(UInt8.self) }

    mutating func bool() throws -> Bool {
        let value = try byte()
        guard value <= 1 else { throw Unparsable(reason: "boolean \(value)") }
        return value == 1
    }

    /// nil: length -1.
    mutating func buffer() throws -> [UInt8]? {
        let length = try int()
        if length == -1 { return nil }
        guard length >= 0, bytes.count - position >= Int(length) else { throw Unparsable(reason: "buffer") }
        defer { position += Int(length) }
        return Array(bytes[position..<position + Int(length)])
    }

    mutating func string() throws -> String {
        guard let bytes = try buffer(), let text = String(validating: bytes, as: UTF8.self) else {
            throw Unparsable(reason: "string")
        }
        return text
    }

    private mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        guard let value = BigEndian.read(Number.self, bytes[...], &position) else {
            throw Unparsable(reason: "record cut off")
        }
        return value
    }
}

/// Writes jute records.
struct FakeJuteWriter {
    var bytes: [UInt8] = []

    mutating func int(_ value: Int32) { BigEndian.append(value, &bytes) }
    mutating func long(_ value: Int64) { BigEndian.append(value, &bytes) }
    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func buffer(_ value: [UInt8]) {
        int(Int32(value.count))
        bytes += value
    }

    mutating func string(_ value: String) { buffer(Array(value.utf8)) }

    mutating func stat(_ data: [UInt8], _ zxid: Int64, owner: Int64) {
        for time in [zxid, zxid, 1000, 1000] { long(time) }
        for version: Int32 in [0, 0, 0] { int(version) }
        long(owner)
        int(Int32(data.count))
        int(0)
        long(zxid)
    }
}
