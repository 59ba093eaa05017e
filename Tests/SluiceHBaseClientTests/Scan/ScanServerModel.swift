import SluiceBase

@testable import SluiceHBaseClient

/// A table of sorted rows in regions, and the scanners of its servers: answers of random size, rows in parts,
/// heartbeats; regions split and merge between calls.
struct ScanServerModel {
    struct Row {
        var key: [UInt8]
        var cells: [TestCell]
    }

    struct Scanner {
        var region: [UInt8]
        var scan: Scan
        /// Next row and next cell of it.
        var row: Int
        var cell: Int
        var end: Int
        var sequence: UInt64 = 0
    }

    var rows: [Row] = []
    /// Sorted start keys; the first is empty.
    var starts: [[UInt8]] = [[]]
    var generation: UInt64 = 1
    var scanners: [UInt64: Scanner] = [:]
    var nextScanner: UInt64 = UInt64(Int64.max) + 5
    var random: RandomSource
    /// Snapshots asked for when scanners were opened.
    var readPoints: [UInt64] = []

    init(seed: UInt64, rows count: Int) {
        random = RandomSource(seed: seed)
        for number in 0..<count {
            let text = String(number * 7 + 10000)
            let cells = (0..<1 + below(4)).map {
                TestCell(text, "f", "q\($0)", Int64(number), .put, [UInt8](repeating: 7, count: $0))
            }
            rows.append(Row(key: [UInt8](text.utf8), cells: cells))
        }
    }

    mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(limit, 1))) }

    static func isLess(_ left: [UInt8], _ right: [UInt8]) -> Bool { left.lexicographicallyPrecedes(right) }

    /// Splits a region, or merges two, at the key of some row.
    mutating func changeRegions() {
        generation += 1
        if starts.count > 1, below(2) == 0 {
            starts.remove(at: 1 + below(starts.count - 1))
        } else if let row = rows.indices.randomElement(using: &random), !starts.contains(rows[row].key) {
            starts.append(rows[row].key)
            starts.sort(by: ScanServerModel.isLess)
        }
        scanners.removeAll()
    }

    func location(of row: [UInt8]) -> RegionLocation {
        let index = starts.lastIndex { !ScanServerModel.isLess(row, $0) } ?? 0
        let end = index + 1 < starts.count ? starts[index + 1] : []
        let table = HBaseTable(name: "t")
        let region = RegionInfo(regionID: generation, table: table, startKey: starts[index], endKey: end)
        let name = [UInt8]("t,".utf8) + starts[index] + [UInt8](",\(generation).".utf8)
        return RegionLocation(
            region: region, name: name, server: ServerName(host: "h", port: 1, startCode: 1),
            sequenceNumber: 1)
    }

    private func firstRow(from key: [UInt8], inclusive: Bool) -> Int {
        rows.firstIndex { ScanServerModel.isLess(key, $0.key) || (inclusive && key == $0.key) } ?? rows.count
    }

    mutating func open(_ request: ScanRequest, _ location: RegionLocation) -> ResponseFrame? {
        guard let scan = request.scan, request.region == location.name else { return nil }
        readPoints.append(scan.mvccReadPoint)
        var first = firstRow(from: scan.startRow, inclusive: scan.includesStartRow)
        first = max(first, firstRow(from: location.region.startKey, inclusive: true))
        var end = rows.count
        if !location.region.endKey.isEmpty {
            end = min(end, firstRow(from: location.region.endKey, inclusive: true))
        }
        if !scan.stopRow.isEmpty {
            end = min(end, firstRow(from: scan.stopRow, inclusive: !scan.includesStopRow))
        }
        nextScanner += 1
        scanners[nextScanner] = Scanner(
            region: location.name, scan: scan, row: first, cell: 0, end: max(first, end))
        return answer(nextScanner, request)
    }

    /// nil: the server does not know the scanner, or its number is wrong.
    mutating func next(_ request: ScanRequest) -> ResponseFrame? {
        guard let id = request.scannerID, let scanner = scanners[id] else { return nil }
        if request.closesScanner {
            scanners[id] = nil
            return frame([], [], [:])
        }
        guard request.nextCallSequence == scanner.sequence else { return nil }
        scanners[id]?.sequence += 1
        return answer(id, request)
    }

    private mutating func answer(_ id: UInt64, _ request: ScanRequest) -> ResponseFrame? {
        guard var scanner = scanners[id] else { return nil }
        var results: [[TestCell]] = []
        var partial: [Bool] = []
        let isHeartbeat = below(4) == 0
        var room = isHeartbeat ? below(3) : 1 + below(12)
        if let most = request.numberOfRows { room = min(room, Int(most)) }
        var limitReached = false
        var given: UInt32 = 0
        while room > 0, scanner.row < scanner.end, !limitReached {
            let row = rows[scanner.row]
            let left = row.cells.count - scanner.cell
            let taken = below(3) == 0 ? 1 + below(left) : left
            results.append(Array(row.cells[scanner.cell..<scanner.cell + taken]))
            let isWhole = taken == left
            // A part may be the end of its row without the server saying so.
            partial.append(
                !isWhole || below(5) == 0 && (request.limitOfRows == 0 || given + 1 < request.limitOfRows))
            scanner.cell = isWhole ? 0 : scanner.cell + taken
            if isWhole {
                scanner.row += 1
                given += 1
                limitReached = request.limitOfRows > 0 && given >= request.limitOfRows
            }
            room -= 1
        }
        let isOver = scanner.row >= scanner.end
        scanners[id] = isOver || limitReached ? nil : scanner
        return frame(
            results, partial,
            [
                2: id, 3: limitReached ? 0 : 1, 4: 60000, 8: isOver ? 0 : 1, 9: isHeartbeat ? 1 : 0,
                11: generation,
            ])
    }

    private func frame(_ results: [[TestCell]], _ partial: [Bool], _ fields: [UInt32: UInt64])
        -> ResponseFrame?
    {
        var writer = ProtobufWriter()
        var block = ProtobufWriter()
        for cells in results {
            writer.field(1, UInt32(cells.count))
            for cell in cells { cell.write(to: &block) }
        }
        for flag in partial { writer.field(7, flag) }
        for (number, value) in fields { writer.field(number, value) }
        let bytes = answerFrame(callID: 1, message: writer.finish(), cells: block.finish())
        return try? ResponseFrame(bytes, 4..<bytes.count)
    }
}
