public import SluiceBase
import SluiceSQLite

/// Walks over rows in key order, or backwards, and sees the table as it was when the scan began.
public final class TableScanner {
    private let table: StoredTable
    private let connection: TableConnection
    private let range: ScanRange
    private let plan: ReadPlan
    private let now: Int64
    private var cells: SQLiteStatement?
    private var matcher: CellMatcher

    private var isOpen = true
    private var isExhausted = false
    /// The statement stands on a cell that has not been looked at.
    private var hasPending = false
    private var row: [UInt8] = []
    private var hasRow = false
    private var isRowReported = false
    private var family = -1

    init(_ table: StoredTable, _ range: ScanRange, _ options: ReadOptions) throws(SQLError) {
        self.table = table
        self.range = range
        now = table.nowMillis
        connection = try table.takeReader()
        do {
            try connection.database.execute("BEGIN DEFERRED")
            try connection.refresh()
            plan = try ReadPlan(options, connection)
        } catch {
            if connection.database.isInTransaction { try? connection.database.execute("ROLLBACK") }
            throw error
        }
        matcher = plan.matcher(now: now)
        if range.isReversed {
            row = range.start
        } else {
            cells = try openForward()
        }
    }

    deinit { close() }

    /// Ends the scan; reading after it gives no rows.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        isExhausted = true
        cells?.reset()
        cells = nil
        if connection.database.isInTransaction {
            do { try connection.database.execute("COMMIT") } catch { return }
        }
        table.giveBack(connection)
    }

    /// A copy of a cell that `read` lent.
    public func copy(_ cell: BorrowedCell) -> StoredCell { connection.copy(cell) }

    /// The newest edit that the scan sees, 0 if there is none; nil when the scan is over.
    public func lastEdit() throws(SQLError) -> Int64? {
        guard isOpen else { return nil }
        return try connection.database.integer("SELECT max(sequence) FROM edits") ?? 0
    }

    /// The families, in the order that `BorrowedCell.family` counts.
    public var families: [HBaseFamilyDescriptor] { connection.descriptor.families }

    /// Reads at most `maxRows` rows: for each `onRow` with its key, then `onCell` with its cells, all
    /// lent. Fewer rows than asked for: the scan is over.
    @discardableResult
    public func read(
        maxRows: Int, onRow: (UnsafeRawBufferPointer) throws(SQLError) -> Void,
        onCell: (BorrowedCell) throws(SQLError) -> Void
    ) throws(SQLError) -> Int {
        guard !isExhausted, maxRows > 0 else { return 0 }
        return range.isReversed
            ? try readBackward(maxRows, onRow, onCell) : try readForward(maxRows, onRow, onCell)
    }

    // MARK: Forward

    private func openForward() throws(SQLError) -> SQLiteStatement {
        var conditions: [String] = []
        if !range.start.isEmpty { conditions.append(range.includesStart ? "row >= ?1" : "row > ?1") }
        if !range.stop.isEmpty { conditions.append(range.includesStop ? "row <= ?2" : "row < ?2") }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let statement = try connection.database.prepare(
            """
            SELECT row, family, qualifier, nts, ntype, ttl, value FROM cells \(filter)
            ORDER BY row, family, qualifier, nts, ntype
            """)
        if !range.start.isEmpty { try statement.bind(range.start, at: 1) }
        if !range.stop.isEmpty { try statement.bind(range.stop, at: 2) }
        return statement
    }

    private func readForward(
        _ maxRows: Int, _ onRow: (UnsafeRawBufferPointer) throws(SQLError) -> Void,
        _ onCell: (BorrowedCell) throws(SQLError) -> Void
    ) throws(SQLError) -> Int {
        guard let cells else { return 0 }
        var count = 0
        while true {
            if !hasPending {
                guard try cells.step() else { break }
            }
            hasPending = false
            let key = cells.borrowedBytes(0)
            if !hasRow || !equalBytes(key, row) {
                if count == maxRows {
                    hasPending = true
                    return count
                }
                row.assign(key)
                hasRow = true
                isRowReported = false
                family = -1
            }
            guard enterFamily(cells.borrowedBytes(1)), let type = CellType(ntype: cells.int64(4)) else {
                continue
            }
            let qualifier = cells.borrowedBytes(2)
            let timestamp = -cells.int64(3)
            let answer = matcher.match(
                qualifier: qualifier, timestamp: timestamp, type: type,
                ttl: cells.isNull(5) ? nil : cells.int64(5))
            guard case .include = answer else { continue }
            if !isRowReported {
                isRowReported = true
                count += 1
                try onRow(key)
            }
            try onCell(
                BorrowedCell(
                    family: family, column: matcher.columnIndex, qualifier: qualifier,
                    timestamp: timestamp, type: type, value: cells.borrowedBytes(6)))
        }
        isExhausted = true
        close()
        return count
    }

    /// False: the cell's family is not wanted.
    private func enterFamily(_ name: UnsafeRawBufferPointer) -> Bool {
        if family >= 0 && equalBytes(name, connection.families[family].name) {
            return plan.families[family] != nil
        }
        guard let index = connection.families.firstIndex(where: { equalBytes(name, $0.name) }) else {
            return false
        }
        family = index
        guard let wanted = plan.families[index] else { return false }
        matcher.startFamily(
            connection.families[index].rules, maxVersions: plan.maxVersions, wanted: wanted.wanted)
        return true
    }

    // MARK: Backward

    private func readBackward(
        _ maxRows: Int, _ onRow: (UnsafeRawBufferPointer) throws(SQLError) -> Void,
        _ onCell: (BorrowedCell) throws(SQLError) -> Void
    ) throws(SQLError) -> Int {
        let reader = RowReader(connection, plan, now: now)
        var count = 0
        while count < maxRows {
            guard try stepBack() else {
                isExhausted = true
                close()
                return count
            }
            var isReported = false
            let key = row
            _ = try key.withBytes { (bytes) throws(SQLError) in
                try reader.read(bytes) { (cell) throws(SQLError) in
                    if !isReported {
                        isReported = true
                        try onRow(bytes)
                    }
                    try onCell(cell)
                }
            }
            if isReported { count += 1 }
        }
        return count
    }

    /// Moves `row` to the next smaller key inside the range.
    private func stepBack() throws(SQLError) -> Bool {
        var condition = ""
        if hasRow { condition = "WHERE row < ?1" }
        if !hasRow && !range.start.isEmpty {
            condition = range.includesStart ? "WHERE row <= ?1" : "WHERE row < ?1"
        }
        let query = try connection.database.statement(
            "SELECT row FROM cells \(condition) ORDER BY row DESC LIMIT 1")
        if !condition.isEmpty { try query.bind(row, at: 1) }
        guard try query.step() else { return false }
        row.assign(query.borrowedBytes(0))
        query.reset()
        hasRow = true
        guard !range.stop.isEmpty else { return true }
        let order = compareBytes(row, range.stop)
        return range.includesStop ? order >= 0 : order > 0
    }
}
