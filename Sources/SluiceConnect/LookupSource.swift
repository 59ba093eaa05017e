public import SluiceBase
public import SluiceColumns

/// Makes a look-up client for each subtask.
public protocol LookupProvider: Sendable {
    func open(_ context: ConnectorContext) throws(JobError) -> any LookupSource
}

/// Rows for one batch of keys.
public struct LookupResult: Sendable {
    public var rows: RecordBatch
    /// `keyIndex[i]`: the key (row of the key batch) that row i answers; ascending.
    public var keyIndex: [Int32]
    public init(rows: RecordBatch, keyIndex: [Int32]) {
        self.rows = rows
        self.keyIndex = keyIndex
    }
}

/// Looks rows up by key for one subtask. Never waits: `begin` starts, `take` gives the answer when it is there;
/// until then nil, and the context's waker is called.
public protocol LookupSource: AnyObject {
    /// Keys are distinct and not NULL. The ticket is for `take`.
    func begin(_ keys: RecordBatch) throws(JobError) -> Int
    func take(_ ticket: Int) throws(JobError) -> LookupResult?
    /// Bytes that it holds between two calls, as a cache does, for the memory account.
    var bufferedBytes: Int { get }
    func close()
}

extension LookupSource {
    public var bufferedBytes: Int { 0 }
}
