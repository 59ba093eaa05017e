/// A protobuf message that was received, field by field, without a schema. Written apart from the client's codec, so
/// that an error in one of them shows. Every reader of a field checks its wire type; a number that the message does
/// not have is refused, as only an error in the client can cause it.
struct FakeMessage {
    private enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(ArraySlice<UInt8>)
    }

    let name: String
    private var fields: [(number: Int, value: Value)] = []

    /// `known` is the highest field number of the message.
    init(_ name: String, _ bytes: ArraySlice<UInt8>, known: Int) throws {
        self.name = name
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let tag = try Self.varint(bytes, &position)
            let number = Int(clamping: tag >> 3)
            guard number >= 1 else { throw Unparsable(reason: "\(name): field 0") }
            guard number <= known else {
                throw FakeException.doNotRetryIO("fake server: \(name) has no field \(number)")
            }
            switch tag & 7 {
            case 0: fields.append((number, .varint(try Self.varint(bytes, &position))))
            case 1: fields.append((number, .fixed64(try Self.fixed(bytes, &position, 8))))
            case 5: fields.append((number, .fixed32(UInt32(try Self.fixed(bytes, &position, 4)))))
            case 2:
                let length = try Self.varint(bytes, &position)
                guard length <= UInt64(bytes.endIndex - position) else {
                    throw Unparsable(reason: "\(name).\(number): \(length) bytes announced")
                }
                fields.append((number, .bytes(bytes[position..<position + Int(length)])))
                position += Int(length)
            default: throw Unparsable(reason: "\(name).\(number): wire type \(tag & 7)")
            }
        }
    }

    static func varint(_ bytes: ArraySlice<UInt8>, _ position: inout Int) throws -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < bytes.endIndex else { throw Unparsable(reason: "varint cut off") }
            let byte = bytes[position]
            position += 1
            result |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return result }
        }
        throw Unparsable(reason: "varint of more than ten bytes")
    }

    private static func fixed(
        _ bytes: ArraySlice<UInt8>, _ position: inout Int, _ width: Int
    ) throws -> UInt64 {
        guard bytes.endIndex - position >= width else { throw Unparsable(reason: "fixed field cut off") }
        var result: UInt64 = 0
        for i in 0..<width { result |= UInt64(bytes[position + i]) << UInt64(8 * i) }
        position += width
        return result
    }

    // MARK: Fields

    func has(_ number: Int) -> Bool { fields.contains { $0.number == number } }

    func uint(_ number: Int) throws -> UInt64? {
        guard let field = fields.last(where: { $0.number == number }) else { return nil }
        guard case .varint(let value) = field.value else { throw wrongType(number) }
        return value
    }

    func int(_ number: Int) throws -> Int? { try uint(number).map { Int(truncatingIfNeeded: $0) } }

    func bool(_ number: Int) throws -> Bool? { try uint(number).map { $0 != 0 } }

    func bytes(_ number: Int) throws -> [UInt8]? { try slice(number).map { Array($0) } }

    func string(_ number: Int) throws -> String? {
        guard let slice = try slice(number) else { return nil }
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw Unparsable(reason: "\(name).\(number) is not UTF-8")
        }
        return text
    }

    func message(_ number: Int, _ type: String, known: Int) throws -> FakeMessage? {
        try slice(number).map { try FakeMessage(type, $0, known: known) }
    }

    func allBytes(_ number: Int) throws -> [[UInt8]] {
        try fields.filter { $0.number == number }.map { field in
            guard case .bytes(let slice) = field.value else { throw wrongType(number) }
            return Array(slice)
        }
    }

    func messages(_ number: Int, _ type: String, known: Int) throws -> [FakeMessage] {
        try fields.filter { $0.number == number }.map { field in
            guard case .bytes(let slice) = field.value else { throw wrongType(number) }
            return try FakeMessage(type, slice, known: known)
        }
    }

    func uints(_ number: Int) throws -> [UInt64] {
        try fields.filter { $0.number == number }.map { field in
            guard case .varint(let value) = field.value else { throw wrongType(number) }
            return value
        }
    }

    // MARK: Required fields

    func requiredUInt(_ number: Int) throws -> UInt64 {
        guard let value = try uint(number) else { throw FakeException.missingField(name, number) }
        return value
    }

    func requiredBytes(_ number: Int) throws -> [UInt8] {
        guard let value = try bytes(number) else { throw FakeException.missingField(name, number) }
        return value
    }

    func requiredString(_ number: Int) throws -> String {
        guard let value = try string(number) else { throw FakeException.missingField(name, number) }
        return value
    }

    func requiredMessage(_ number: Int, _ type: String, known: Int) throws -> FakeMessage {
        guard let value = try message(number, type, known: known) else {
            throw FakeException.missingField(name, number)
        }
        return value
    }

    private func slice(_ number: Int) throws -> ArraySlice<UInt8>? {
        guard let field = fields.last(where: { $0.number == number }) else { return nil }
        guard case .bytes(let slice) = field.value else { throw wrongType(number) }
        return slice
    }

    private func wrongType(_ number: Int) -> Unparsable {
        Unparsable(reason: "\(name).\(number) has the wrong wire type")
    }
}
