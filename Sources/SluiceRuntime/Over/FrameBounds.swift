import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// The frame of each row of a partition, as a range of places.
struct FrameBounds {
    private let frame: OverFrame
    private let rows: OverRows
    /// Values of the order column by place, where a RANGE has distances; nil: NULL. Descending ones are negated.
    private let exact: [Int128?]
    private let floating: [Double?]
    private let isDescending: Bool

    init(_ frame: OverFrame, _ rows: OverRows, _ keys: [SortKey]) {
        self.frame = frame
        self.rows = rows
        var exact: [Int128?] = []
        var floating: [Double?] = []
        if frame.unit == .range, let key = keys.first, FrameBounds.hasDistance(frame) {
            let column = rows.batch.columns[key.column].flattened
            for row in rows.rows {
                let datum = column.datum(Int(row))
                exact.append(FrameBounds.exact(datum).map { key.descending ? 0 - $0 : $0 })
                floating.append(FrameBounds.floating(datum).map { key.descending ? -$0 : $0 })
            }
        }
        self.exact = exact
        self.floating = floating
        isDescending = keys.first?.descending ?? false
    }

    private static func hasDistance(_ frame: OverFrame) -> Bool {
        [frame.start, frame.end].contains { bound in
            switch bound {
            case .offset, .distance: return true
            default: return false
            }
        }
    }

    private static func exact(_ datum: Datum) -> Int128? {
        switch datum {
        case .int32(let value): return Int128(value)
        case .int64(let value): return Int128(value)
        case .int128(let value): return value
        default: return nil
        }
    }

    private static func floating(_ datum: Datum) -> Double? {
        switch datum {
        case .float32(let value): return Double(value)
        case .float64(let value): return value
        default: return nil
        }
    }

    /// Empty if the frame holds no row.
    func range(_ place: Int, _ partition: Range<Int>) -> Range<Int> {
        let start = lower(place, partition)
        let end = upper(place, partition)
        return start < end ? start..<end : start..<start
    }

    private func lower(_ place: Int, _ partition: Range<Int>) -> Int {
        switch frame.start {
        case .unboundedPreceding: return partition.lowerBound
        case .unboundedFollowing: return partition.upperBound
        case .currentRow: return frame.unit == .rows ? place : Int(rows.peerStart[place])
        case .offset(let offset):
            if frame.unit == .rows { return clamp(place, offset, partition) }
            guard let value = exact[place] else { return Int(rows.peerStart[place]) }
            let limit = shifted(value, offset)
            return first(partition) { other in exact[other].map { $0 >= limit } }
        case .distance(let distance):
            guard let value = floating[place] else { return Int(rows.peerStart[place]) }
            return first(partition) { other in floating[other].map { !precedes($0, value + distance) } }
        }
    }

    private func upper(_ place: Int, _ partition: Range<Int>) -> Int {
        switch frame.end {
        case .unboundedPreceding: return partition.lowerBound
        case .unboundedFollowing: return partition.upperBound
        case .currentRow: return frame.unit == .rows ? place + 1 : Int(rows.peerEnd[place])
        case .offset(let offset):
            if frame.unit == .rows { return clamp(place, offset + 1, partition) }
            guard let value = exact[place] else { return Int(rows.peerEnd[place]) }
            let limit = shifted(value, offset)
            return first(partition) { other in exact[other].map { $0 > limit } }
        case .distance(let distance):
            guard let value = floating[place] else { return Int(rows.peerEnd[place]) }
            return first(partition) { other in floating[other].map { precedes(value + distance, $0) } }
        }
    }

    /// At an end of the range rather than beyond it.
    private func shifted(_ value: Int128, _ offset: Int128) -> Int128 {
        let (sum, overflow) = value.addingReportingOverflow(offset)
        if !overflow { return sum }
        return offset < 0 ? .min : .max
    }

    /// The order of the column: NaN is the largest value and a peer of itself.
    private func precedes(_ a: Double, _ b: Double) -> Bool {
        if a.isNaN || b.isNaN { return a.isNaN != b.isNaN && a.isNaN == isDescending }
        return a < b
    }

    private func clamp(_ place: Int, _ offset: Int128, _ partition: Range<Int>) -> Int {
        let moved = Int128(place) + offset
        if moved <= Int128(partition.lowerBound) { return partition.lowerBound }
        if moved >= Int128(partition.upperBound) { return partition.upperBound }
        return Int(moved)
    }

    /// The first place for which the test holds. NULLs stand together at one end of a partition: before the values they
    /// count as too early, behind them as late enough.
    private func first(_ partition: Range<Int>, _ test: (Int) -> Bool?) -> Int {
        let nullsFirst = test(partition.lowerBound) == nil
        var low = partition.lowerBound
        var high = partition.upperBound
        while low < high {
            let middle = low + (high - low) / 2
            if test(middle) ?? !nullsFirst { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
