import SluiceBase
import SluiceHBaseClient

/// The client's errors in words that name the thing and what to do.
enum ClusterFailure {
    static func error(_ error: HBaseError, table: String, cluster: ClusterOptions) -> SQLError {
        let place = cluster.description
        switch error.kind {
        case .tableNotFound:
            return SQLError(
                .connectorIO, "the HBase table \"\(table)\" does not exist in the cluster at \(place)",
                hint: "create it: sluice hbase create \(table) FAMILY …")
        case .tableNotEnabled:
            return SQLError(
                .connectorIO, "the HBase table \"\(table)\" is disabled",
                hint: "enable it in HBase's shell: enable '\(table)'")
        case .noSuchColumnFamily:
            return SQLError(
                .connectorIO, "the HBase table \"\(table)\" lacks a column family: \(error.message)",
                hint: "sluice hbase describe \(table) lists its families")
        case .namespaceNotFound:
            return SQLError(.connectorIO, "the namespace of the HBase table \"\(table)\" does not exist")
        case .accessDenied:
            return SQLError(
                .connectorIO, "the cluster refuses user \"\(cluster.user)\" access to \"\(table)\": \(error.message)")
        case .authentication:
            return SQLError(
                .connectorIO, "the login to the HBase cluster at \(place) failed: \(error.message)")
        case .network:
            return SQLError(
                .connectorIO, "the HBase cluster at \(place) cannot be reached: \(error.message)",
                hint: "sluice doctor tells which step fails")
        case .timedOut:
            return SQLError(
                .connectorIO, "the HBase cluster at \(place) did not answer in time: \(error.message)",
                hint: "sluice doctor tells which step fails")
        default:
            return SQLError(.connectorIO, "HBase table \"\(table)\": \(error.description)")
        }
    }

    /// What may work when it is tried again has a retry; what is wrong for good has none.
    static func jobError(_ error: HBaseError, table: String, cluster: ClusterOptions) -> JobError {
        let retry: JobError.Retry
        switch error.kind {
        case .network, .timedOut, .busy, .notServing, .serverNotRunning, .masterNotRunning, .scannerGone:
            retry = .backoff
        default: retry = .never
        }
        return JobError(self.error(error, table: table, cluster: cluster), domain: .external, retry: retry)
    }
}
