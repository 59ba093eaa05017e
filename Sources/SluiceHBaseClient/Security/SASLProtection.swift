/// What happens to the bytes after the authentication; HBase's option `hbase.rpc.protection`.
/// Source: RFC 4752, section 3.1.
public enum SASLProtection: UInt8, Sendable, Hashable, CaseIterable {
    /// Nothing more (`auth`).
    case authentication = 1
    /// Messages are signed (`auth-int`).
    case integrity = 2
    /// Messages are encrypted (`auth-conf`).
    case privacy = 4

    /// HBase's word.
    public var name: String {
        switch self {
        case .authentication: return "authentication"
        case .integrity: return "integrity"
        case .privacy: return "privacy"
        }
    }

    /// nil for a word that HBase does not have.
    public init?(name: some StringProtocol) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Those of a bit mask of layers, in words.
    static func names(_ layers: UInt8) -> String {
        let names: [String] = allCases.filter { layers & $0.rawValue != 0 }.map(\.name)
        return names.isEmpty ? "nothing" : names.joined(separator: ", ")
    }
}
