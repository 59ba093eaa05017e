/// The outcome of a `MutationBatch`, operation by operation.
public struct MutationResults: Sendable {
    struct Cells: Sendable {
        var start: Int
        var length: Int
    }

    let operationCount: Int
    var errors: [Int: HBaseError] = [:]
    /// Operations whose condition was false; for a ledger: what had been applied before.
    var skipped: Set<Int> = []
    /// Cells that increments and appends gave back, as cell blocks.
    var bytes: [UInt8] = []
    var cells: [Int: Cells] = [:]

    init(count: Int) { operationCount = count }

    public var count: Int { operationCount }
    public var hasErrors: Bool { !errors.isEmpty }
    /// The error of the first operation that failed.
    public var firstError: HBaseError? { errors.min { $0.key < $1.key }?.value }
    /// nil: the operation was done (or its condition was false, see `processed`).
    public func error(of index: Int) -> HBaseError? { errors.isEmpty ? nil : errors[index] }
    /// False when the condition of the operation did not hold, or the ledger says that it had been applied
    /// before.
    public func processed(_ index: Int) -> Bool { skipped.isEmpty || !skipped.contains(index) }

    /// The new values after an increment or append; none where no result was asked for.
    public func forEachCell<Failure: Error>(
        of index: Int, _ body: (CellView) throws(Failure) -> Void
    ) throws(Failure) {
        guard let range = cells[index] else { return }
        try eachCell(of: bytes, range.start..<range.start + range.length, body)
    }
}
