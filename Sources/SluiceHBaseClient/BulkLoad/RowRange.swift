/// Rows from `start` on and before `end`; an empty end is the end of the table.
public struct RowRange: Sendable, Hashable {
    public var start: [UInt8]
    public var end: [UInt8]

    public init(start: [UInt8] = [], end: [UInt8] = []) {
        self.start = start
        self.end = end
    }

    func isBefore(_ row: UnsafeRawBufferPointer) -> Bool { !end.isEmpty && end.isNotAfter(row) }

    func startsAfter(_ row: UnsafeRawBufferPointer) -> Bool { !start.isNotAfter(row) }

    /// The rows of both; nil: there are none.
    func intersection(_ other: RowRange) -> RowRange? {
        let from = start.lexicographicallyPrecedes(other.start) ? other.start : start
        let to: [UInt8]
        if end.isEmpty || other.end.isEmpty {
            to = end.isEmpty ? other.end : end
        } else {
            to = end.lexicographicallyPrecedes(other.end) ? end : other.end
        }
        guard to.isEmpty || from.lexicographicallyPrecedes(to) else { return nil }
        return RowRange(start: from, end: to)
    }
}

extension [UInt8] {
    /// As unsigned bytes.
    func isNotAfter(_ row: UnsafeRawBufferPointer) -> Bool {
        withUnsafeBytes { CellOrder.compareBytes($0, row) <= 0 }
    }
}
