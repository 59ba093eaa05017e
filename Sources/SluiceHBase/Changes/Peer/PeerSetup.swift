import SluiceBase
import SluiceConnect
import SluiceHBaseClient

/// The way to a peer that gets a table's edits: the families must be shipped at all, region servers must find this
/// process, the peer must be there. One step after the other, each when the cluster has answered the one before;
/// for any thread.
///
/// The peer is added disabled: its queue begins then, and nothing comes until `enable`.
final class PeerSetup: Sendable {
    enum Status: Sendable {
        case busy
        /// The queue has begun: what is written from now on will come.
        case ready
        case failed(JobError)
    }

    struct Plan: Sendable {
        var id: String
        var table: HBaseTable
        var families: [String]
        var config: ReplicationPeerConfig
        var setsScope: Bool
        /// It goes with the job.
        var isTemporary: Bool
    }

    private enum Step {
        case describing, registering, adding, ready, enabling, enabled
        case failed(JobError)
    }

    private struct State {
        var step = Step.describing
        var isRegistered = false
        /// Families are shipped as they should be.
        var isDescribed = false
        /// The cluster has the peer, and gives it what it has.
        var isAdded = false
        var isEnabled = false
        var notices: [String] = []
        /// Peers of killed jobs that are gone now.
        var removed: [String] = []
    }

    let plan: Plan
    private let table: ClusterTable
    private let admin: AdminClient
    private let leftovers: PeerLeftovers?
    private let state = Lock(State())
    private let changed: @Sendable () -> Void

    /// - Parameters:
    ///   - leftovers: peers that are to go on the way.
    ///   - changed: called after each step, on the client's thread.
    init(
        _ plan: Plan, _ table: ClusterTable, leftovers: PeerLeftovers? = nil, seed: UInt64,
        changed: @escaping @Sendable () -> Void
    ) {
        self.plan = plan
        self.leftovers = leftovers
        self.table = table
        self.changed = changed
        admin = table.client.admin(seed: seed)
    }

    var status: Status {
        state.withLock { state in
            switch state.step {
            case .describing, .registering, .adding: return .busy
            case .ready, .enabling, .enabled: return .ready
            case .failed(let error): return .failed(error)
            }
        }
    }

    var isEnabled: Bool { state.withLock { $0.isEnabled } }
    var isAdded: Bool { state.withLock { $0.isAdded } }

    /// As `isAdded`, or the master has been asked to.
    var mayBeAdded: Bool {
        state.withLock { state in
            if case .adding = state.step { return true }
            return state.isAdded
        }
    }

    func takeRemoved() -> [String] {
        state.withLock { state in
            defer { state.removed = [] }
            return state.removed
        }
    }

    func takeNotices() -> [String] {
        state.withLock { state in
            defer { state.notices = [] }
            return state.notices
        }
    }

    private func go(_ step: Step, _ change: (inout State) -> Void = { _ in }) {
        state.withLock { state in
            if case .failed = state.step { return }
            state.step = step
            change(&state)
        }
        changed()
    }

    private func fail(_ error: HBaseError) { go(.failed(table.failure(error))) }

    private func fail(_ text: String, hint: String) {
        go(.failed(JobError(SQLError(.connectorIO, text, hint: hint), domain: .external)))
    }

    // MARK: Families

    func start() {
        admin.describe(plan.table) { [self] result in
            switch result {
            case .failure(let error): fail(error)
            case .success(let schema): described(schema)
            }
        }
    }

    private func described(_ schema: TableSchema) {
        var unscoped: [[UInt8]] = []
        for name in plan.families {
            guard let family = schema.families.first(where: { $0.name == Array(name.utf8) }) else {
                let known = schema.families.map { "\"\(String(decoding: $0.name, as: UTF8.self))\"" }
                return fail(
                    "the HBase table \"\(plan.table)\" has no column family \"\(name)\"",
                    hint: "its families are \(known.joined(separator: ", "))")
            }
            if (family["REPLICATION_SCOPE"] ?? "0") == "0" { unscoped.append(family.name) }
        }
        if schema["DURABILITY"]?.uppercased() == "SKIP_WAL" {
            let text =
                "the HBase table \"\(plan.table)\" has DURABILITY SKIP_WAL: what is written past the log is not "
                + "among its changes"
            state.withLock { $0.notices.append(text) }
        }
        if unscoped.isEmpty { return scoped() }
        guard plan.setsScope else {
            let names = unscoped.map { "\"\(String(decoding: $0, as: UTF8.self))\"" }.joined(separator: ", ")
            return fail(
                "the cluster does not ship edits of the families \(names) of \"\(plan.table)\": their "
                    + "REPLICATION_SCOPE is 0",
                hint:
                    "'peer.set-replication-scope' = 'true' sets it, or HBase's shell: alter '\(plan.table)', "
                    + "{NAME => '\(String(decoding: unscoped[0], as: UTF8.self))', REPLICATION_SCOPE => 1}")
        }
        admin.setReplicationScope(plan.table, families: unscoped, to: 1) { [self] result in
            switch result {
            case .failure(let error): fail(error)
            case .success: scoped()
            }
        }
    }

    private func scoped() {
        go(.registering) { $0.isDescribed = true }
        addWhenPossible()
    }

    // MARK: The peer

    /// Region servers can find this process from now on.
    func registered() {
        state.withLock { $0.isRegistered = true }
        addWhenPossible()
    }

    private func addWhenPossible() {
        let isNext = state.withLock { state -> Bool in
            guard case .registering = state.step, state.isRegistered, state.isDescribed else { return false }
            state.step = .adding
            return true
        }
        guard isNext else { return }
        admin.peers { [self] result in
            switch result {
            case .failure(let error): fail(error)
            case .success(let all):
                removeLeftovers(all)
                if let known = all.first(where: { $0.id == plan.id }) { check(known) } else { add() }
            }
        }
    }

    private func removeLeftovers(_ all: [ReplicationPeerDescription]) {
        guard let leftovers else { return }
        for id in leftovers.ids {
            guard all.contains(where: { $0.id == id }) else {
                leftovers.remove(id)
                continue
            }
            admin.removePeer(id) { [self] result in
                guard case .success = result else { return }
                leftovers.remove(id)
                let text = "the replication peer \"\(id)\" of a job that was killed has been removed"
                state.withLock { state in
                    state.notices.append(text)
                    state.removed.append(id)
                }
            }
        }
    }

    func close() { leftovers?.close() }

    private func add() {
        admin.addPeer(plan.id, plan.config, isEnabled: false) { [self] result in
            switch result {
            case .failure(let error): fail(error)
            case .success: go(.ready) { $0.isAdded = true }
            }
        }
    }

    /// A peer of this name is there: it must be ours.
    private func check(_ known: ReplicationPeerDescription) {
        guard known.config.clusterKey == plan.config.clusterKey else {
            return fail(
                "the cluster has a replication peer \"\(plan.id)\" already, which ships to "
                    + "\"\(known.config.clusterKey)\"", hint: "choose another 'peer-id'")
        }
        let shipped = known.config.tables.first { $0.table == plan.table }
        let families = plan.families.map { Array($0.utf8) }
        let isCovered =
            shipped.map { $0.families.isEmpty || families.allSatisfy($0.families.contains) }
            ?? known.config.shipsEverything
        guard isCovered else {
            return fail(
                "the replication peer \"\(plan.id)\" of the cluster does not ship the families "
                    + "\(plan.families.joined(separator: ", ")) of \"\(plan.table)\"",
                hint: "choose another 'peer-id', or remove that peer: sluice hbase peer-remove \(plan.id)")
        }
        // What comes late from a peer that is not serial would be taken for a repetition.
        guard known.config.isSerial || !plan.config.isSerial else {
            return fail(
                "the replication peer \"\(plan.id)\" of the cluster was added without 'peer.serial'",
                hint: "say 'peer.serial' = 'false', or remove that peer: sluice hbase peer-remove \(plan.id)")
        }
        go(.ready) { state in
            state.isAdded = true
            state.isEnabled = known.isEnabled
        }
    }

    /// Has the cluster ship. Once is enough.
    func enable() {
        let isNext = state.withLock { state -> Bool in
            guard case .ready = state.step else { return false }
            if state.isEnabled {
                state.step = .enabled
                return false
            }
            state.step = .enabling
            return true
        }
        guard isNext else { return }
        admin.enablePeer(plan.id) { [self] result in
            switch result {
            case .failure(let error): fail(error)
            case .success: go(.enabled) { $0.isEnabled = true }
            }
        }
    }

    /// Removes the peer of a job that ends, and waits for that. Nil: it is gone.
    func remove(waitMillis: Int64) -> HBaseError? {
        let answer = Promise<Result<Void, HBaseError>>()
        admin.removePeer(plan.id) { answer.give($0) }
        switch answer.wait(milliseconds: waitMillis) {
        case .success?: return nil
        case .failure(let error)?: return error
        case nil: return HBaseError(.timedOut, "the master did not answer in time")
        }
    }
}
