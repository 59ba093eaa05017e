public import SluiceBase
public import SluiceColumns

/// Makes the stores of a job's operators; chosen by the job's environment.
public protocol StateBackend: Sendable {
    func open(_ owner: StateOwner) throws(JobError) -> any StateStore
}

/// The states of one instance of an operator. Used by one thread at a time, like its operator.
///
/// A state is a working set in memory, in final classes that operators use row by row, and a protocol around it that
/// is called once a batch: before it the store brings what the batch's keys have into the working set, after it the
/// store takes what was changed. In memory the working set is all there is and both do nothing.
///
/// ```text
///   batch --> locate / load --> rows work on GroupTable, OrderedEntries, StoredRows --> endBatch
/// ```
public protocol StateStore: AnyObject {
    /// Groups of keys in namespaces: aggregates, windows, sessions, partitions.
    func openGroups(_ id: StateID, keys: [DataType]) throws(JobError) -> any GroupState
    /// Ordered entries under the groups of another state: ranks, multisets.
    func openKeyed(_ id: StateID) throws(JobError) -> any KeyedState
    /// Rows under the groups of another state, in order of arrival: the sides of joins.
    func openRows(_ id: StateID, _ schema: Schema) throws(JobError) -> any RowState
    /// Bytes in memory of all open states.
    var byteCount: Int { get }
    func close()
}
