public import SluiceBase

/// The values that were given for parameters; later sources win: file, environment, command line.
public struct ParameterValues: Sendable {
    private var file: [String: String] = [:]
    private var environment: [String: String] = [:]
    private var commandLine: [String: String] = [:]

    static let prefix = "SLUICE_PARAM_"

    public init() {}

    /// `environment`: all variables of the process; those that begin with `SLUICE_PARAM_` count.
    public init(
        file: [String: String] = [:], environment: [String: String] = [:],
        commandLine: [(key: String, value: String)]
    ) {
        self.file = file
        for (name, value) in environment where name.hasPrefix(Self.prefix) {
            self.environment[String(name.dropFirst(Self.prefix.count))] = value
        }
        for pair in commandLine { self.commandLine[pair.key] = pair.value }
    }

    /// The value of a parameter, and where it came from.
    func find(_ name: String) -> (value: String, origin: String)? {
        if let value = commandLine[name] { return (value, "-v \(name)") }
        if let value = environment[name] { return (value, Self.prefix + name) }
        if let value = file[name] { return (value, "--params") }
        return nil
    }

    /// An error for the first name on the command line that no file declares.
    public func undeclared(among declared: [String]) -> SQLError? {
        guard let name = commandLine.keys.filter({ !declared.contains($0) }).sorted().first else {
            return nil
        }
        return SQLError(
            .parameter, "no job file declares the parameter \"\(PrintableText.of(name))\"",
            label: DidYouMean.label(name, in: declared), hint: "--@ param \(PrintableText.of(name)) STRING")
    }
}

/// Reads a file of parameters: one JSON object of strings, numbers, true and false.
public struct ParameterFile {
    private let bytes: [UInt8]
    private var position = 0
    private let name: String

    /// The values by name, numbers as they are written.
    public static func values(_ text: String, name: String) throws(SQLError) -> [String: String] {
        var reader = ParameterFile(bytes: Array(text.utf8), name: name)
        return try reader.object()
    }

    private init(bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }

    private func failure(_ what: String) -> SQLError {
        SQLError(
            .parameter, "\"\(name)\", byte \(position): \(what)",
            hint: "a file of parameters is one JSON object of strings, numbers, true and false")
    }

    private var byte: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func expect(_ wanted: UInt8) throws(SQLError) {
        skipBlanks()
        guard byte == wanted else { throw failure("expected \(Character(Unicode.Scalar(wanted)))") }
        position += 1
    }

    private mutating func object() throws(SQLError) -> [String: String] {
        var out: [String: String] = [:]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        try expect(UInt8(ascii: "{"))
        skipBlanks()
        if byte == UInt8(ascii: "}") {
            position += 1
        } else {
            while true {
                skipBlanks()
                let key = try string()
                try expect(UInt8(ascii: ":"))
                skipBlanks()
                guard out.updateValue(try value(), forKey: key) == nil else {
                    throw failure("\"\(key)\" is there twice")
                }
                skipBlanks()
                if byte != UInt8(ascii: ",") { break }
                position += 1
            }
            try expect(UInt8(ascii: "}"))
        }
        skipBlanks()
        guard position == bytes.count else { throw failure("expected the end") }
        return out
    }

    private mutating func value() throws(SQLError) -> String {
        if byte == UInt8(ascii: "\"") { return try string() }
        let start = position
        while position < bytes.count {
            let isPart =
                bytes[position] > 0x20 && ![0x2C, 0x7D, 0x5B, 0x7B, 0x5D, 0x22].contains(bytes[position])
            if !isPart { break }
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard
            text == "true" || text == "false"
                || (Double(text) != nil && text.first != "n" && text.first != "i")
        else {
            throw failure("expected a string, a number, true or false")
        }
        return text
    }

    private mutating func string() throws(SQLError) -> String {
        try expect(UInt8(ascii: "\""))
        var out: [UInt8] = []
        while true {
            guard position < bytes.count, bytes[position] >= 0x20 else {
                throw failure("the string does not end")
            }
            let next = bytes[position]
            position += 1
            if next == UInt8(ascii: "\"") { return String(decoding: out, as: UTF8.self) }
            if next == UInt8(ascii: "\\") { try escape(&out) } else { out.append(next) }
        }
    }

    private mutating func escape(_ out: inout [UInt8]) throws(SQLError) {
        let letter = byte
        position += 1
        switch letter {
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(letter)
        case UInt8(ascii: "u"):
            var unit = try hexUnit()
            if (0xD800...0xDBFF).contains(unit), byte == UInt8(ascii: "\\"), position + 1 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try hexUnit()
                guard (0xDC00...0xDFFF).contains(low) else { throw failure("half of a surrogate pair") }
                unit = 0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw failure("half of a surrogate pair") }
            out += Array(String(scalar).utf8)
        default: throw failure("unknown escape")
        }
    }

    private mutating func hexUnit() throws(SQLError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw failure("the string does not end") }
        let digits = String(decoding: bytes[position..<(position + 4)], as: UTF8.self)
        guard digits.utf8.count == 4, !digits.hasPrefix("+"), let unit = UInt32(digits, radix: 16) else {
            throw failure("expected four digits")
        }
        position += 4
        return unit
    }
}
