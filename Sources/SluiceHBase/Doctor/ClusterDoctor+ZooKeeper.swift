import SluiceHBaseClient
import SluiceNet

/// The way to the cluster by ZooKeeper.
extension ClusterDoctor {
    /// Asks the quorum; the servers of an RPC registry are seen by the next step.
    static func reach(_ cluster: ClusterOptions) -> [DoctorFinding] {
        guard case .zooKeeper(let quorum, let parent) = cluster.registry else { return [] }
        let found = ZooKeeperProbe.ask(
            quorum, parent: parent, tls: cluster.zooKeeperTLS, limitMillis: stepMillis)
        return [judge(Array(zip(quorum, found)), parent, cluster)]
    }

    /// One server that knows the node is enough; else the most telling of the failures.
    static func judge(
        _ found: [(Endpoint, ZooKeeperFinding)], _ parent: String, _ cluster: ClusterOptions? = nil
    ) -> DoctorFinding {
        let servers = found.map(\.0.description).joined(separator: ", ")
        for (_, finding) in found {
            guard case .node(let children) = finding else { continue }
            if children.contains("meta-region-server") || children.contains("master") {
                return .good("ZooKeeper", "ZooKeeper at \(servers) knows HBase below \"\(parent)\"")
            }
            return .bad(
                "ZooKeeper", "no HBase has registered below \"\(parent)\" in ZooKeeper at \(servers)",
                "is HBase running? its master and the place of hbase:meta are missing")
        }
        for (endpoint, finding) in found {
            guard case .noNode(let root) = finding else { continue }
            let others = root.filter { $0 != "zookeeper" }.map { "/" + $0 }.joined(separator: ", ")
            return .bad(
                "ZooKeeper", "ZooKeeper at \(endpoint) has no node \"\(parent)\"",
                "'zookeeper.znode.parent' is wrong" + (others.isEmpty ? "" : "; nodes there: \(others)"))
        }
        let (endpoint, finding) = found.first ?? (Endpoint(host: "", port: 0), .silent)
        switch finding {
        case .unreachable(let error): return unreachable(endpoint, error)
        case .noZooKeeper:
            let other =
                cluster?.zooKeeperTLS == nil ? "; does ZooKeeper want TLS? set zookeeper.client.secure" : ""
            return .bad(
                "ZooKeeper", "\(endpoint) answers, but not as ZooKeeper does",
                "is the port one of HBase's own servers? use 'hbase.bootstrap.servers' for those" + other)
        case .refused(ZooKeeperSession.loginRequired):
            guard cluster?.zooKeeperPrincipal == nil else {
                return .good("ZooKeeper", "ZooKeeper at \(endpoint) wants a login")
            }
            return .bad(
                "ZooKeeper", "ZooKeeper at \(endpoint) answers nobody without a login",
                "'properties.zookeeper.sasl.client' = 'true' logs in with Kerberos")
        case .refused(let code):
            return .bad(
                "ZooKeeper", "ZooKeeper at \(endpoint) does not let \"\(parent)\" be read (error \(code))")
        case .silent, .node, .noNode:
            return .bad("ZooKeeper", "ZooKeeper at \(endpoint) accepts connections and does not answer")
        }
    }

    private static func unreachable(_ endpoint: Endpoint, _ error: NetworkError) -> DoctorFinding {
        switch error.kind {
        case .nameNotFound:
            return .bad("ZooKeeper", "the host \"\(endpoint.host)\" of 'zookeeper.quorum' is not known")
        case .refused:
            return .bad(
                "ZooKeeper", "nothing listens at \(endpoint), given by 'zookeeper.quorum'",
                "is the port right? ZooKeeper's usual one is 2181")
        case .untrusted, .tls, .reset:
            // A ZooKeeper without TLS ends the connection at the first message.
            let problem = error.tls ?? (error.kind == .reset ? .plainText : nil)
            let hint =
                problem == .plainText
                ? "is it ZooKeeper's port for TLS (secureClientPort)? zookeeper.client.secure turns TLS on"
                : problem?.hint(stores: "zookeeper.ssl.trustStore", "zookeeper.ssl.keyStore")
            return .bad("ZooKeeper", error.message, hint)
        default:
            return .bad("ZooKeeper", "\(endpoint) of 'zookeeper.quorum' cannot be reached: \(error.message)")
        }
    }
}
