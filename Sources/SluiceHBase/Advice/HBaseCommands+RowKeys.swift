public import SluiceBase
import SluiceTableStore

extension HBaseCommands {
    /// The row keys of a table, at most `sample` of them, with the time of each row's newest cell, and where the regions
    /// begin.
    public func rowKeys(_ table: String, sample: Int) throws(SQLError) -> RowKeySample {
        var found = RowKeySample(capacity: sample)
        let name = try HBaseTableName(table)
        try verbs.scan(name, ScanRange(), ReadOptions(), limit: .max) { row in
            found.add(key: row.row, time: row.cells.reduce(Int64.min) { max($0, $1.timestamp) })
        }
        // The embedded store has none.
        let starts = (try? verbs.regions(name))?.map(\.startKey) ?? []
        found.regionStarts = starts.sorted { $0.lexicographicallyPrecedes($1) }
        return found
    }
}
