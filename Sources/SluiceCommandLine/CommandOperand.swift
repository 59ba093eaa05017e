/// A positional argument of a command.
public struct CommandOperand: Sendable {
    /// As help writes it, such as `JOB.sql`.
    public var name: String
    public var summary: String
    public var kind: ValueKind
    public var count: Count

    public enum Count: Sendable { case one, optional, any, oneOrMore }

    public init(_ name: String, _ summary: String, kind: ValueKind = .text, count: Count = .one) {
        self.name = name
        self.summary = summary
        self.kind = kind
        self.count = count
    }

    var synopsis: String {
        switch count {
        case .one: return name
        case .optional: return "[\(name)]"
        case .any: return "[\(name)…]"
        case .oneOrMore: return "\(name)…"
        }
    }

    var isRequired: Bool { count == .one || count == .oneOrMore }
    var isRepeated: Bool { count == .any || count == .oneOrMore }
}
