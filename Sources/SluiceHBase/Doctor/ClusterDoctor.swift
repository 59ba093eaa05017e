import SluiceBase
import SluiceHBaseClient
import SluiceNet

/// One thing that the doctor looked at.
public struct DoctorFinding: Sendable, Hashable {
    /// `ZooKeeper`, `TLS`, `login`, `HBase`, `table`, `families`, `permission`, `clock`.
    public var step: String
    public var isOK: Bool
    /// A lower-case sentence.
    public var text: String
    public var hint: String?

    static func good(_ step: String, _ text: String) -> DoctorFinding {
        DoctorFinding(step: step, isOK: true, text: text, hint: nil)
    }

    static func bad(_ step: String, _ text: String, _ hint: String? = nil) -> DoctorFinding {
        DoctorFinding(step: step, isOK: false, text: text, hint: hint)
    }
}

/// Looks for what is wrong between here and a table, step by step; each takes 2 s at most, and the first that fails
/// is the last (H23).
struct ClusterDoctor {
    static let stepMillis: Int64 = 1900

    let cluster: ClusterOptions
    let pool: ClusterPool
    let table: HBaseTable
    /// The families that the table's declaration needs.
    let families: [String]
    let nowMillis: Int64

    /// True: everything was well so far.
    func examine(_ tell: (DoctorFinding) -> Void) -> Bool {
        for finding in Self.reach(cluster) {
            tell(finding)
            if !finding.isOK { return false }
        }
        var hasty = cluster
        hasty.operationTimeoutMillis = Int(Self.stepMillis)
        hasty.rpcTimeoutMillis = Int(Self.stepMillis)
        hasty.maxRetries = min(hasty.maxRetries, 3)
        do throws(SQLError) {
            let lease = try pool.lease(hasty)
            for step in [login, inspectFamilies, readRow, compareClocks] {
                for finding in step(lease.client) {
                    tell(finding)
                    if !finding.isOK { return false }
                }
            }
            return true
        } catch {
            tell(.bad("HBase", error.message, error.hint))
            return false
        }
    }

    // MARK: The cluster

    private func login(_ client: HBaseClient) -> [DoctorFinding] {
        let answer = Promise<Result<[RegionLocation], HBaseError>>()
        client.regions(of: table) { answer.give($0) }
        switch answer.wait(milliseconds: Self.stepMillis + 100) {
        case .success(let regions)?:
            // A disabled table has no regions to show.
            if regions.isEmpty, let error = ask(client, ReadSpec(existenceOnly: true)) { return judge(error) }
            let count = regions.count == 1 ? "1 region" : "\(regions.count) regions"
            return [
                .good("HBase", "HBase at \(cluster.description) answers"),
                .good("table", "table \"\(table)\" has \(count)"),
            ]
        case .failure(let error)?: return judge(error)
        case nil:
            return [.bad("HBase", "HBase at \(cluster.description) does not say where \"\(table)\" lies")]
        }
    }

    private func judge(_ error: HBaseError) -> [DoctorFinding] {
        let failure = ClusterFailure.error(error, table: table.description, cluster: cluster)
        let reached = DoctorFinding.good("HBase", "HBase at \(cluster.description) answers")
        switch error.kind {
        case .tableNotFound, .tableNotEnabled, .namespaceNotFound:
            return [reached, .bad("table", failure.message, failure.hint)]
        case .noSuchColumnFamily: return [.bad("families", failure.message, failure.hint)]
        case .accessDenied: return [.bad("permission", failure.message, failure.hint)]
        case .authentication: return [.bad("login", failure.message, failure.hint)]
        case .tls: return [.bad("TLS", failure.message, failure.hint)]
        default:
            return [.bad("HBase", failure.message, error.hint ?? ClusterFailure.networkHint(cluster))]
        }
    }

    private func inspectFamilies(_ client: HBaseClient) -> [DoctorFinding] {
        guard !families.isEmpty else { return [] }
        let columns = families.map { ReadSpec.Column(family: Array($0.utf8)) }
        if let error = ask(client, ReadSpec(columns: columns, existenceOnly: true)) { return judge(error) }
        return [.good("families", "the families are there: \(families.joined(separator: ", "))")]
    }

    private func readRow(_ client: HBaseClient) -> [DoctorFinding] {
        if let error = ask(client, ReadSpec(existenceOnly: true)) { return judge(error) }
        return [.good("permission", "user \"\(cluster.loginName)\" may read")]
    }

    /// Servers tell the master their time every few seconds. A put of a clock that runs behind is hidden by cells
    /// that are newer by another clock.
    private func compareClocks(_ client: HBaseClient) -> [DoctorFinding] {
        let answer = Promise<Result<HBaseReply, HBaseError>>()
        let call = HBaseCall(service: .master, method: "GetClusterStatus", target: .master) { _ in [] }
        client.call(call) { answer.give($0) }
        guard case .success(let reply)? = answer.wait(milliseconds: Self.stepMillis) else { return [] }
        return [Self.judge(ServerLoads(reply).reportTimes, nowMillis: nowMillis)].compactMap { $0 }
    }

    static let largestSkew: Int64 = 30_000

    /// Nil: no server told its time.
    static func judge(_ times: [String: Int64], nowMillis: Int64) -> DoctorFinding? {
        for (server, time) in times.sorted(by: { $0.key < $1.key }) {
            let skew = time &- nowMillis
            guard skew.magnitude > UInt64(largestSkew) else { continue }
            let side = skew > 0 ? "ahead of" : "behind"
            return .bad(
                "clock", "the clock of \(server) is \(skew.magnitude / 1000) s \(side) the one here",
                "timestamps decide which version of a cell wins: synchronize the clocks")
        }
        return times.isEmpty ? nil : .good("clock", "the servers' clocks agree with the one here")
    }

    private func ask(_ client: HBaseClient, _ read: ReadSpec) -> HBaseError? {
        let answer = Promise<RowResults>()
        let batch = GetBatch(table: table, keys: RowKeys([[0]]), read: read)
        client.get(batch, timeoutNanos: Self.stepMillis * 1_000_000) { answer.give($0) }
        guard let results = answer.wait(milliseconds: Self.stepMillis + 100) else {
            return HBaseError(.timedOut, "a look-up was not answered")
        }
        return results.firstError
    }
}

extension DoctorFinding {
    /// As one JSON object.
    public var json: String {
        var line = JSONLine()
        line.add("step", step)
        line.addRaw("ok", isOK ? "true" : "false")
        line.add("text", text)
        if let hint { line.add("help", hint) }
        return line.text
    }
}
