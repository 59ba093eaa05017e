import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// The column of one OVER call, in the order of the window's rows.
struct OverColumn {
    private let call: OverCall
    private let rows: OverRows
    private let keys: [SortKey]
    private let builder: ColumnBuilder

    init(_ call: OverCall, _ rows: OverRows, _ keys: [SortKey]) {
        self.call = call
        self.rows = rows
        self.keys = keys
        builder = ColumnBuilder(call.type, capacity: rows.rows.count)
    }

    func build() throws(SQLError) -> Column {
        switch call.function {
        case .aggregate(let aggregate): try aggregated(aggregate)
        case .neighbour(let column, let distance, let fallback): neighbours(column, distance, fallback)
        default: rows.forEachPartition { partition in numbers(partition) }
        }
        return builder.finish()
    }

    // MARK: Numbers

    private func numbers(_ partition: Range<Int>) {
        var group: Int64 = 0
        for place in partition {
            let first = Int(rows.peerStart[place])
            if first == place { group += 1 }
            builder.append(number(place, first, group, partition))
        }
    }

    private func number(_ place: Int, _ first: Int, _ group: Int64, _ partition: Range<Int>) -> Datum {
        let start = partition.lowerBound
        let count = partition.count
        switch call.function {
        case .rank: return .int64(Int64(first - start + 1))
        case .denseRank: return .int64(group)
        case .percentRank: return .float64(count > 1 ? Double(first - start) / Double(count - 1) : 0)
        case .cumeDist: return .float64(Double(Int(rows.peerEnd[place]) - start) / Double(count))
        case .ntile(let buckets):
            // The first buckets take one of the rows that are left over.
            let size = count / buckets
            let larger = count % buckets
            let at = place - start
            let bucket =
                at < larger * (size + 1)
                ? at / (size + 1) : larger + (at - larger * (size + 1)) / Swift.max(size, 1)
            return .int64(Int64(bucket + 1))
        default: return .int64(Int64(place - start + 1))
        }
    }

    private func neighbours(_ column: Int, _ distance: Int, _ fallback: Int?) {
        let values = rows.batch.columns[column]
        let fallbacks = fallback.map { rows.batch.columns[$0] }
        rows.forEachPartition { partition in
            for place in partition {
                let (other, overflow) = place.addingReportingOverflow(distance)
                if !overflow && partition.contains(other) {
                    builder.append(values.datum(Int(rows.rows[other])))
                } else if let fallbacks {
                    builder.append(fallbacks.datum(Int(rows.rows[place])))
                } else {
                    builder.appendNull()
                }
            }
        }
    }

    // MARK: Aggregates

    /// Frames that begin with the partition grow; others are computed anew for each row, so that sums of floating-point
    /// numbers are those of the frame's rows alone.
    private func aggregated(_ aggregate: AggregateCall) throws(SQLError) {
        let accumulator = try AggregateRegistry.builtin.makeAccumulator(aggregate, retractable: false)
        accumulator.resize(1)
        let bounds = FrameBounds(call.frame, rows, keys)
        let grows = call.frame.start == .unboundedPreceding
        let groups = [UInt32](repeating: 0, count: rows.rows.count)
        try rows.forEachPartition { (partition) throws(SQLError) in
            accumulator.reset(0)
            var seen = partition.lowerBound..<partition.lowerBound
            for place in partition {
                let frame = bounds.range(place, partition)
                if frame != seen {
                    if !grows || frame.upperBound < seen.upperBound {
                        accumulator.reset(0)
                        try add(frame, to: accumulator, groups)
                    } else {
                        try add(seen.upperBound..<frame.upperBound, to: accumulator, groups)
                    }
                    seen = frame
                }
                accumulator.appendResult(0, to: builder)
            }
        }
    }

    private func add(
        _ places: Range<Int>, to accumulator: any Accumulator, _ groups: [UInt32]
    ) throws(SQLError) {
        guard !places.isEmpty else { return }
        var failure: SQLError?
        rows.rows.withUnsafeBufferPointer { rows in
            groups.withUnsafeBufferPointer { groups in
                do throws(SQLError) {
                    try accumulator.update(
                        self.rows.batch, rows: UnsafeBufferPointer(rebasing: rows[places]),
                        groups: UnsafeBufferPointer(rebasing: groups[0..<places.count]), weights: nil)
                } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }
}
