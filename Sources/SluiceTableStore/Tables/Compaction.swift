public import SluiceBase
import SluiceSQLite

/// What a compaction did.
public struct CompactionReport: Sendable, Equatable {
    public var kept = 0
    public var removed = 0
}

/// Major compaction: hidden, expired and surplus cells go, and with them the delete markers.
extension StoredTable {
    /// Works in steps of whole rows, each a transaction of its own, so that others can write in between.
    @discardableResult
    public func compact() throws(SQLError) -> CompactionReport {
        var report = CompactionReport()
        var start: [UInt8]? = []
        while let from = start {
            start = try update { (connection) throws(SQLError) in
                var step = CompactionStep(connection, now: nowMillis)
                let next = try step.run(from: from)
                report.kept += step.kept
                report.removed += step.doomed.count
                return next
            }
        }
        let kept = report.kept
        try update { (connection) throws(SQLError) in
            try connection.database.execute("UPDATE meta SET writes = 0, live = \(kept)")
            try EditTrimmer(connection, retention).trim()
        }
        return report
    }
}

/// A stretch of whole rows inside one transaction.
private struct CompactionStep {
    struct Key {
        var row: [UInt8]
        var family: [UInt8]
        var qualifier: [UInt8]
        var nts: Int64
        var ntype: Int64
    }

    let connection: TableConnection
    var matcher: CellMatcher
    var kept = 0
    var doomed: [Key] = []

    static let cellsPerStep = 20_000

    init(_ connection: TableConnection, now: Int64) {
        self.connection = connection
        matcher = CellMatcher(mode: .compaction, now: now)
    }

    /// The first row of the next stretch; nil at the end.
    mutating func run(from start: [UInt8]) throws(SQLError) -> [UInt8]? {
        let cells = try connection.database.statement(
            """
            SELECT row, family, qualifier, nts, ntype, ttl FROM cells WHERE row >= ?
            ORDER BY row, family, qualifier, nts, ntype
            """)
        defer { cells.reset() }
        try cells.bind(start, at: 1)
        var row: [UInt8] = []
        var family = -1
        var next: [UInt8]?
        while try cells.step() {
            let key = cells.borrowedBytes(0)
            if !equalBytes(key, row) {
                if kept + doomed.count >= Self.cellsPerStep {
                    next = [UInt8](key)
                    break
                }
                row.assign(key)
                family = -1
            }
            family = enter(cells.borrowedBytes(1), family)
            if family >= 0 && keeps(cells) {
                kept += 1
            } else {
                doomed.append(
                    Key(
                        row: row, family: cells.bytes(1), qualifier: cells.bytes(2), nts: cells.int64(3),
                        ntype: cells.int64(4)))
            }
        }
        cells.reset()
        try remove()
        return next
    }

    private mutating func enter(_ name: UnsafeRawBufferPointer, _ current: Int) -> Int {
        if current >= 0 && equalBytes(name, connection.families[current].name) { return current }
        guard let index = connection.families.firstIndex(where: { equalBytes(name, $0.name) }) else {
            return -1
        }
        let rules = connection.families[index].rules
        matcher.startFamily(rules, maxVersions: rules.versions, wanted: nil)
        return index
    }

    private mutating func keeps(_ cells: SQLiteStatement) -> Bool {
        guard let type = CellType(ntype: cells.int64(4)) else { return false }
        let answer = matcher.match(
            qualifier: cells.borrowedBytes(2), timestamp: -cells.int64(3), type: type,
            ttl: cells.isNull(5) ? nil : cells.int64(5))
        if case .include = answer { return true }
        return false
    }

    private func remove() throws(SQLError) {
        let delete = try connection.database.statement(
            "DELETE FROM cells WHERE row = ? AND family = ? AND qualifier = ? AND nts = ? AND ntype = ?")
        for key in doomed {
            try delete.bind(key.row, at: 1)
            try delete.bind(key.family, at: 2)
            try delete.bind(key.qualifier, at: 3)
            try delete.bind(key.nts, at: 4)
            try delete.bind(key.ntype, at: 5)
            try delete.run()
        }
    }
}
