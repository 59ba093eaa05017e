/// Joins the results of scan answers to whole rows. A row that is flagged as partial goes on with the next result of
/// the same row, in the same answer or the next.
struct ScanAssembler {
    private(set) var block = ScanBlock()
    /// The newest row that became complete since it was last asked for.
    private var lastRow: [UInt8]?
    /// Parts at the end of `block.parts` that belong to a row that may go on, and its key.
    private var openParts = 0
    private var openRow: [UInt8] = []
    /// A row that the beginning of the next one has completed, when no later row is complete.
    private var closedRow: [UInt8]?

    var hasOpenRow: Bool { openParts > 0 }

    /// Adds an answer's results. `isLast`: the region gives no more, so an open row is complete.
    mutating func add(_ response: ScanResponse, _ frame: ResponseFrame, isLast: Bool) throws(WireError) {
        if !response.results.isEmpty {
            let number = block.addFrame(frame)
            var complete: ResultRange?
            for result in response.results where result.cellCount > 0 {
                if try addResult(result, number, frame) { complete = result }
            }
            if let complete { lastRow = try ScanBlock.rowKey(complete, frame) }
            if let closedRow { lastRow = closedRow }
            closedRow = nil
        }
        if isLast, hasOpenRow {
            lastRow = openRow
            closeRow()
        }
    }

    /// True when the result completes its row.
    private mutating func addResult(
        _ result: ResultRange, _ number: Int32, _ frame: ResponseFrame
    ) throws(WireError) -> Bool {
        if openParts > 0 {
            let row = try ScanBlock.rowKey(result, frame) ?? []
            if row != openRow {
                closedRow = openRow
                closeRow()
            }
        }
        block.parts.append(ScanBlock.Part(frame: number, result: result))
        if result.isPartial {
            if openParts == 0 { openRow = try ScanBlock.rowKey(result, frame) ?? [] }
            openParts += 1
            return false
        }
        closeRow()
        closedRow = nil
        return true
    }

    mutating func takeLastRow() -> [UInt8]? {
        defer { lastRow = nil }
        return lastRow
    }

    private mutating func closeRow() {
        openParts = 0
        block.rowEnds.append(Int32(truncatingIfNeeded: block.parts.count))
    }

    /// Forgets the parts of a row that is not complete: it will be read again.
    mutating func dropOpenRow() {
        block.parts.removeLast(openParts)
        openParts = 0
    }

    /// Takes the complete rows, `most` of them at most; parts of an open row stay for the next block. A server may
    /// give more rows than its limit when it flags the end of a row as a part.
    mutating func takeBlock(most: Int64) -> ScanBlock {
        if Int64(block.count) > most {
            dropOpenRow()
            block.rowEnds.removeLast(block.count - Int(max(most, 0)))
            block.parts.removeLast(block.parts.count - Int(block.rowEnds.last ?? 0))
        }
        var taken = block
        block = ScanBlock()
        guard openParts > 0 else { return taken }
        let open = Array(taken.parts.suffix(openParts))
        taken.parts.removeLast(openParts)
        var last: Int32 = -1
        for part in open {
            if part.frame != last {
                _ = block.addFrame(taken.frames[Int(part.frame)])
                last = part.frame
            }
            block.parts.append(
                ScanBlock.Part(frame: Int32(truncatingIfNeeded: block.frames.count - 1), result: part.result))
        }
        return taken
    }
}
