/// A command line after parsing: which command, with which values. Every value has passed its kind's check.
public struct ParsedCommand: Sendable {
    /// Which help was asked for.
    public enum Help: Sendable { case short, full }

    /// One use of an option; the value of a flag is empty.
    public struct Occurrence: Sendable {
        public var option: String
        public var value: String
    }

    /// Names below the program, without aliases: `["catalog", "ls"]`; empty for the program itself.
    public let path: [String]
    public let command: CommandSpec
    public let help: Help?
    /// In the order of the command line.
    public let occurrences: [Occurrence]
    public let operands: [String]
    let options: [CommandOption]

    public func flag(_ name: String) -> Bool { occurrences.contains { $0.option == name } }

    /// The last value given, else the default.
    public func value(_ name: String) -> String? {
        if let last = occurrences.last(where: { $0.option == name }) { return last.value }
        return options.first { $0.long == name }?.defaultValue
    }

    /// All values given, in order; the default where there are none.
    public func values(_ name: String) -> [String] {
        let given = occurrences.filter { $0.option == name }.map(\.value)
        if !given.isEmpty { return given }
        return value(name).map { [$0] } ?? []
    }

    public func integer(_ name: String) -> Int? { value(name).flatMap { Int($0) } }
    public func micros(_ name: String) -> Int64? { value(name).flatMap { DurationText.micros($0) } }
    public func bytes(_ name: String) -> Int64? { value(name).flatMap { SizeText.bytes($0) } }

    /// The values of a `key=value` option, in order.
    public func pairs(_ name: String) -> [(key: String, value: String)] {
        values(name).compactMap { text in
            guard let sign = text.firstIndex(of: "=") else { return nil }
            return (String(text[..<sign]), String(text[text.index(after: sign)...]))
        }
    }

    /// The operand at the place of that name; of a repeated one the first.
    public func operand(_ name: String) -> String? {
        guard let index = command.operands.firstIndex(where: { $0.name == name }), index < operands.count
        else { return nil }
        return operands[index]
    }
}
