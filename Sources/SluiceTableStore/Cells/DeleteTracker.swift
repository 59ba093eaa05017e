/// The delete markers that a family's cells meet on their way, in cell order.
struct DeleteTracker {
    private var familyStamp: Int64?
    private var familyVersionStamps: [Int64] = []
    /// The marker of the current column.
    private var columnType: CellType?
    private var columnStamp: Int64 = 0

    enum Answer { case alive, versionDeleted, restDeleted }

    mutating func startFamily() {
        familyStamp = nil
        if !familyVersionStamps.isEmpty { familyVersionStamps.removeAll(keepingCapacity: true) }
        columnType = nil
    }

    mutating func startColumn() { columnType = nil }

    mutating func add(_ type: CellType, timestamp: Int64) {
        if let familyStamp, timestamp <= familyStamp { return }
        switch type {
        case .put: return
        case .deleteFamily: familyStamp = timestamp
        case .deleteFamilyVersion: familyVersionStamps.append(timestamp)
        case .deleteColumn, .delete:
            // A column marker covers everything below it, so a later version marker adds nothing.
            if columnType == .deleteColumn && type == .delete { return }
            columnType = type
            columnStamp = timestamp
        }
    }

    /// Whether a put of the current column is hidden; `restDeleted`: and all older ones with it.
    func check(timestamp: Int64) -> Answer {
        if let familyStamp, timestamp <= familyStamp { return .restDeleted }
        if !familyVersionStamps.isEmpty && familyVersionStamps.contains(timestamp) {
            return .versionDeleted
        }
        guard let columnType else { return .alive }
        if columnType == .deleteColumn { return .restDeleted }
        return timestamp == columnStamp ? .versionDeleted : .alive
    }
}
