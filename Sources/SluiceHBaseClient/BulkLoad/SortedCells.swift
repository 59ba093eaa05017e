public import SluiceBase

/// Cells in order, merged from sorted sources by a heap. Of equal keys that of the last source is given.
///
/// Used by one thread at a time.
public final class SortedCells {
    enum Source {
        case buffer(CellBuffer)
        case file(CellFileReader)
    }

    /// A source with its current cell.
    private struct Cursor {
        let source: Source
        var position = 0
        var cell: [UInt8] = []

        init(_ source: Source) { self.source = source }

        mutating func advance() throws(DiskError) -> Bool {
            cell.removeAll(keepingCapacity: true)
            switch source {
            case .buffer(let buffer):
                guard position < buffer.count else { return false }
                buffer.copy(position, to: &cell)
                position += 1
                return true
            case .file(let reader): return try reader.next(&cell)
            }
        }
    }

    private var cursors: [Cursor] = []
    /// Positions in `cursors`: the smallest cell first, of equal ones that of the last source.
    private var heap: [Int] = []
    private var cell: [UInt8] = []
    private var previous: [UInt8] = []

    init(_ sources: [Source]) throws(DiskError) {
        for source in sources {
            var cursor = Cursor(source)
            guard try cursor.advance() else { continue }
            heap.append(cursors.count)
            cursors.append(cursor)
        }
        for position in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(position) }
    }

    /// Goes to the next cell; false: there is none.
    public func advance() throws(SQLError) -> Bool {
        do throws(DiskError) {
            while let top = heap.first {
                swap(&previous, &cell)
                swap(&cell, &cursors[top].cell)
                if try !cursors[top].advance() {
                    heap.swapAt(0, heap.count - 1)
                    heap.removeLast()
                }
                siftDown(0)
                // The later source's cell came first and stands for all of its key.
                if previous.isEmpty || !SortedCells.haveEqualKeys(previous, cell) { return true }
                swap(&previous, &cell)
            }
            return false
        } catch {
            throw error.sqlError
        }
    }

    /// The cell that `advance` went to.
    public func withCell<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let cell = cell
        return try cell.span.bytes.withUnsafeBytes(body)
    }

    private func siftDown(_ start: Int) {
        var position = start
        while true {
            var child = 2 * position + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count && comesBefore(heap[child + 1], heap[child]) { child += 1 }
            guard comesBefore(heap[child], heap[position]) else { return }
            heap.swapAt(child, position)
            position = child
        }
    }

    private func comesBefore(_ left: Int, _ right: Int) -> Bool {
        let order = SortedCells.compare(cursors[left].cell, cursors[right].cell)
        return order != 0 ? order < 0 : left > right
    }

    private static func haveEqualKeys(_ left: [UInt8], _ right: [UInt8]) -> Bool { compare(left, right) == 0 }

    /// Both are cells that `StoredCell` has checked.
    private static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        left.span.bytes.withUnsafeBytes { left in
            right.span.bytes.withUnsafeBytes { right in CellOrder.compare(key(left), key(right)) }
        }
    }

    private static func key(_ cell: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let length = Int(Int32(bigEndian: cell.loadUnaligned(as: Int32.self)))
        return UnsafeRawBufferPointer(rebasing: cell[8..<(8 + length)])
    }
}
