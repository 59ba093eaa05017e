/// A half-open range of UTF-8 byte offsets in the text of a statement or script.
public struct SourceSpan: Sendable, Hashable, Codable {
    public var lower: Int
    public var upper: Int

    @inlinable
    public init(_ lower: Int, _ upper: Int) {
        self.lower = lower
        self.upper = upper
    }

    /// The smallest span that covers both.
    public func union(_ other: SourceSpan) -> SourceSpan {
        SourceSpan(Swift.min(lower, other.lower), Swift.max(upper, other.upper))
    }

    /// The same place in a text that has `offset` more bytes in front of it.
    public func shifted(by offset: Int) -> SourceSpan { SourceSpan(lower + offset, upper + offset) }

    public var count: Int { upper - lower }
}
