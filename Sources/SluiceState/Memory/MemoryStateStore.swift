public import SluiceBase
public import SluiceColumns

/// Keeps the states of a job in memory only.
public struct MemoryStateBackend: StateBackend {
    public init() {}

    public func open(_ owner: StateOwner) throws(JobError) -> any StateStore { MemoryStateStore() }
}

/// States whose working sets are all there is.
public final class MemoryStateStore: StateStore {
    private var states: [StateID: any MemoryState] = [:]

    public init() {}

    public func openGroups(_ id: StateID, keys: [DataType]) throws(JobError) -> any GroupState {
        let state = MemoryGroups(keys)
        try add(state, id)
        return state
    }

    public func openKeyed(_ id: StateID) throws(JobError) -> any KeyedState {
        let state = MemoryKeyed()
        try add(state, id)
        return state
    }

    public func openRows(_ id: StateID, _ schema: Schema) throws(JobError) -> any RowState {
        let state = MemoryRows(schema)
        try add(state, id)
        return state
    }

    private func add(_ state: any MemoryState, _ id: StateID) throws(JobError) {
        guard states.updateValue(state, forKey: id) == nil else {
            throw JobError(
                SQLError(.internalError, "the state \"\(id.name)\" of node \(id.node) is opened twice"),
                domain: .internal)
        }
    }

    public var byteCount: Int { states.values.reduce(0) { $0 + $1.byteCount } }
    public func close() {
        for state in states.values { state.close() }
        states.removeAll()
    }
}

protocol MemoryState: AnyObject {
    var byteCount: Int { get }
    /// Lets go of what belongs to the operator.
    func close()
}

extension MemoryState {
    func close() {}
}

final class MemoryKeyed: KeyedState, MemoryState {
    let entries = OrderedEntries()

    var byteCount: Int { entries.byteCount }
    func load(_ groups: UnsafeBufferPointer<UInt32>) throws(JobError) {}
    func endBatch(_ dirty: UnsafeBufferPointer<UInt32>) throws(JobError) {}
}

final class MemoryRows: RowState, MemoryState {
    let rows: StoredRows

    init(_ schema: Schema) { rows = StoredRows(schema) }

    var byteCount: Int { rows.byteCount }
    func load(_ groups: UnsafeBufferPointer<UInt32>) throws(JobError) {}
    func endBatch(_ dirty: UnsafeBufferPointer<UInt32>) throws(JobError) {}
}
