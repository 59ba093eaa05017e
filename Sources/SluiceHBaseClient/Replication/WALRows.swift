/// The cells of one entry of a log, put together by row: a log has them in the order of the mutations, so a row may
/// come back after another one. Markers, which belong to no row, are sorted out.
///
/// Made by walking over the cells once; whatever the bytes are, the outcome is rows or a `WireError`.
public struct WALRows {
    /// Markers of a log stand in this family, which no table can have.
    private static let markerFamily = [UInt8]("METAFAMILY".utf8)
    private static let bulkLoadMarker = [UInt8]("HBASE::BULK_LOAD".utf8)

    public let cells: UnsafeRawBufferPointer
    /// The files of markers of bulk loads, in order.
    public private(set) var bulkLoads: [BulkLoadMarker] = []
    /// Markers that say nothing about rows: flushes, compactions, opened regions.
    public private(set) var skippedMarkers = 0
    /// Where each cell lies (without its length), by row and then as they came; and where each row begins here.
    private var places: [Range<Int>] = []
    private var starts: [Int] = []

    public init(_ cells: UnsafeRawBufferPointer) throws(WireError) {
        self.cells = cells
        var rows: [Int] = []
        var first: [CellView] = []
        var numbers: [[UInt8]: Int] = [:]
        var reader = CellBlockReader(cells)
        while true {
            let begin = reader.offset + 4
            guard let cell = try reader.next() else { break }
            if WALRows.markerFamily.withRaw({ cell.family.equals($0) }) {
                try marker(cell)
                continue
            }
            let row: Int
            if let last = first.last, last.row.equals(cell.row) {
                row = first.count - 1
            } else if first.isEmpty || (numbers.isEmpty && first[first.count - 1].row.precedes(cell.row)) {
                row = first.count
                first.append(cell)
            } else {
                // Out of order: from here on rows are looked up.
                if numbers.isEmpty {
                    for (index, seen) in first.enumerated() { numbers[[UInt8](seen.row)] = index }
                }
                let key = [UInt8](cell.row)
                row = numbers[key] ?? first.count
                if row == first.count {
                    numbers[key] = row
                    first.append(cell)
                }
            }
            rows.append(row)
            places.append(begin..<reader.offset)
        }
        sort(rows, rowCount: first.count)
    }

    /// Counts the cells of each row and lays them together.
    private mutating func sort(_ rows: [Int], rowCount: Int) {
        starts = [Int](repeating: 0, count: rowCount + 1)
        for row in rows { starts[row + 1] += 1 }
        for row in 0..<rowCount { starts[row + 1] += starts[row] }
        var next = starts
        var sorted = places
        for (index, row) in rows.enumerated() {
            sorted[next[row]] = places[index]
            next[row] += 1
        }
        places = sorted
    }

    private mutating func marker(_ cell: CellView) throws(WireError) {
        guard WALRows.bulkLoadMarker.withRaw({ cell.qualifier.equals($0) }) else {
            skippedMarkers += 1
            return
        }
        bulkLoads.append(try BulkLoadMarker(cell.value))
    }

    /// Rows in the order in which each first came.
    public var rowCount: Int { max(starts.count - 1, 0) }

    public func cellCount(ofRow row: Int) -> Int { starts[row + 1] - starts[row] }

    /// The cells of a row, in the order in which they took effect.
    public func forEachCell<Failure: Error>(
        ofRow row: Int, _ body: (CellView) throws(Failure) -> Void
    ) throws(Failure) {
        for place in places[starts[row]..<starts[row + 1]] {
            // Read once already.
            guard let cell = try? CellView(keyValue: cells.slice(place.lowerBound, place.count)) else {
                continue
            }
            try body(cell)
        }
    }
}

extension CellView {
    /// Milliseconds after the timestamp at which the cell disappears (tag type 8); nil: it has no such tag.
    public var timeToLiveMillis: Int64? {
        var offset = 0
        while tags.count - offset >= 3, let base = tags.baseAddress {
            let length = Int(base.bigEndian(UInt16.self, at: offset))
            guard length >= 1, length <= tags.count - offset - 2 else { return nil }
            if tags[offset + 2] == 8, length == 9 { return base.bigEndian(Int64.self, at: offset + 3) }
            offset += 2 + length
        }
        return nil
    }
}
