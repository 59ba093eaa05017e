public import SluiceBase

/// Entries in the order of their keys under group numbers of a `GroupState`. Keys compare by `memcmp`.
///
/// `entries` is the working set: complete for the groups that the batch at hand was loaded for.
public protocol KeyedState: AnyObject {
    var entries: OrderedEntries { get }
    /// The batch will touch these groups.
    func load(_ groups: UnsafeBufferPointer<UInt32>) throws(JobError)
    /// The batch changed these groups.
    func endBatch(_ dirty: UnsafeBufferPointer<UInt32>) throws(JobError)
}

/// Rows under group numbers of a `GroupState`, in order of arrival.
///
/// `rows` is the working set: complete for the groups that the batch at hand was loaded for.
public protocol RowState: AnyObject {
    var rows: StoredRows { get }
    /// The batch will touch these groups.
    func load(_ groups: UnsafeBufferPointer<UInt32>) throws(JobError)
    /// The batch changed these groups.
    func endBatch(_ dirty: UnsafeBufferPointer<UInt32>) throws(JobError)
}
