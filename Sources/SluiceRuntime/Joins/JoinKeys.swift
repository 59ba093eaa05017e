import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// The key columns of one side of a join.
struct JoinKeys {
    let columns: [Int]
    private let nullSafe: [Bool]

    init(_ columns: [Int], nullSafe: [Bool]) {
        self.columns = columns
        self.nullSafe = nullSafe
    }

    func columns(_ batch: RecordBatch) -> [Column] { columns.map { batch.columns[$0] } }

    /// True if a key is NULL that must not be: the row matches nothing (U7).
    func isUnmatchable(_ batch: RecordBatch, _ row: Int) -> Bool {
        for (at, column) in columns.enumerated() where !nullSafe[at] && batch.columns[column].isNull(row) {
            return true
        }
        return false
    }
}

/// Rows of output made of a row of each side; -1 gives NULLs.
struct PairList {
    var left: [Int32] = []
    var right: [Int32] = []

    var count: Int { left.count }

    mutating func add(_ left: Int, _ right: Int) {
        self.left.append(Int32(truncatingIfNeeded: left))
        self.right.append(Int32(truncatingIfNeeded: right))
    }

    mutating func removeAll() {
        left.removeAll(keepingCapacity: true)
        right.removeAll(keepingCapacity: true)
    }
}
