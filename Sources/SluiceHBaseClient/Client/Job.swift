/// A batch that was submitted and not yet answered in full. Lives on the loop thread.
final class Job {

    let table: TableState
    /// Number of the first operation.
    let first: UInt64
    let count: Int
    let isRead: Bool
    let keys: RowKeys
    /// The Get's fields beside the row.
    let fields: [UInt8]
    let batch: MutationBatch
    let deadline: Int64
    let bytes: Int
    let meter: RegionMeter?
    var remaining: Int
    var slot: Int32 = -1
    /// Operations that the only one of this job stands for; their jobs are told its outcome.
    var members: [Operation] = []
    var rows: RowResults
    var outcome: MutationResults
    /// A bit per operation that has its answer.
    private var done: [UInt64]
    /// Why operations are being tried again; told when time is up.
    var lastError: HBaseError?
    private let readDone: (@Sendable (RowResults) -> Void)?
    private let writeDone: (@Sendable (MutationResults) -> Void)?

    init(
        gets batch: GetBatch, fields: [UInt8], table: TableState, first: UInt64, deadline: Int64,
        _ completion: @escaping @Sendable (RowResults) -> Void
    ) {
        self.table = table
        self.first = first
        self.deadline = deadline
        isRead = true
        keys = batch.keys
        meter = batch.meter
        count = batch.keys.count
        self.fields = fields
        self.batch = MutationBatch(table: batch.table)
        bytes = batch.keys.bytes.count + count * 16
        remaining = count
        rows = RowResults(count: count)
        outcome = MutationResults(count: 0)
        done = [UInt64](repeating: 0, count: (count + 63) / 64)
        readDone = completion
        writeDone = nil
    }

    init(
        mutations batch: MutationBatch, table: TableState, first: UInt64, deadline: Int64,
        _ completion: @escaping @Sendable (MutationResults) -> Void
    ) {
        self.table = table
        self.first = first
        self.deadline = deadline
        isRead = false
        meter = batch.meter
        keys = RowKeys()
        count = batch.count
        fields = []
        self.batch = batch
        bytes = batch.byteCount + count * 16
        remaining = count
        rows = RowResults(count: 0)
        outcome = MutationResults(count: count)
        done = [UInt64](repeating: 0, count: (count + 63) / 64)
        readDone = nil
        writeDone = completion
    }

    @inline(__always)
    func index(_ operation: Operation) -> Int { Int(truncatingIfNeeded: operation.sequence &- first) }

    func isDone(_ index: Int) -> Bool { done[index >> 6] & (1 << UInt64(index & 63)) != 0 }

    /// Marks an operation as answered; false when it was already.
    @inline(__always)
    func markDone(_ index: Int) -> Bool {
        let bit: UInt64 = 1 << UInt64(index & 63)
        guard done[index >> 6] & bit == 0 else { return false }
        done[index >> 6] |= bit
        remaining -= 1
        return true
    }

    func fail(_ index: Int, _ error: HBaseError) {
        guard markDone(index) else { return }
        if isRead { rows.errors[index] = error } else { outcome.errors[index] = error }
    }

    /// Calls the completion.
    func finish() {
        if let readDone {
            readDone(rows)
        } else if let writeDone {
            writeDone(outcome)
        }
    }

    /// Calls `body` with the row of an operation.
    @inline(__always)
    func withRow<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if isRead {
            let range = keys.range(index)
            return keys.bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
        }
        let part = batch.operations[index]
        return batch.bytes.withUnsafeBytes { body($0.slice(part.row, Int(part.rowLength))) }
    }

    /// About the bytes that the operation adds to a request.
    func requestBytes(_ index: Int) -> Int {
        if isRead { return keys.range(index).count + fields.count + 12 }
        let part = batch.operations[index]
        let row = Int(part.rowLength) + 16
        guard part.settings >= 0 else { return row + part.cellsEnd - part.cells }
        let settings = batch.settings[Int(part.settings)]
        var bytes = row + settings.fields.count
        if settings.parts.isEmpty { bytes += part.cellsEnd - part.cells }
        for part in batch.parts[settings.parts] { bytes += row + part.cellsEnd - part.cells }
        return part.kind == .ledger ? bytes * 2 : bytes
    }
}

extension ReadSpec {
    /// As a message.
    var message: Get {
        var get = Get()
        get.columns = columns.map { ColumnMessage(family: $0.family, qualifiers: $0.qualifiers) }
        get.filter = filter
        get.timeRange = times.map { TimeRangeMessage(from: $0.from, to: $0.upTo) }
        get.maxVersions = UInt32(clamping: maxVersions)
        get.cacheBlocks = cacheBlocks
        get.existenceOnly = existenceOnly
        return get
    }
}
