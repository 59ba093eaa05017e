public import SluiceBase
public import SluiceColumns

/// Keys and what belongs to them, by namespace. Called once a batch, never per row.
///
/// `locate` gives the keys of a batch dense numbers; what belongs to a group lies in columns by that number, which the
/// owner attaches to a namespace. A namespace (a window) goes as a whole.
public protocol GroupState: AnyObject {
    var keyTypes: [DataType] { get }
    /// Bytes of keys and columns in all open namespaces.
    var byteCount: Int { get }

    /// Makes a namespace; `columns` hold what belongs to its groups, by group number.
    func open(_ namespace: StateNamespace, columns: [any StateColumn]) throws(JobError) -> NamespaceSlot

    /// The groups of `rows`; `creates`: keys that are new get one, else `GroupTable.missing`. Afterwards the columns
    /// have room for every group, and hold what the store has of those found.
    func locate(
        _ keys: [Column], rows: UnsafeBufferPointer<Int32>, in slot: NamespaceSlot, creates: Bool,
        into groups: UnsafeMutablePointer<UInt32>
    ) throws(JobError)

    /// Groups of the namespace have numbers below it.
    func capacity(of slot: NamespaceSlot) -> Int
    /// Appends the keys of many groups, a builder per key column.
    func appendKeys(
        _ groups: UnsafeBufferPointer<UInt32>, of slot: NamespaceSlot, to builders: [ColumnBuilder])
    /// Forgets groups; their numbers may be given to other keys. Their columns were reset by the owner.
    func remove(_ groups: UnsafeBufferPointer<UInt32>, of slot: NamespaceSlot) throws(JobError)

    /// What belongs to these groups was changed by the batch.
    func endBatch(_ dirty: UnsafeBufferPointer<UInt32>, of slot: NamespaceSlot) throws(JobError)
    /// Forgets a namespace with its groups; the owner may use the columns for another one.
    func drop(_ slot: NamespaceSlot) throws(JobError)
}

/// What belongs to the groups of a namespace, dense by group number: zero or empty where never written.
public protocol StateColumn: AnyObject {
    var byteCount: Int { get }
    /// Room for groups below `capacity`.
    func makeRoom(_ capacity: Int)
}
