import SluiceBase
import SluiceSQLite

/// What a reader wants of a table, resolved against its families.
struct ReadPlan {
    /// Per family of the table: nil = not wanted.
    var families: [FamilyPlan?]
    var maxVersions: Int
    var mode: CellMatcher.Mode
    var minTimestamp: Int64
    var maxTimestamp: Int64

    struct FamilyPlan {
        /// Nil: all columns.
        var wanted: [WantedColumn]?
    }

    init(_ options: ReadOptions, _ connection: TableConnection) throws(SQLError) {
        maxVersions = max(1, options.maxVersions)
        mode = options.isRaw ? .raw : .read
        minTimestamp = options.minTimestamp
        maxTimestamp = options.maxTimestamp
        guard !options.columns.isEmpty else {
            families = connection.families.map { _ in FamilyPlan(wanted: nil) }
            return
        }
        families = connection.families.map { _ in nil }
        for (position, column) in options.columns.enumerated() {
            let index = try column.family.withBytes { (name) throws(SQLError) in
                try connection.familyIndex(name)
            }
            guard let qualifier = column.qualifier else {
                families[index] = FamilyPlan(wanted: nil)
                continue
            }
            let entry = WantedColumn(qualifier: qualifier, index: position)
            if let plan = families[index] {
                // A whole family outdoes single columns of it.
                guard let wanted = plan.wanted else { continue }
                if !wanted.contains(where: { $0.qualifier == qualifier }) {
                    families[index] = FamilyPlan(wanted: wanted + [entry])
                }
            } else {
                families[index] = FamilyPlan(wanted: [entry])
            }
        }
        for index in families.indices {
            families[index]?.wanted?.sort { compareBytes($0.qualifier, $1.qualifier) < 0 }
        }
    }

    init(newest family: Int, qualifier: [UInt8], families count: Int) {
        families = Array(repeating: nil, count: count)
        families[family] = FamilyPlan(wanted: [WantedColumn(qualifier: qualifier, index: 0)])
        maxVersions = 1
        mode = .read
        minTimestamp = 0
        maxTimestamp = .max
    }

    func matcher(now: Int64) -> CellMatcher {
        CellMatcher(mode: mode, minTimestamp: minTimestamp, maxTimestamp: maxTimestamp, now: now)
    }
}

/// Reads single rows inside a transaction of its connection: one range read for each wanted family.
final class RowReader {
    private let connection: TableConnection
    private let plan: ReadPlan
    private var matcher: CellMatcher

    /// So many invisible cells in a row are read over before the reader seeks.
    private static let patience = 24

    init(_ connection: TableConnection, _ plan: ReadPlan, now: Int64) {
        self.connection = connection
        self.plan = plan
        matcher = plan.matcher(now: now)
    }

    convenience init(_ connection: TableConnection, newest family: Int, qualifier: [UInt8], now: Int64) {
        let plan = ReadPlan(newest: family, qualifier: qualifier, families: connection.families.count)
        self.init(connection, plan, now: now)
    }

    /// Calls `body` with each visible cell in order; false: the row has none.
    func read(
        _ row: UnsafeRawBufferPointer, _ body: (BorrowedCell) throws(SQLError) -> Void
    ) throws(SQLError) -> Bool {
        var found = false
        for index in plan.families.indices {
            guard let family = plan.families[index] else { continue }
            matcher.startFamily(
                connection.families[index].rules, maxVersions: plan.maxVersions, wanted: family.wanted)
            if try readFamily(row, index, body) { found = true }
        }
        return found
    }

    private func readFamily(
        _ row: UnsafeRawBufferPointer, _ family: Int, _ body: (BorrowedCell) throws(SQLError) -> Void
    ) throws(SQLError) -> Bool {
        let cells = connection.seek
        defer { cells.reset() }
        var start: [UInt8]? = []
        var found = false
        try connection.families[family].name.withBytes { (name) throws(SQLError) in
            while let from = start {
                try cells.bindBorrowed(row, at: 1)
                try cells.bindBorrowed(name, at: 2)
                try cells.bind(from, at: 3)
                start = try readRun(cells, family, &found, body)
                cells.reset()
            }
        }
        return found
    }

    /// Reads until the end (nil) or until a seek to the returned qualifier pays.
    private func readRun(
        _ cells: SQLiteStatement, _ family: Int, _ found: inout Bool,
        _ body: (BorrowedCell) throws(SQLError) -> Void
    ) throws(SQLError) -> [UInt8]? {
        var skipped = 0
        while try cells.step() {
            guard let type = CellType(ntype: cells.int64(2)) else { continue }
            let timestamp = -cells.int64(1)
            let qualifier = cells.borrowedBytes(0)
            let answer = matcher.match(
                qualifier: qualifier, timestamp: timestamp, type: type,
                ttl: cells.isNull(3) ? nil : cells.int64(3))
            switch answer {
            case .include:
                found = true
                skipped = 0
                try body(
                    BorrowedCell(
                        family: family, column: matcher.columnIndex, qualifier: qualifier,
                        timestamp: timestamp, type: type, value: cells.borrowedBytes(4)))
            case .skip:
                break
            case .nextFamily:
                return nil
            case .nextColumn:
                skipped += 1
                // Family markers may follow among the cells of the empty qualifier.
                if skipped > Self.patience && qualifier.count > 0 { return nextQualifier() }
            }
        }
        return nil
    }

    /// After a column that is done: the next wanted one, or the smallest qualifier above it.
    private func nextQualifier() -> [UInt8] {
        if let target = matcher.seekTarget, compareBytes(target, matcher.currentColumn) > 0 { return target }
        return matcher.currentColumn + [0]
    }
}

extension CellType {
    init?(ntype: Int64) {
        guard let raw = UInt8(exactly: -ntype) else { return nil }
        self.init(rawValue: raw)
    }
}
