/// Puts, deletes, increments, appends, atomic groups and ledger increments of one table, made by
/// `MutationBatchBuilder`. Every cell was encoded once, into one array, as it goes over the wire.
public struct MutationBatch: Sendable {
    /// `MutationProto.MutationType`, and the two kinds that take several of them.
    enum Kind: UInt8, Sendable {
        case append = 0
        case increment = 1
        case put = 2
        case delete = 3
        /// Several mutations of one row, all or nothing; perhaps with a condition.
        case group = 8
        /// Increments of one row that are applied once for each offset.
        case ledger = 9
    }

    /// One mutation of one row as a range of `bytes`.
    struct Part: Sendable {
        var kind: Kind
        /// Length of the row, which stands in `bytes` at `row`.
        var rowLength: UInt16
        var cellCount: Int32 = 0
        var row: Int
        var cells: Int
        var cellsEnd: Int
        /// Time of a whole-row delete, which has no cells.
        var timestamp: Int64 = Int64.max
        /// Index into `settings`; -1: none.
        var settings: Int32 = -1
    }

    /// What few operations have.
    struct Settings: Sendable {
        /// `MutationProto` attributes, encoded as fields 5 and 6.
        var fields: [UInt8] = []
        var condition: MutationCondition?
        /// Parts of a group or ledger.
        var parts: Range<Int> = 0..<0
        /// The ledger's column and the offset that is to be written.
        var ledger: LedgerOffset?
        var wantsResult = true
        /// Why the operation cannot be sent at all.
        var invalid: String?
    }

    struct LedgerOffset: Sendable {
        var family: [UInt8]
        var qualifier: [UInt8]
        var offset: Int64
    }

    public let table: HBaseTable
    /// Told of what becomes of the operations.
    public var meter: RegionMeter?
    var bytes: [UInt8] = []
    var operations: [Part] = []
    var parts: [Part] = []
    var settings: [Settings] = []

    init(table: HBaseTable) { self.table = table }

    /// Operations in the batch.
    public var count: Int { operations.count }
    public var isEmpty: Bool { operations.isEmpty }
    /// Bytes of rows and cells.
    public var byteCount: Int { bytes.count }

    /// The row of an operation.
    public func row(of index: Int) -> [UInt8] {
        guard index >= 0, index < operations.count else { return [] }
        let part = operations[index]
        return Array(bytes[part.row..<part.row + Int(part.rowLength)])
    }
}

/// What must hold of the row for an operation to be done: a comparison of one cell's newest value.
///
/// HBase compares *given value OP stored value*: `greater` holds when the stored value is smaller than
/// `value`. A missing cell satisfies only `equal` with an empty value.
public struct MutationCondition: Sendable, Hashable {
    public var family: [UInt8]
    public var qualifier: [UInt8]
    public var comparison: CompareOperator
    public var value: [UInt8]

    public init(family: [UInt8], qualifier: [UInt8], comparison: CompareOperator, value: [UInt8]) {
        self.family = family
        self.qualifier = qualifier
        self.comparison = comparison
        self.value = value
    }

    /// Holds when the row has no such cell.
    public static func absent(family: [UInt8], qualifier: [UInt8]) -> MutationCondition {
        MutationCondition(family: family, qualifier: qualifier, comparison: .equal, value: [])
    }
}
