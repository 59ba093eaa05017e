package import SluiceBase
package import SluiceColumns

/// Reads the text form of a data type back, as `DataType.description` writes it.
package struct TypeText {
    private let bytes: [UInt8]
    private var position = 0
    /// Deeper types do not come from a parser that was asked to read them.
    private static let maximumDepth = 100

    package static func parse(_ text: String) throws(SQLError) -> DataType {
        var reader = TypeText(bytes: Array(text.utf8))
        let type = try reader.type(depth: 0)
        guard reader.position == reader.bytes.count else { throw reader.failure() }
        return type
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func type(depth: Int) throws(SQLError) -> DataType {
        guard depth < Self.maximumDepth else { throw failure() }
        let kind = try kind(word(), depth: depth)
        if takeWords(["NOT", "NULL"]) { return DataType(kind, nullable: false) }
        return DataType(kind)
    }

    private mutating func kind(_ name: String, depth: Int) throws(SQLError) -> TypeKind {
        switch name {
        case "BOOLEAN": return .boolean
        case "TINYINT": return .tinyint
        case "SMALLINT": return .smallint
        case "INT": return .int
        case "BIGINT": return .bigint
        case "FLOAT": return .float
        case "DOUBLE": return .double
        case "DATE": return .date
        case "NULL": return .null
        case "STRING": return .varchar(.max32)
        case "BYTES": return .varbinary(.max32)
        case "CHAR": return .char(try number())
        case "VARCHAR": return .varchar(try number())
        case "BINARY": return .binary(try number())
        case "VARBINARY": return .varbinary(try number())
        case "TIME": return .time(try number())
        case "TIMESTAMP": return .timestamp(try number())
        case "TIMESTAMP_LTZ": return .timestampLTZ(try number())
        case "DECIMAL":
            let pair = try numbers(2)
            return .decimal(precision: pair[0], scale: pair[1])
        case "INTERVAL": return try interval()
        default: return try nested(name, depth: depth)
        }
    }

    private mutating func interval() throws(SQLError) -> TypeKind {
        if takeWords(["YEAR", "TO", "MONTH"]) { return .intervalYearMonth }
        guard takeWords(["DAY", "TO", "SECOND"]) else { throw failure() }
        if peek == UInt8(ascii: "(") { _ = try number() }
        return .intervalDayTime
    }

    private mutating func nested(_ name: String, depth: Int) throws(SQLError) -> TypeKind {
        try expect(UInt8(ascii: "<"))
        let result: TypeKind
        switch name {
        case "ARRAY": result = .array(try type(depth: depth + 1))
        case "MULTISET": result = .multiset(try type(depth: depth + 1))
        case "MAP":
            let key = try type(depth: depth + 1)
            try expect(UInt8(ascii: ","))
            result = .map(key, try type(depth: depth + 1))
        case "ROW": result = .row(try fields(depth: depth))
        default: throw failure()
        }
        try expect(UInt8(ascii: ">"))
        return result
    }

    private mutating func fields(depth: Int) throws(SQLError) -> [Field] {
        var fields: [Field] = []
        if peek == UInt8(ascii: ">") { return fields }
        repeat {
            let name = try quotedName()
            fields.append(Field(name, try type(depth: depth + 1)))
        } while take(UInt8(ascii: ","))
        return fields
    }

    // MARK: Tokens

    private var peek: UInt8? {
        var index = position
        while index < bytes.count && bytes[index] == 32 { index += 1 }
        return index < bytes.count ? bytes[index] : nil
    }

    private mutating func skipBlanks() {
        while position < bytes.count && bytes[position] == 32 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        skipBlanks()
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(SQLError) {
        guard take(byte) else { throw failure() }
    }

    private mutating func word() -> String {
        skipBlanks()
        let start = position
        while position < bytes.count,
            (65...90).contains(bytes[position]) || bytes[position] == UInt8(ascii: "_")
        {
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func takeWords(_ words: [String]) -> Bool {
        let start = position
        for expected in words where word() != expected {
            position = start
            return false
        }
        return true
    }

    private mutating func number() throws(SQLError) -> Int { try numbers(1)[0] }

    private mutating func numbers(_ count: Int) throws(SQLError) -> [Int] {
        try expect(UInt8(ascii: "("))
        var found: [Int] = []
        repeat {
            skipBlanks()
            let start = position
            while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
            guard let value = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
                throw failure()
            }
            found.append(value)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: ")"))
        guard found.count == count else { throw failure() }
        return found
    }

    private mutating func quotedName() throws(SQLError) -> String {
        let quote = UInt8(ascii: "`")
        try expect(quote)
        var name: [UInt8] = []
        while position < bytes.count {
            if bytes[position] == quote {
                position += 1
                guard position < bytes.count, bytes[position] == quote else {
                    return String(decoding: name, as: UTF8.self)
                }
            }
            name.append(bytes[position])
            position += 1
        }
        throw failure()
    }

    private func failure() -> SQLError {
        let text = String(decoding: bytes, as: UTF8.self)
        return SQLError(.catalogFile, "the catalog holds a type that cannot be read: \"\(text)\"")
    }
}
