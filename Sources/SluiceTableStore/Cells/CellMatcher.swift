/// Decides, cell by cell in key order, what a reader sees: HBase's rules on deletes, versions, time to
/// live and time ranges. One value serves many rows; `startFamily` begins each row's family.
struct CellMatcher {
    enum Answer {
        case include
        case skip
        /// Nothing more of this column is visible.
        case nextColumn
        /// All columns that were asked for are behind.
        case nextFamily
    }

    enum Mode {
        case read
        /// Everything in the time range, markers too.
        case raw
        /// What a compaction keeps.
        case compaction
    }

    private let mode: Mode
    private let minTimestamp: Int64
    private let maxTimestamp: Int64
    private let now: Int64

    private var rules = FamilyRules()
    private var limit = 1
    private var oldest: Int64 = .min
    private var seesPastDeletes = false

    private var wanted: [WantedColumn] = []
    private var takesAll = true
    private var nextWanted = 0

    private var deletes = DeleteTracker()
    private var hasColumn = false
    private var column: [UInt8] = []
    private var isDone = false
    private var count = 0

    /// Position of the current column among those asked for; -1 when all are taken.
    private(set) var columnIndex = -1

    init(mode: Mode, minTimestamp: Int64 = 0, maxTimestamp: Int64 = .max, now: Int64) {
        self.mode = mode
        self.minTimestamp = minTimestamp
        self.maxTimestamp = maxTimestamp
        self.now = now
        column.reserveCapacity(64)
    }

    /// - Parameter wanted: sorted by qualifier; nil for all columns.
    mutating func startFamily(_ rules: FamilyRules, maxVersions: Int, wanted: [WantedColumn]?) {
        self.rules = rules
        limit = mode == .raw ? maxVersions : min(maxVersions, rules.versions)
        oldest = rules.timeToLiveMillis.map { now &- $0 } ?? .min
        seesPastDeletes = rules.keepsDeletedCells
        takesAll = wanted == nil
        self.wanted = wanted ?? []
        nextWanted = 0
        deletes.startFamily()
        hasColumn = false
    }

    /// The next qualifier that can be visible: worth a seek when many cells were skipped.
    var seekTarget: [UInt8]? {
        takesAll || nextWanted >= wanted.count ? nil : wanted[nextWanted].qualifier
    }

    /// The column that the last cell belongs to.
    var currentColumn: [UInt8] { column }

    mutating func match(
        qualifier: UnsafeRawBufferPointer, timestamp: Int64, type: CellType, ttl: Int64?
    ) -> Answer {
        if !hasColumn || !equalBytes(qualifier, column) {
            enterColumn(qualifier)
        }
        if !takesAll && nextWanted >= wanted.count { return .nextFamily }
        // A family's markers lie among the cells of the empty qualifier and concern every other column.
        if isDone && !(qualifier.count == 0 && type.isFamilyMarker) { return .nextColumn }
        if rules.minVersions <= 0 && timestamp < oldest {
            isDone = true
            return .nextColumn
        }
        if let ttl, timestamp &+ ttl < now { return .skip }
        switch mode {
        case .raw: return matchRaw(timestamp: timestamp, type: type)
        case .compaction: return matchCompaction(timestamp: timestamp, type: type)
        case .read: return matchRead(timestamp: timestamp, type: type)
        }
    }

    private mutating func enterColumn(_ qualifier: UnsafeRawBufferPointer) {
        column.assign(qualifier)
        hasColumn = true
        isDone = false
        count = 0
        columnIndex = -1
        deletes.startColumn()
        guard !takesAll else { return }
        while nextWanted < wanted.count {
            let order = wanted[nextWanted].qualifier.withUnsafeBytes { compareBytes($0, qualifier) }
            if order == 0 { columnIndex = wanted[nextWanted].index }
            if order >= 0 { return }
            nextWanted += 1
        }
    }

    private mutating func matchRead(timestamp: Int64, type: CellType) -> Answer {
        if type != .put {
            let applies =
                seesPastDeletes
                ? timestamp >= minTimestamp && timestamp < maxTimestamp
                : timestamp >= minTimestamp
            if applies { deletes.add(type, timestamp: timestamp) }
            return .skip
        }
        if !takesAll && columnIndex < 0 { return finishColumn() }
        switch deletes.check(timestamp: timestamp) {
        case .alive: break
        case .versionDeleted: return .skip
        case .restDeleted: return finishColumn()
        }
        if timestamp >= maxTimestamp { return .skip }
        if timestamp < minTimestamp { return finishColumn() }
        return countVersion(timestamp)
    }

    private mutating func matchRaw(timestamp: Int64, type: CellType) -> Answer {
        // A family's markers stand at the empty qualifier and belong to every selection.
        if !takesAll && columnIndex < 0 && !type.isFamilyMarker { return .skip }
        if timestamp >= maxTimestamp || timestamp < minTimestamp { return .skip }
        if type != .put { return .include }
        return countVersion(timestamp)
    }

    private mutating func matchCompaction(timestamp: Int64, type: CellType) -> Answer {
        if rules.keepsDeletedCells {
            if type != .put { return timestamp < oldest ? .skip : .include }
            return countVersion(timestamp)
        }
        return matchRead(timestamp: timestamp, type: type)
    }

    private mutating func countVersion(_ timestamp: Int64) -> Answer {
        count += 1
        if count > limit { return finishColumn() }
        if count > rules.minVersions && timestamp < oldest { return finishColumn() }
        return .include
    }

    private mutating func finishColumn() -> Answer {
        isDone = true
        return .nextColumn
    }
}

/// A column that a reader asked for.
struct WantedColumn: Sendable {
    var qualifier: [UInt8]
    /// Its position in the reader's list.
    var index: Int
}
