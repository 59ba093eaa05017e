import SluiceBase
import SluiceHBaseClient
import SluiceNet

/// One thing that the doctor looked at.
public struct DoctorFinding: Sendable, Hashable {
    /// `ZooKeeper`, `HBase`, `table`, `families`, `permission`, `clock`.
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

    // MARK: The way to the cluster

    /// Asks the quorum; the servers of an RPC registry are seen by the next step.
    static func reach(_ cluster: ClusterOptions) -> [DoctorFinding] {
        guard case .zooKeeper(let quorum, let parent) = cluster.registry else { return [] }
        let found = ZooKeeperProbe.ask(quorum, parent: parent, limitMillis: stepMillis)
        return [judge(Array(zip(quorum, found)), parent)]
    }

    /// One server that knows the node is enough; else the most telling of the failures.
    static func judge(_ found: [(Endpoint, ZooKeeperFinding)], _ parent: String) -> DoctorFinding {
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
        case .unreachable(let error) where error.kind == .nameNotFound:
            return .bad("ZooKeeper", "the host \"\(endpoint.host)\" of 'zookeeper.quorum' is not known")
        case .unreachable(let error) where error.kind == .refused:
            return .bad(
                "ZooKeeper", "nothing listens at \(endpoint), given by 'zookeeper.quorum'",
                "is the port right? ZooKeeper's usual one is 2181")
        case .unreachable(let error):
            return .bad("ZooKeeper", "\(endpoint) of 'zookeeper.quorum' cannot be reached: \(error.message)")
        case .noZooKeeper:
            return .bad(
                "ZooKeeper", "\(endpoint) answers, but not as ZooKeeper does",
                "is the port one of HBase's own servers? use 'hbase.bootstrap.servers' for those")
        case .refused(let code):
            return .bad(
                "ZooKeeper", "ZooKeeper at \(endpoint) does not let \"\(parent)\" be read (error \(code))")
        case .silent, .node, .noNode:
            return .bad("ZooKeeper", "ZooKeeper at \(endpoint) accepts connections and does not answer")
        }
    }

    // MARK: The cluster

    private func login(_ client: HBaseClient) -> [DoctorFinding] {
        let answer = Promise<Result<[RegionLocation], HBaseError>>()
        client.regions(of: table) { answer.give($0) }
        switch answer.wait(milliseconds: Self.stepMillis + 100) {
        case .success(let regions)?:
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
        case .authentication:
            return [.bad("login", failure.message, ClusterFailure.loginHint(error, cluster))]
        default: return [.bad("HBase", failure.message, ClusterFailure.networkHint(error, cluster))]
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
        let user = cluster.kerberos?.principal ?? cluster.user
        return [.good("permission", "user \"\(user)\" may read")]
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
