public import SluiceBase

/// Gets and look-ups.
extension StoredTable {
    /// A row's visible cells; nil when it has none.
    public func get(_ row: [UInt8], _ options: ReadOptions = ReadOptions()) throws(SQLError) -> StoredRow? {
        try get([row], options)[0]
    }

    /// Several rows as of one moment, in the order of the keys.
    public func get(
        _ rows: [[UInt8]], _ options: ReadOptions = ReadOptions()
    ) throws(SQLError) -> [StoredRow?] {
        try read { (connection) throws(SQLError) in
            let plan = try ReadPlan(options, connection)
            let reader = RowReader(connection, plan, now: nowMillis)
            var results: [StoredRow?] = Array(repeating: nil, count: rows.count)
            let order = rows.indices.sorted { compareBytes(rows[$0], rows[$1]) < 0 }
            for index in order {
                var cells: [StoredCell] = []
                _ = try rows[index].withBytes { (key) throws(SQLError) in
                    try reader.read(key) { cells.append(connection.copy($0)) }
                }
                if !cells.isEmpty { results[index] = StoredRow(row: rows[index], cells: cells) }
            }
            return results
        }
    }

    /// The look-up of a join: many keys as of one moment, cells lent to `body` in key order. Keys that
    /// occur more than once are read once. `body` gets the key's number and a cell; a key without visible
    /// cells, or of no bytes, does not call it.
    public func lookUp(
        count: Int, key: (Int) -> UnsafeRawBufferPointer, _ options: ReadOptions,
        _ body: (Int, BorrowedCell) throws(SQLError) -> Void
    ) throws(SQLError) {
        guard count > 0 else { return }
        var order: [Int32] = []
        order.reserveCapacity(count)
        for index in 0..<count where key(index).count > 0 { order.append(Int32(truncatingIfNeeded: index)) }
        order.sort { compareBytes(key(Int($0)), key(Int($1))) < 0 }
        try read { (connection) throws(SQLError) in
            let reader = RowReader(connection, try ReadPlan(options, connection), now: nowMillis)
            var position = 0
            while position < order.count {
                let bytes = key(Int(order[position]))
                var end = position + 1
                while end < order.count, compareBytes(bytes, key(Int(order[end]))) == 0 { end += 1 }
                _ = try reader.read(bytes) { (cell) throws(SQLError) in
                    for index in position..<end { try body(Int(order[index]), cell) }
                }
                position = end
            }
        }
    }

    /// A scan as of now; it holds a connection until it is closed.
    public func scan(
        _ range: ScanRange = ScanRange(), _ options: ReadOptions = ReadOptions()
    ) throws(SQLError) -> TableScanner {
        try TableScanner(self, range, options)
    }

    /// At most `limit` rows of a range.
    public func rows(
        _ range: ScanRange = ScanRange(), _ options: ReadOptions = ReadOptions(), limit: Int = .max
    ) throws(SQLError) -> [StoredRow] {
        let scanner = try scan(range, options)
        defer { scanner.close() }
        var rows: [StoredRow] = []
        try scanner.read(
            maxRows: limit, onRow: { rows.append(StoredRow(row: [UInt8]($0), cells: [])) },
            onCell: { rows[rows.count - 1].cells.append(scanner.copy($0)) })
        return rows
    }
}

extension TableConnection {
    func copy(_ cell: BorrowedCell) -> StoredCell {
        StoredCell(
            family: families[cell.family].name, qualifier: [UInt8](cell.qualifier),
            timestamp: cell.timestamp, type: cell.type, value: [UInt8](cell.value))
    }
}
