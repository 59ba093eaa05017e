/// The answers of a `GetBatch`, in the order of its keys. All cells stand in one array.
///
/// A row that does not exist has no cells and no error. With `existenceOnly` there are never cells; see
/// `exists`.
public struct RowResults: Sendable {
    struct Row: Sendable {
        var start = 0
        var length = 0
        var count: Int32 = 0
        var exists = false
        var answered = false
    }

    /// Cells in the form of a cell block.
    var bytes: [UInt8] = []
    var rows: [Row]
    var errors: [Int: HBaseError] = [:]

    init(count: Int) { rows = [Row](repeating: Row(), count: count) }

    public var count: Int { rows.count }
    /// True when any key failed.
    public var hasErrors: Bool { !errors.isEmpty }
    /// One of the errors.
    public var firstError: HBaseError? { errors.min { $0.key < $1.key }?.value }
    public func error(ofKey index: Int) -> HBaseError? { errors.isEmpty ? nil : errors[index] }

    /// Whether the row has anything that was asked for.
    public func exists(_ index: Int) -> Bool {
        index >= 0 && index < rows.count && (rows[index].exists || rows[index].count > 0)
    }

    public func cellCount(ofKey index: Int) -> Int {
        index >= 0 && index < rows.count ? Int(rows[index].count) : 0
    }

    /// Calls `body` with each cell of the row, sorted as HBase sorts them. The views are valid during the
    /// call.
    public func forEachCell<Failure: Error>(
        ofKey index: Int, _ body: (CellView) throws(Failure) -> Void
    ) throws(Failure) {
        guard index >= 0, index < rows.count else { return }
        let row = rows[index]
        try eachCell(of: bytes, row.start..<row.start + row.length, body)
    }

    /// The cells of a row as a cell block.
    public func withCellBytes<Result>(ofKey index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result
    {
        let row = index >= 0 && index < rows.count ? rows[index] : Row()
        return bytes.withUnsafeBytes { body($0.slice(row.start, row.length)) }
    }
}

/// Walks over the cells of a block inside `bytes`. Bytes that are no cells end the walk; they were checked
/// when they were taken in.
func eachCell<Failure: Error>(
    of bytes: [UInt8], _ range: Range<Int>, _ body: (CellView) throws(Failure) -> Void
) throws(Failure) {
    var failure: Failure?
    bytes.withUnsafeBytes { all in
        var reader = CellBlockReader(all.slice(range.lowerBound, range.count))
        while let cell = try? reader.next() {
            do throws(Failure) {
                try body(cell)
            } catch {
                failure = error
                return
            }
        }
    }
    if let failure { throw failure }
}
