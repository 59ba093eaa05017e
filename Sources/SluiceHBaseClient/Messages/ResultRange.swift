/// Where one `Result` stands in the bytes of its answer: cells inside the message, cells in the cell block, or both.
/// Keeping it and the frame keeps the result, without a copy. A few bytes, no reference.
public struct ResultRange: Sendable {
    /// The `Result` message; empty when the answer only counts cells.
    var message: Range<Int32>
    /// Its cells in the cell block, in the form of a cell block.
    public internal(set) var cells: Range<Int32>
    /// Cells of both places.
    public internal(set) var cellCount: Int32
    public internal(set) var inlineCount: Int32
    /// The answer to a question of existence.
    public internal(set) var exists: Bool?
    /// The row goes on in the next result.
    public internal(set) var isPartial: Bool

    init() {
        message = 0..<0
        cells = 0..<0
        cellCount = 0
        inlineCount = 0
        isPartial = false
    }

    /// Reads a `Result` message at `range` of `all` and takes its cells from `block`, which begins at `blockStart`.
    init(
        _ all: UnsafeRawBufferPointer, message range: Range<Int>, block: inout CellBlockReader,
        blockStart: Int
    ) throws(WireError) {
        self.init()
        message = Int32(truncatingIfNeeded: range.lowerBound)..<Int32(truncatingIfNeeded: range.upperBound)
        var associated: Int32 = 0
        var reader = ProtobufReader(UnsafeRawBufferPointer(rebasing: all[range]))
        while let field = try reader.next() {
            switch field {
            case 1:
                try reader.skip()
                inlineCount += 1
            case 2: associated = try reader.int32()
            case 3: exists = try reader.bool()
            case 5: isPartial = try reader.bool()
            default: try reader.skip()
            }
        }
        guard associated >= 0 else { throw .cellsMissing }
        try take(Int(associated), &block, blockStart)
        cellCount = inlineCount &+ associated
    }

    /// A result of a scan that has only cells in the block.
    init(cells count: Int, block: inout CellBlockReader, blockStart: Int) throws(WireError) {
        self.init()
        try take(count, &block, blockStart)
        cellCount = Int32(truncatingIfNeeded: count)
    }

    private mutating func take(
        _ count: Int, _ block: inout CellBlockReader, _ blockStart: Int
    ) throws(WireError) {
        let taken = try block.skip(count)
        cells =
            Int32(
                truncatingIfNeeded: blockStart + taken.lowerBound)..<Int32(
                truncatingIfNeeded: blockStart + taken.upperBound)
    }

    /// Whether every cell can be read.
    func isReadable(in all: UnsafeRawBufferPointer) -> Bool {
        do throws(WireError) {
            try forEachCell(in: all) { _ in }
            return true
        } catch {
            return false
        }
    }

    /// Calls `body` with each cell. `all` are the bytes of the frame; a cell that is malformed ends the walk with
    /// an error.
    public func forEachCell(
        in all: UnsafeRawBufferPointer, _ body: (CellView) throws(WireError) -> Void
    ) throws(WireError) {
        if inlineCount > 0 {
            guard Int(message.upperBound) <= all.count else { throw .truncated }
            let bytes = UnsafeRawBufferPointer(
                rebasing: all[Int(message.lowerBound)..<Int(message.upperBound)])
            var reader = ProtobufReader(bytes)
            while let field = try reader.next() {
                if field == 1 { try body(CellView(message: try reader.bytes())) } else { try reader.skip() }
            }
        }
        guard Int(cells.upperBound) <= all.count else { throw .truncated }
        var block = CellBlockReader(
            UnsafeRawBufferPointer(rebasing: all[Int(cells.lowerBound)..<Int(cells.upperBound)]))
        while let cell = try block.next() { try body(cell) }
    }
}
