public import SluiceBase

/// A change of one row. Without a timestamp it gets the table's clock.
public struct Mutation: Sendable {
    public enum Step: Sendable {
        case put(ColumnReference, value: [UInt8], timestamp: Int64? = nil)
        /// One version: the newest, or the one at the timestamp.
        case deleteVersion(ColumnReference, timestamp: Int64? = nil)
        /// All versions up to the timestamp.
        case deleteColumn(ColumnReference, timestamp: Int64? = nil)
        case deleteFamily(ColumnReference, timestamp: Int64? = nil)
        case deleteFamilyVersion(ColumnReference, timestamp: Int64)
        /// All families up to the timestamp.
        case deleteRow(timestamp: Int64? = nil)
        case increment(ColumnReference, by: Int64)
        case append(ColumnReference, [UInt8])
    }

    public var row: [UInt8]
    public var steps: [Step]
    /// Milliseconds until the put cells disappear.
    public var timeToLive: Int64?

    public init(row: [UInt8], _ steps: [Step], timeToLive: Int64? = nil) {
        self.row = row
        self.steps = steps
        self.timeToLive = timeToLive
    }
}

/// A test of one cell that decides about a mutation. A missing cell equals the empty value and nothing
/// else; values compare as unsigned bytes, the given one on the left: `greater` means given > stored.
public struct CellCondition: Sendable {
    public enum Comparison: Sendable { case less, lessOrEqual, equal, notEqual, greaterOrEqual, greater }

    public var column: ColumnReference
    public var comparison: Comparison
    public var value: [UInt8]

    public init(_ column: ColumnReference, _ comparison: Comparison, _ value: [UInt8]) {
        self.column = column
        self.comparison = comparison
        self.value = value
    }

    /// True where the cell is missing or empty.
    public static func isAbsent(_ column: ColumnReference) -> CellCondition {
        CellCondition(column, .equal, [])
    }

    func holds(_ stored: [UInt8]?) -> Bool {
        if value.isEmpty {
            guard let stored else { return comparison != .notEqual }
            return stored.isEmpty == (comparison != .notEqual)
        }
        guard let stored else { return false }
        let order = compareBytes(value, stored)
        switch comparison {
        case .less: return order < 0
        case .lessOrEqual: return order <= 0
        case .equal: return order == 0
        case .notEqual: return order != 0
        case .greaterOrEqual: return order >= 0
        case .greater: return order > 0
        }
    }
}

/// Mutations with bytes of their own.
extension StoredTable {
    /// Applies everything in one transaction; gives the new cells of increments and appends, in order.
    @discardableResult
    public func mutate(_ mutations: [Mutation]) throws(SQLError) -> [StoredCell] {
        try write { (writer) throws(SQLError) in
            var results: [StoredCell] = []
            for mutation in mutations { try writer.apply(mutation, &results) }
            return results
        }
    }

    public func put(
        _ row: [UInt8], _ column: ColumnReference, _ value: [UInt8], timestamp: Int64? = nil
    ) throws(SQLError) {
        try mutate([Mutation(row: row, [.put(column, value: value, timestamp: timestamp)])])
    }

    @discardableResult
    public func increment(
        _ row: [UInt8], _ column: ColumnReference, by delta: Int64
    ) throws(SQLError) -> Int64 {
        let cells = try mutate([Mutation(row: row, [.increment(column, by: delta)])])
        return cells.first.flatMap { cell in cell.value.withUnsafeBytes { HBaseBytes.int64($0) } } ?? delta
    }

    /// Applies the mutation if the condition holds; tells whether it did.
    public func mutate(_ mutation: Mutation, if condition: CellCondition) throws(SQLError) -> Bool {
        try write { (writer) throws(SQLError) in
            let family = try writer.familyIndex(condition.column.family)
            var stored: [UInt8]?
            try mutation.row.withBytes { (row) throws(SQLError) in
                try (condition.column.qualifier ?? []).withBytes { (qualifier) throws(SQLError) in
                    try writer.newest(row: row, family: family, qualifier: qualifier) {
                        stored = [UInt8]($0.value)
                    }
                }
            }
            guard condition.holds(stored) else { return false }
            var results: [StoredCell] = []
            try writer.apply(mutation, &results)
            return true
        }
    }
}

extension TableWriter {
    /// Applies one row's steps in order.
    public func apply(_ mutation: Mutation, _ results: inout [StoredCell]) throws(SQLError) {
        var added: [StoredCell] = []
        try mutation.row.withBytes { (row) throws(SQLError) in
            // The cells of one put share their timestamp, a step after a marker may need a later one.
            var shared: TableWriter.PutTime?
            for step in mutation.steps {
                if case .put(let column, let value, let timestamp) = step {
                    let time: PutTime
                    if let timestamp {
                        time = .explicit(timestamp)
                    } else if let shared {
                        time = shared
                    } else {
                        time = try putTime(row: row)
                        shared = time
                    }
                    try put(row, column, value, time, mutation.timeToLive)
                } else {
                    shared = nil
                    if let cell = try apply(step, row) { added.append(cell) }
                }
            }
        }
        results += added
    }

    private func put(
        _ row: UnsafeRawBufferPointer, _ column: ColumnReference, _ value: [UInt8], _ time: PutTime,
        _ ttl: Int64?
    ) throws(SQLError) {
        let family = try familyIndex(column.family)
        try (column.qualifier ?? []).withBytes { (qualifier) throws(SQLError) in
            try value.withBytes { (bytes) throws(SQLError) in
                try put(
                    row: row, family: family, qualifier: qualifier, time: time, ttl: ttl,
                    value: bytes)
            }
        }
    }

    private func apply(_ step: Mutation.Step, _ row: UnsafeRawBufferPointer) throws(SQLError) -> StoredCell? {
        switch step {
        case .put:
            return nil
        case .deleteRow(let timestamp):
            try deleteRow(row, timestamp: timestamp)
            return nil
        case .deleteFamily(let column, let timestamp):
            try deleteFamily(row: row, family: familyIndex(column.family), timestamp: timestamp)
            return nil
        case .deleteFamilyVersion(let column, let timestamp):
            try deleteFamilyVersion(row: row, family: familyIndex(column.family), timestamp: timestamp)
            return nil
        case .deleteVersion(let column, let timestamp):
            let family = try familyIndex(column.family)
            try (column.qualifier ?? []).withBytes { (qualifier) throws(SQLError) in
                try deleteVersion(row: row, family: family, qualifier: qualifier, timestamp: timestamp)
            }
            return nil
        case .deleteColumn(let column, let timestamp):
            let family = try familyIndex(column.family)
            try (column.qualifier ?? []).withBytes { (qualifier) throws(SQLError) in
                try deleteColumn(row: row, family: family, qualifier: qualifier, timestamp: timestamp)
            }
            return nil
        case .increment(let column, let delta):
            return try change(column, row) { (family, qualifier) throws(SQLError) in
                _ = try increment(row: row, family: family, qualifier: qualifier, by: delta)
            }
        case .append(let column, let suffix):
            return try change(column, row) { (family, qualifier) throws(SQLError) in
                _ = try suffix.withBytes { (bytes) throws(SQLError) in
                    try append(row: row, family: family, qualifier: qualifier, suffix: bytes)
                }
            }
        }
    }

    /// Runs a read-and-write step and gives the cell that it left.
    private func change(
        _ column: ColumnReference, _ row: UnsafeRawBufferPointer,
        _ body: (Int, UnsafeRawBufferPointer) throws(SQLError) -> Void
    ) throws(SQLError) -> StoredCell? {
        let family = try familyIndex(column.family)
        let qualifier = column.qualifier ?? []
        return try qualifier.withBytes { (bytes) throws(SQLError) in
            try body(family, bytes)
            var cell: StoredCell?
            try newest(row: row, family: family, qualifier: bytes) {
                cell = StoredCell(
                    family: column.family, qualifier: qualifier, timestamp: $0.timestamp,
                    value: [UInt8]($0.value))
            }
            return cell
        }
    }
}
