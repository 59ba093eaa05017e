/// A table that the client has dealings with: where its regions are, and what waits for that knowledge.
final class TableState {
    let table: HBaseTable
    /// Keeps rows of different tables apart in the `RowGate`.
    let seed: UInt64
    var cache = RegionCache()
    /// Operations and calls whose region is not known.
    var parked = OperationQueue()
    var parkedCalls: [GenericCall] = []
    /// A scan of `hbase:meta` for this table is on its way, or waits for its next try.
    var isLookingUp = false
    /// The table's state is being read.
    var isCheckingState = false
    /// Look-ups that failed, one after the other.
    var failedLookups = 0
    /// Look-ups that fail before this time are not counted.
    var lookupsCountFrom = Int64.min

    init(_ table: HBaseTable, seed: UInt64) {
        self.table = table
        self.seed = seed
    }

    /// The last specification that was read with, and its fields.
    private var lastRead: (read: ReadSpec, fields: [UInt8])?

    /// A Get's fields beside the row; most batches of a table ask for the same.
    func fields(of read: ReadSpec) -> [UInt8] {
        if let lastRead, lastRead.read == read { return lastRead.fields }
        let fields = read.message.fields
        lastRead = (read, fields)
        return fields
    }

    var isMeta: Bool { table == .meta }
    var hasParked: Bool { !parked.isEmpty || !parkedCalls.isEmpty }
}
