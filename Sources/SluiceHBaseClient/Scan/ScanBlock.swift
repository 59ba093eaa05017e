/// Whole rows of a scan, in order. Keeps the bytes of the server's answers; nothing is copied and a row costs a few
/// numbers.
public struct ScanBlock: Sendable {
    /// A part of a row: a result in one of the answers.
    struct Part: Sendable {
        var frame: Int32
        var result: ResultRange
    }

    var frames: [ResponseFrame] = []
    var parts: [Part] = []
    /// Where each row ends in `parts`.
    var rowEnds: [Int32] = []

    /// Rows.
    public var count: Int { rowEnds.count }
    public var isEmpty: Bool { rowEnds.isEmpty }
    /// Bytes that the block keeps in memory.
    public private(set) var byteCount = 0

    init() {}

    mutating func addFrame(_ frame: ResponseFrame) -> Int32 {
        frames.append(frame)
        byteCount += frame.cells.count + frame.message.count
        return Int32(truncatingIfNeeded: frames.count - 1)
    }

    private func parts(ofRow index: Int) -> Range<Int> {
        guard index >= 0, index < rowEnds.count else { return 0..<0 }
        return (index == 0 ? 0 : Int(rowEnds[index - 1]))..<Int(rowEnds[index])
    }

    /// Calls `body` with each cell of a row, in HBase's order. The views are valid during the call.
    public func forEachCell(ofRow index: Int, _ body: (CellView) -> Void) throws(WireError) {
        for part in parts(ofRow: index) { try walk(parts[part]) { (cell) throws(WireError) in body(cell) } }
    }

    /// Calls `body` with each cell of each row and the row's number.
    public func forEachCell(_ body: (Int, CellView) -> Void) throws(WireError) {
        var row = 0
        for index in parts.indices {
            while row < rowEnds.count, index >= Int(rowEnds[row]) { row += 1 }
            try walk(parts[index]) { (cell) throws(WireError) in body(row, cell) }
        }
    }

    private func walk(
        _ part: Part, _ body: (CellView) throws(WireError) -> Void
    ) throws(WireError) {
        try frames[Int(part.frame)].bytes.withRaw { (all) throws(WireError) in
            try part.result.forEachCell(in: all, body)
        }
    }

    /// The key of a row.
    public func rowKey(_ index: Int) throws(WireError) -> [UInt8] {
        for part in parts(ofRow: index) {
            if let key = try ScanBlock.rowKey(parts[part].result, frames[Int(parts[part].frame)]) {
                return key
            }
        }
        return []
    }

    /// The row of a result's first cell; nil without cells.
    static func rowKey(_ result: ResultRange, _ frame: ResponseFrame) throws(WireError) -> [UInt8]? {
        try frame.bytes.withRaw { (all) throws(WireError) in
            try result.firstCell(in: all).map { [UInt8]($0.row) }
        }
    }
}

extension ResultRange {
    /// The first cell, nil without any.
    func firstCell(in all: UnsafeRawBufferPointer) throws(WireError) -> CellView? {
        if inlineCount > 0 {
            var reader = ProtobufReader(
                UnsafeRawBufferPointer(rebasing: all[Int(message.lowerBound)..<Int(message.upperBound)]))
            while let field = try reader.next() {
                if field == 1 { return try CellView(message: try reader.bytes()) }
                try reader.skip()
            }
        }
        var block = CellBlockReader(
            UnsafeRawBufferPointer(rebasing: all[Int(cells.lowerBound)..<Int(cells.upperBound)]))
        return try block.next()
    }
}
