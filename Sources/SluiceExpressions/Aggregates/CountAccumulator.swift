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

    func appendResult(_ group: Int, to out: ColumnBuilder) { Int64.append(counts.pointer[group], to: out) }
    func reset(_ group: Int) { counts.clear(group) }
    var byteCount: Int { counts.byteCount }
}
