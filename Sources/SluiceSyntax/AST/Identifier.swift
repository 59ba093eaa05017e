public import SluiceBase

/// One name as written, without its backticks. Identifiers are case-sensitive.
public struct Identifier: Sendable, Equatable {
    public var name: String
    /// Whether the name stood in backticks; such a name is never a keyword.
    @NotCompared public var isQuoted: Bool
    @NotCompared public var span: SourceSpan

    public init(_ name: String, isQuoted: Bool = false, span: SourceSpan = SourceSpan(0, 0)) {
        self.name = name
        self.isQuoted = isQuoted
        self.span = span
    }
}

/// A name of up to three parts: `table`, `database.table`, `catalog.database.table`.
public struct ObjectName: Sendable, Equatable, CustomStringConvertible {
    public var parts: [Identifier]
    @NotCompared public var span: SourceSpan

    public init(_ parts: [Identifier], span: SourceSpan) {
        self.parts = parts
        self.span = span
    }

    /// A name made by a program, without a place.
    public init(_ names: String...) {
        parts = names.map { Identifier($0) }
        span = SourceSpan(0, 0)
    }

    /// The parts as plain text.
    public var names: [String] { parts.map(\.name) }

    /// The last part, which names the object itself; empty only for a name without parts.
    public var last: String { parts.last?.name ?? "" }

    /// The parts joined by points, for messages.
    public var description: String { names.joined(separator: ".") }
}
