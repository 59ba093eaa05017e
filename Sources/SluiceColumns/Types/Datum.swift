/// One value apart from its column: literals, constants, rendering and rare paths. Never one per row in a hot loop.
public indirect enum Datum: Hashable, Sendable {
    case null
    case bool(Bool)
    case int32(Int32)
    case int64(Int64)
    case float32(Float)
    case float64(Double)
    case int128(Int128)
    case bytes([UInt8])
    case list([Datum])
    case map([MapEntry])
    case row([Datum])

    public struct MapEntry: Hashable, Sendable {
        public var key: Datum
        public var value: Datum
        public init(_ key: Datum, _ value: Datum) {
            self.key = key
            self.value = value
        }
    }

    public static func string(_ text: String) -> Datum { .bytes(Array(text.utf8)) }

    public var isNull: Bool { self == .null }

    /// The value of any integer-like physical type.
    public var asInt64: Int64? {
        switch self {
        case .int32(let value): return Int64(value)
        case .int64(let value): return value
        case .int128(let value): return Int64(exactly: value)
        default: return nil
        }
    }

    /// The value of any integer-like physical type, widened.
    public var asInt128: Int128? {
        switch self {
        case .int32(let value): return Int128(value)
        case .int64(let value): return Int128(value)
        case .int128(let value): return value
        default: return nil
        }
    }

    public var asString: String? {
        if case .bytes(let bytes) = self { return String(decoding: bytes, as: UTF8.self) }
        return nil
    }
}
