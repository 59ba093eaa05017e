/// An option that a connector or format knows. Unknown keys are errors with a suggestion.
public struct OptionSpec: Sendable {
    public enum Kind: Sendable {
        case string, integer, boolean, duration, memory
        case choice([String])
    }

    /// A key that ends in `.*` stands for every key with that prefix.
    public var key: String
    public var kind: Kind
    public var isRequired: Bool
    public var defaultText: String?
    /// One line.
    public var summary: String
    /// Never shown.
    public var isSecret: Bool

    public init(
        _ key: String, _ kind: Kind, required: Bool = false, default defaultText: String? = nil,
        secret: Bool = false, _ summary: String
    ) {
        self.key = key
        self.kind = kind
        self.isRequired = required
        self.defaultText = defaultText
        self.isSecret = secret
        self.summary = summary
    }

    public func matches(_ key: String) -> Bool {
        if self.key.hasSuffix(".*") { return key.hasPrefix(self.key.dropLast(1)) }
        return self.key == key
    }
}
