public import SluiceBase
import SluiceTableStore

extension HBaseCommands {
    /// The row keys of a table, at most `sample` of them, with the time of each row's newest cell.
    public func rowKeys(_ table: String, sample: Int) throws(SQLError) -> RowKeySample {
        let scanner = try open(table).scan(ScanRange(), ReadOptions())
        defer { scanner.close() }
        var found = RowKeySample(capacity: sample)
        var key: [UInt8]?
        var time = Int64.min
        while true {
            let count = try scanner.read(
                maxRows: 1024,
                onRow: { row in
                    if let key { found.add(key: key, time: time) }
                    key = [UInt8](row)
                    time = .min
                }, onCell: { time = Swift.max(time, $0.timestamp) })
            if count < 1024 { break }
        }
        if let key { found.add(key: key, time: time) }
        return found
    }
}
