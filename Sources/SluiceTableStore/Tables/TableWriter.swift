public import SluiceBase
import SluiceSQLite

/// Writes inside one transaction of `StoredTable.write`. Bytes are borrowed for the time of a call.
///
/// A timestamp of nil is the table's clock, as Int64.max is HBase's word for now: it never goes back, and within a row a later write always
/// gets a timestamp at which it is seen.
public final class TableWriter {
    private let connection: TableConnection
    private let now: Int64
    private var meta: TableConnection.Meta
    private let insert: SQLiteStatement
    private var pruning: SQLiteStatement?
    private var edit = EditEncoder()
    private var editRow: [UInt8] = []
    private var editCount = 0

    /// HBase's limits.
    static let maxRow = 32_767
    static let maxCell = 10_485_760
    /// A family's marker has the empty qualifier.
    private static var noBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    init(_ connection: TableConnection, meta: TableConnection.Meta, now: Int64) throws(SQLError) {
        self.connection = connection
        self.meta = meta
        insert = try connection.database.statement(
            """
            INSERT OR REPLACE INTO cells (row, family, qualifier, nts, ntype, ttl, value)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        )
        self.meta.clock = max(now, meta.clock)
        self.now = self.meta.clock
    }

    /// The table's families; positions in it are what the other methods take.
    public var families: [HBaseFamilyDescriptor] { connection.descriptor.families }

    public func familyIndex(_ name: [UInt8]) throws(SQLError) -> Int {
        try name.withBytes { (bytes) throws(SQLError) in try connection.familyIndex(bytes) }
    }

    // MARK: Writing

    /// When a put happens.
    public enum PutTime: Sendable {
        /// A time that `putTime` gave; the cells of one operation share it.
        case clock(Int64)
        case explicit(Int64)
    }

    /// The table's clock for a put to this row.
    public func putTime(row: UnsafeRawBufferPointer) throws(SQLError) -> PutTime {
        .clock(try nextTimestamp(row: row, type: .put))
    }

    /// - Parameter ttl: milliseconds after the cell's timestamp at which it disappears.
    public func put(
        row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer, time: PutTime,
        ttl: Int64? = nil, value: UnsafeRawBufferPointer
    ) throws(SQLError) {
        switch time {
        case .explicit(.max):
            let now = try putTime(row: row)
            try put(row: row, family: family, qualifier: qualifier, time: now, ttl: ttl, value: value)
        case .explicit(let at):
            try store(
                .put, row: row, family: family, qualifier: qualifier, timestamp: at, ttl: ttl, value: value)
        case .clock(let at):
            try store(
                .put, row: row, family: family, qualifier: qualifier, timestamp: at, ttl: ttl, value: value)
            try prune(row: row, family: family, qualifier: qualifier, below: at)
        }
    }

    /// Where one version is kept, an older one goes when the new one comes, as HBase's flush would do it:
    /// a table that is updated for ever does not grow, and a delete of the newest version uncovers nothing.
    private func prune(
        row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer, below timestamp: Int64
    ) throws(SQLError) {
        let target = connection.families[family]
        guard target.rules.versions == 1, !target.rules.keepsDeletedCells else { return }
        let delete = try pruneStatement()
        try target.name.withBytes { (name) throws(SQLError) in
            try delete.bindBorrowed(row, at: 1)
            try delete.bindBorrowed(name, at: 2)
            try delete.bindBorrowed(qualifier, at: 3)
            try delete.bind(-timestamp, at: 4)
            try delete.bind(-Int64(CellType.put.rawValue), at: 5)
            try delete.run()
        }
    }

    private func pruneStatement() throws(SQLError) -> SQLiteStatement {
        if let pruning { return pruning }
        let made = try connection.database.statement(
            "DELETE FROM cells WHERE row = ? AND family = ? AND qualifier = ? AND nts > ? AND ntype = ?")
        pruning = made
        return made
    }

    public func deleteColumn(
        row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer, timestamp: Int64?
    ) throws(SQLError) {
        try mark(.deleteColumn, row: row, family: family, qualifier: qualifier, timestamp: timestamp)
    }

    /// Deletes one version; without a timestamp the newest that is visible.
    public func deleteVersion(
        row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer, timestamp: Int64?
    ) throws(SQLError) {
        let timestamp = timestamp == .max ? nil : timestamp
        var at = timestamp
        if at == nil {
            try newest(row: row, family: family, qualifier: qualifier) { at = $0.timestamp }
        }
        if let at {
            // The next put must not get this timestamp from the clock.
            if timestamp == nil { meta.contested = max(meta.contested, at) }
            try mark(.delete, row: row, family: family, qualifier: qualifier, timestamp: at)
        } else {
            try mark(.delete, row: row, family: family, qualifier: qualifier, timestamp: nil)
        }
    }

    public func deleteFamily(
        row: UnsafeRawBufferPointer, family: Int, timestamp: Int64?
    ) throws(SQLError) {
        try mark(.deleteFamily, row: row, family: family, qualifier: Self.noBytes, timestamp: timestamp)
    }

    public func deleteFamilyVersion(
        row: UnsafeRawBufferPointer, family: Int, timestamp: Int64
    ) throws(SQLError) {
        try mark(
            .deleteFamilyVersion, row: row, family: family, qualifier: Self.noBytes, timestamp: timestamp)
    }

    public func deleteRow(_ row: UnsafeRawBufferPointer, timestamp: Int64?) throws(SQLError) {
        let timestamp = timestamp == .max ? nil : timestamp
        let at = try resolve(timestamp, row: row, type: .deleteFamily)
        if timestamp == nil { meta.contested = max(meta.contested, at) }
        for family in connection.families.indices {
            try deleteFamily(row: row, family: family, timestamp: at)
        }
    }

    private func mark(
        _ type: CellType, row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer,
        timestamp: Int64?
    ) throws(SQLError) {
        let timestamp = timestamp == .max ? nil : timestamp
        let at = try resolve(timestamp, row: row, type: type)
        if timestamp == nil { meta.contested = max(meta.contested, at) }
        try store(
            type, row: row, family: family, qualifier: qualifier, timestamp: at, ttl: nil,
            value: Self.noBytes)
        try logUncovered(type, row: row, family: family, qualifier: qualifier, below: at)
    }

    /// A marker of single versions may bring older ones to light, which who reads the edits cannot know: they follow
    /// it in the log as puts of what they are.
    private func logUncovered(
        _ type: CellType, row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer,
        below timestamp: Int64
    ) throws(SQLError) {
        guard type == .delete || type == .deleteFamilyVersion, connection.families[family].isLogged else {
            return
        }
        let name = connection.families[family].name
        let column = ColumnReference(
            family: name, qualifier: type == .delete ? [UInt8](qualifier) : nil)
        let plan = try ReadPlan(ReadOptions(columns: [column]), connection)
        _ = try RowReader(connection, plan, now: now).read(row) { cell in
            guard cell.timestamp < timestamp else { return }
            edit.add(
                .put, family: name, qualifier: cell.qualifier, timestamp: cell.timestamp, ttl: nil,
                value: cell.value)
        }
    }

    /// Adds to a column of 8 bytes and returns the sum; an absent one counts as 0. Wraps around.
    public func increment(
        row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer, by delta: Int64
    ) throws(SQLError) -> Int64 {
        var sum = delta
        var old: Int64?
        try newest(row: row, family: family, qualifier: qualifier) { (cell) throws(SQLError) in
            guard let value = HBaseBytes.int64(cell.value) else {
                throw SQLError(
                    .tableStore,
                    "the column \"\(columnName(family, qualifier))\" cannot be incremented: it is "
                        + "\(cell.value.count) bytes wide, not 8")
            }
            sum = value &+ delta
            old = cell.timestamp
        }
        let bytes = sum.bigEndian
        try withUnsafeBytes(of: bytes) { (value) throws(SQLError) in
            try replaceNewest(row: row, family: family, qualifier: qualifier, old: old, value: value)
        }
        return sum
    }

    /// Adds bytes to the end of a column's value and returns the whole.
    public func append(
        row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer,
        suffix: UnsafeRawBufferPointer
    ) throws(SQLError) -> [UInt8] {
        var whole: [UInt8] = []
        var old: Int64?
        try newest(row: row, family: family, qualifier: qualifier) {
            whole.append(contentsOf: $0.value)
            old = $0.timestamp
        }
        whole.append(contentsOf: suffix)
        try whole.withBytes { (value) throws(SQLError) in
            try replaceNewest(row: row, family: family, qualifier: qualifier, old: old, value: value)
        }
        return whole
    }

    private func replaceNewest(
        row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer, old: Int64?,
        value: UnsafeRawBufferPointer
    ) throws(SQLError) {
        var at = try nextTimestamp(row: row, type: .put)
        if let old { at = max(at, old) }
        try put(row: row, family: family, qualifier: qualifier, time: .clock(at), value: value)
    }

    // MARK: Reading before writing

    /// Calls `body` with the newest visible cell of a column, if there is one.
    public func newest(
        row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer,
        _ body: (BorrowedCell) throws(SQLError) -> Void
    ) throws(SQLError) {
        try checkFamily(family)
        let reader = RowReader(connection, newest: family, qualifier: [UInt8](qualifier), now: now)
        _ = try reader.read(row, body)
    }

    // MARK: Inside

    private func columnName(_ family: Int, _ qualifier: UnsafeRawBufferPointer) -> String {
        let name = family < connection.families.count ? connection.families[family].name : []
        return HBaseBytes.printable(name) + ":" + HBaseBytes.printable(qualifier)
    }

    private func checkFamily(_ family: Int) throws(SQLError) {
        guard connection.families.indices.contains(family) else {
            throw SQLError(.tableStore, "the table \"\(connection.name)\" has no family number \(family)")
        }
    }

    private func store(
        _ type: CellType, row: UnsafeRawBufferPointer, family: Int, qualifier: UnsafeRawBufferPointer,
        timestamp: Int64, ttl: Int64?, value: UnsafeRawBufferPointer
    ) throws(SQLError) {
        try checkFamily(family)
        try check(row: row, qualifier: qualifier, timestamp: timestamp, value: value)
        let target = connection.families[family]
        try target.name.withBytes { (name) throws(SQLError) in
            try insert.bindBorrowed(row, at: 1)
            try insert.bindBorrowed(name, at: 2)
            try insert.bindBorrowed(qualifier, at: 3)
            try insert.bind(-timestamp, at: 4)
            try insert.bind(-Int64(type.rawValue), at: 5)
            if let ttl { try insert.bind(max(0, ttl), at: 6) } else { try insert.bindNull(at: 6) }
            try insert.bindBorrowed(value, at: 7)
            try insert.run()
        }
        meta.writes += 1
        guard target.isLogged else { return }
        if !edit.isEmpty && !equalBytes(row, editRow) { try writeEdit() }
        if edit.isEmpty { editRow.assign(row) }
        edit.add(
            type, family: target.name, qualifier: qualifier, timestamp: timestamp,
            ttl: ttl.map { max(0, $0) }, value: value)
    }

    private func check(
        row: UnsafeRawBufferPointer, qualifier: UnsafeRawBufferPointer, timestamp: Int64,
        value: UnsafeRawBufferPointer
    ) throws(SQLError) {
        guard row.count > 0, row.count <= Self.maxRow else {
            throw SQLError(.tableStore, "a row key of \(row.count) bytes: it must have 1 to \(Self.maxRow)")
        }
        guard row.count + qualifier.count + value.count <= Self.maxCell else {
            throw SQLError(.tableStore, "a cell exceeds the limit of \(Self.maxCell) bytes")
        }
        guard timestamp >= 0 else {
            throw SQLError(.tableStore, "the timestamp \(timestamp) is negative")
        }
    }

    private func resolve(
        _ timestamp: Int64?, row: UnsafeRawBufferPointer, type: CellType
    ) throws(SQLError) -> Int64 {
        if let timestamp { return timestamp }
        return try nextTimestamp(row: row, type: type)
    }

    /// The clock's time, or later: a put must not lie at or under a marker or under a cell of its row that
    /// were written earlier within the same millisecond.
    private func nextTimestamp(row: UnsafeRawBufferPointer, type: CellType) throws(SQLError) -> Int64 {
        guard now <= meta.contested else { return now }
        let query = try connection.database.statement(
            "SELECT nts, ntype FROM cells WHERE row = ? AND nts BETWEEN ? AND ?")
        try query.bindBorrowed(row, at: 1)
        try query.bind(-meta.contested, at: 2)
        try query.bind(-now, at: 3)
        var at = now
        while try query.step() {
            let isMarker = query.int64(1) != -Int64(CellType.put.rawValue)
            at = max(at, -query.int64(0) + (isMarker && type == .put ? 1 : 0))
        }
        meta.contested = max(meta.contested, at)
        return at
    }

    private func writeEdit() throws(SQLError) {
        let statement = try connection.database.statement(
            "INSERT INTO edits (written, row, cells, total) VALUES (?, ?, ?, ?)")
        meta.logged += Int64(editRow.count + edit.bytes.count)
        try statement.bind(now, at: 1)
        try statement.bind(editRow, at: 2)
        try statement.bind(meta.logged, at: 4)
        try edit.bytes.withBytes { (cells) throws(SQLError) in
            try statement.bindBorrowed(cells, at: 3)
            try statement.run()
        }
        edit.clear()
        editCount += 1
    }

    /// True: it is time to compact.
    func finish(_ retention: EditRetention) throws(SQLError) -> Bool {
        if !edit.isEmpty { try writeEdit() }
        let statement = try connection.database.statement(
            "UPDATE meta SET clock = ?, contested = ?, writes = ?, logged = ?")
        try statement.bind(meta.clock, at: 1)
        try statement.bind(meta.contested, at: 2)
        try statement.bind(meta.writes, at: 3)
        try statement.bind(meta.logged, at: 4)
        try statement.run()
        if editCount > 0 { try EditTrimmer(connection, retention).trimIfDue() }
        return meta.writes >= max(1_000_000, 2 * meta.live)
    }
}
