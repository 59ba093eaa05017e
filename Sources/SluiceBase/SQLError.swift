/// Everything that a user can cause, with its place and what to do next.
///
/// `message` is one sentence: lower case, no full stop, names in double quotes.
public struct SQLError: Error, Sendable, Equatable {
    public var code: ErrorCode
    public var message: String
    /// Byte range in the statement; nil where no text is at fault.
    public var span: SourceSpan?
    /// Short text to the right of the caret, such as `did you mean "amount"?`.
    public var label: String?
    public var notes: [Note]
    /// What to do next; written after `help:`.
    public var hint: String?

    /// A second place, or a line of context without a place (written after `=`).
    public struct Note: Sendable, Equatable {
        public var message: String
        public var span: SourceSpan?

        public init(_ message: String, span: SourceSpan? = nil) {
            self.message = message
            self.span = span
        }
    }

    public init(
        _ code: ErrorCode, _ message: String, span: SourceSpan? = nil, label: String? = nil,
        notes: [Note] = [], hint: String? = nil
    ) {
        self.code = code
        self.message = message
        self.span = span
        self.label = label
        self.notes = notes
        self.hint = hint
    }

    /// The same error with a place, unless it already has one.
    public func at(_ place: SourceSpan?) -> SQLError {
        guard span == nil else { return self }
        var copy = self
        copy.span = place
        return copy
    }
}
