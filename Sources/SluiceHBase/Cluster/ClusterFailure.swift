import SluiceBase
import SluiceHBaseClient
import SluiceTableStore

/// The client's errors in words that name the thing and what to do.
enum ClusterFailure {
    /// - Parameter row: the stored key of the row that could not be written, where there is one.
    static func error(
        _ error: HBaseError, table: String, cluster: ClusterOptions, row: [UInt8]? = nil
    ) -> SQLError {
        let place = cluster.description
        switch error.kind {
        case .tableNotFound:
            return SQLError(
                .connectorIO, "the HBase table \"\(table)\" does not exist in the cluster at \(place)",
                hint: "create it: sluice hbase create \(table) FAMILY …")
        case .tableNotEnabled:
            return SQLError(
                .connectorIO, "the HBase table \"\(table)\" is disabled",
                hint: "enable it: sluice hbase enable \(table)")
        case .noSuchColumnFamily:
            return SQLError(
                .connectorIO, "the HBase table \"\(table)\" has no column family \"\(family(error))\"",
                hint: "sluice hbase describe \(table) lists its families")
        case .namespaceNotFound:
            return SQLError(.connectorIO, "the namespace of the HBase table \"\(table)\" does not exist")
        case .accessDenied:
            return SQLError(
                .connectorIO,
                "the cluster refuses user \"\(cluster.loginName)\" access to \"\(table)\": \(error.message)",
                hint: "in HBase's shell, as an administrator: "
                    + "grant '\(cluster.shortName)', '\(right(error))', '\(table)'")
        case .authentication:
            return SQLError(
                .connectorIO, "the login to the HBase cluster at \(place) failed: \(error.message)",
                hint: error.hint ?? loginHint(cluster))
        case .tls:
            return SQLError(
                .connectorIO, "the HBase cluster at \(place) cannot be reached: \(error.message)",
                hint: error.hint
                    ?? "check hbase.rpc.tls.truststore and hbase.rpc.tls.keystore: .location and .password")
        case .network:
            return SQLError(
                .connectorIO, "the HBase cluster at \(place) cannot be reached: \(error.message)",
                hint: error.hint ?? "sluice doctor tells which step fails")
        case .timedOut:
            return SQLError(
                .connectorIO, "the HBase cluster at \(place) did not answer in time: \(error.message)",
                hint: error.hint ?? "sluice doctor tells which step fails")
        default:
            return SQLError(
                .connectorIO, "HBase table \"\(table)\": \(error.description)",
                hint: row.map { "its row key is \"\(HBaseBytes.printable($0.prefix(80)))\"" } ?? error.hint)
        }
    }

    /// The letter of the right that the server says is missing; without one, what a job needs that reads and writes.
    private static func right(_ error: HBaseError) -> String {
        let rights = [("READ", "R"), ("WRITE", "W"), ("EXEC", "X"), ("CREATE", "C"), ("ADMIN", "A")]
        return rights.first { error.message.contains("action=" + $0.0) }?.1 ?? "RW"
    }

    /// The server's text goes on with the whole table's description.
    private static func family(_ error: HBaseError) -> String {
        let words = error.message.split(separator: " ").map(String.init)
        guard let at = words.firstIndex(of: "family"), at + 1 < words.count else { return error.message }
        return words[at + 1]
    }

    private static func loginHint(_ cluster: ClusterOptions) -> String {
        guard let kerberos = cluster.kerberos else {
            return "if the cluster wants Kerberos: 'properties.hbase.security.authentication' = 'kerberos'"
        }
        if let keytab = kerberos.keytab {
            return "does \"\(keytab)\" hold a key of \(kerberos.principal ?? "")?"
        }
        return "is there a ticket? klist shows it, kinit gets one"
    }

    static func networkHint(_ cluster: ClusterOptions) -> String {
        if case .servers = cluster.registry {
            return "is an HBase server running there, and is the port one of its RPC ports (16000, 16020)?"
        }
        return "servers are named by ZooKeeper: their host names and ports must be reachable from here"
    }

    /// What may work when it is tried again has a retry; what is wrong for good has none.
    static func jobError(
        _ error: HBaseError, table: String, cluster: ClusterOptions, row: [UInt8]? = nil
    ) -> JobError {
        let retry: JobError.Retry
        switch error.kind {
        case .network, .timedOut, .busy, .notServing, .serverNotRunning, .masterNotRunning, .scannerGone:
            retry = .backoff
        default: retry = .never
        }
        return JobError(
            self.error(error, table: table, cluster: cluster, row: row), domain: .external, retry: retry)
    }
}
