/// Bytes of a peer that are no message, cell or frame.
public enum WireError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A field, a cell or a frame ends after its container does.
    case truncated
    /// A varint of more than ten bytes.
    case varintTooLong
    /// Field number 0, or a wire type that does not exist or does not fit the field.
    case malformedField
    /// A required field is absent, written `Message.field`.
    case missingField(StaticName)
    /// Lengths inside a cell contradict each other.
    case malformedCell
    /// A message announces more cells than follow it.
    case cellsMissing
    /// A length beyond the limit, or negative.
    case frameLength(Int64)
    /// A text that is not UTF-8.
    case malformedText
    /// A compressed block is damaged or longer than a frame may be, or cannot be made.
    case badCompression

    public var description: String {
        switch self {
        case .truncated: return "a message ends too early"
        case .varintTooLong: return "a number has more than ten bytes"
        case .malformedField: return "a field has no valid number or type"
        case .missingField(let name): return "the required field \"\(name.text)\" is absent"
        case .malformedCell: return "the lengths inside a cell contradict each other"
        case .cellsMissing: return "fewer cells follow a message than it announces"
        case .frameLength(let length): return "a frame of \(length) bytes is not accepted"
        case .badCompression: return "a compressed block of cells cannot be read or made"
        case .malformedText: return "a text is not UTF-8"
        }
    }
}

/// The name of a field in an error; a constant, so that no error path allocates.
public struct StaticName: Sendable, Hashable {
    private let name: StaticString

    init(_ name: StaticString) { self.name = name }

    public var text: String { name.description }

    public static func == (left: StaticName, right: StaticName) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
