import SluiceTableStore

/// What happened to a row, in one word.
enum ChangeOperation: UInt8, Sendable {
    /// The row was there when reading began.
    case snapshot
    case put
    /// Columns, or versions of them, were deleted.
    case deleteColumns
    /// Everything captured of the row was deleted.
    case deleteRow
    /// Both in one.
    case putAndDelete
    case bulkLoad

    var name: StaticString {
        switch self {
        case .snapshot: return "SNAPSHOT"
        case .put: return "PUT"
        case .deleteColumns: return "DELETE_COLUMNS"
        case .deleteRow: return "DELETE_ROW"
        case .putAndDelete: return "PUT_AND_DELETE"
        case .bulkLoad: return "BULK_LOAD"
        }
    }
}

/// What is known of the edit that made a row what it is.
struct ChangeInfo: Sendable, Equatable {
    var operation = ChangeOperation.snapshot
    /// Nil: of the snapshot.
    var sequence: Int64?
    /// Number of the region in the reader's window; negative: none.
    var region = -1
    /// Milliseconds.
    var writeTime: Int64?
    /// The greatest timestamp of its cells; nil: it has none.
    var timestamp: Int64?
}

/// Works out in one word what an edit did.
struct OperationFinder {
    private var families: [Bool]

    init(familyCount: Int) { families = Array(repeating: false, count: familyCount) }

    mutating func find(
        _ edit: RowEdit, _ batch: EditBatch, _ bytes: EditBytes, _ finder: ColumnFinder
    ) -> ChangeInfo {
        var info = ChangeInfo(
            operation: .put, sequence: edit.sequence, region: -1, writeTime: edit.writeTime)
        if edit.kind == .bulkLoad {
            info.operation = .bulkLoad
            return info
        }
        for index in families.indices { families[index] = false }
        var hasPut = false
        var hasDelete = false
        for cell in batch.cells[edit.cells] {
            info.timestamp = max(info.timestamp ?? cell.timestamp, cell.timestamp)
            switch cell.type {
            case .put: hasPut = true
            case .deleteFamily:
                hasDelete = true
                if let family = finder.family(bytes[cell.family]) { families[family] = true }
            case .delete, .deleteColumn, .deleteFamilyVersion: hasDelete = true
            }
        }
        switch (hasPut, hasDelete) {
        case (true, true): info.operation = .putAndDelete
        case (false, true): info.operation = families.allSatisfy { $0 } ? .deleteRow : .deleteColumns
        default: info.operation = .put
        }
        return info
    }
}
