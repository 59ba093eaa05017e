public import SluiceNet

/// Which principal a server is expected to have.
public enum ServerPrincipal: Sendable, Hashable {
    /// The server says it (from HBase 2.6 on, by the preamble `Securi`). Kerberos then proves that the server
    /// has that name, not that the name is the right one: in an open network name the principal, or use TLS.
    case asked
    /// HBase's option `hbase.regionserver.kerberos.principal`; `_HOST` stands for the server's host name.
    case named(String)

    /// The principal for a server; nil when it is to be asked.
    public func name(for server: Endpoint) -> String? {
        guard case .named(let pattern) = self else { return nil }
        return Self.replaceHost(pattern, server.host)
    }

    /// What a server's own principal says about those of others: the host in it stands for itself.
    static func pattern(_ principal: String, of server: Endpoint) -> ServerPrincipal {
        guard let slash = principal.firstIndex(of: "/") else { return .named(principal) }
        let rest: Substring = principal[principal.index(after: slash)...]
        let host: Substring = rest[..<(rest.firstIndex(of: "@") ?? rest.endIndex)]
        guard host.lowercased() == server.host.lowercased() else { return .named(principal) }
        return .named(principal[...slash] + "_HOST" + rest.dropFirst(host.count))
    }

    /// Only a whole component is a placeholder, as in Hadoop: `hbase/_HOST@REALM`.
    static func replaceHost(_ pattern: String, _ host: String) -> String {
        guard let slash = pattern.firstIndex(of: "/") else { return pattern }
        let rest: Substring = pattern[pattern.index(after: slash)...]
        let realm: Substring = rest[(rest.firstIndex(of: "@") ?? rest.endIndex)...]
        guard rest.dropLast(realm.count) == "_HOST" else { return pattern }
        return pattern[...slash] + host.lowercased() + realm
    }
}
