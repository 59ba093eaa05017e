import SluiceBase
import SluiceColumns

/// COUNT(*) and COUNT(x).
final class CountAccumulator: Accumulator {
    private let argument: Int?
    private let filter: Int?
    private var counts = StateArray<Int64>()

    init(_ call: AggregateCall) {
        argument = call.arguments.first
        filter = call.filter
    }

    func resize(_ count: Int) { counts.resize(count) }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let validity = argument.flatMap { batch.columns[$0].validity }
        let counts = self.counts.pointer
        input.forEach(validity) { (_, group, weight) in counts[group] &+= weight }
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? CountAccumulator else { return }
        counts.pointer[into] &+= other.counts.pointer[from]
    }

    func merge(_ other: any Accumulator, first: Int, into: UnsafeBufferPointer<UInt32>) {
        guard let other = other as? CountAccumulator else { return }
        let mine = counts.pointer
        let theirs = other.counts.pointer + first
        for at in 0..<into.count { mine[Int(into[at])] &+= theirs[at] }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) { Int64.append(counts.pointer[group], to: out) }

    func appendResults(_ groups: UnsafeBufferPointer<UInt32>, to out: ColumnBuilder) {
        guard let builder = Int64.builder(out) else { return }
        let counts = self.counts.pointer
        builder.reserve(groups.count)
        let target = builder.pointer + builder.count
        for at in 0..<groups.count { target[at] = counts[Int(groups[at])] }
        builder.count += groups.count
    }

    func reset(_ group: Int) { counts.clear(group) }
    var byteCount: Int { counts.byteCount }
}
