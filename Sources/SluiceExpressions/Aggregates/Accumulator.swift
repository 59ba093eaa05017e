public import SluiceBase
public import SluiceColumns

/// The states of one aggregate for many groups, dense by group number. One table owns it; one thread uses it.
///
/// Windows and batch mode feed whole batches and ask for results once; an updating aggregation feeds row by row.
public protocol Accumulator: AnyObject {
    /// Room for groups 0..<count; new states are empty.
    func resize(_ count: Int)

    /// Adds rows `rows` of the batch; `groups[i]` is the group of `rows[i]`. `weights[i]` is +1 or -1; nil: all +1.
    /// Filter and NULL rules are applied inside.
    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) throws(SQLError)

    /// Adds the state of `other`'s group `from` to group `into` (panes, sessions that merge).
    func merge(_ other: any Accumulator, from: Int, into: Int) throws(SQLError)

    /// Adds the states of `other`'s groups `first`, `first + 1`, … to the groups `into`.
    func merge(_ other: any Accumulator, first: Int, into: UnsafeBufferPointer<UInt32>) throws(SQLError)

    /// Appends the result of a group.
    func appendResult(_ group: Int, to out: ColumnBuilder)

    /// Appends the results of many groups.
    func appendResults(_ groups: UnsafeBufferPointer<UInt32>, to out: ColumnBuilder)

    /// Makes a group empty again, for reuse of its number.
    func reset(_ group: Int)

    /// Bytes held, for the memory account.
    var byteCount: Int { get }
}

extension Accumulator {
    public func merge(
        _ other: any Accumulator, first: Int, into: UnsafeBufferPointer<UInt32>
    ) throws(SQLError) {
        for at in 0..<into.count { try merge(other, from: first &+ at, into: Int(into[at])) }
    }

    public func appendResults(_ groups: UnsafeBufferPointer<UInt32>, to out: ColumnBuilder) {
        for at in 0..<groups.count { appendResult(Int(groups[at]), to: out) }
    }
}
