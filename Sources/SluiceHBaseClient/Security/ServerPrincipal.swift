public import SluiceNet

/// Which principal a server is expected to have.
public enum ServerPrincipal: Sendable, Hashable {
    /// The server says it (from HBase 2.6 on, by the preamble `Securi`). Kerberos then proves that the server
    /// has that name, not that the name is the right one, so it must at least be a service on this host.
    case asked
    /// HBase's option `hbase.regionserver.kerberos.principal`; `_HOST` stands for the server's host name.
    case named(String)

    /// The principal for a server; nil when it is to be asked.
    public func name(for server: Endpoint) -> String? {
        guard case .named(let pattern) = self else { return nil }
        return Self.replaceHost(pattern, server.host)
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
