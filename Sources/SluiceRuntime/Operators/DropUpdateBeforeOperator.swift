import SluiceBase
import SluiceColumns

/// Leaves -U rows out, for consumers that keep rows by key.
final class DropUpdateBeforeOperator: StreamOperator {
    private var kept: [Int32] = []

    var markHandling: MarkHandling { .inBatch }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let kinds = batch.rowKinds else { return try out.emit(batch) }
        kept.removeAll(keepingCapacity: true)
        for row in 0..<batch.rowCount where kinds[row] != .updateBefore {
            kept.append(Int32(truncatingIfNeeded: row))
        }
        if kept.count == batch.rowCount { return try out.emit(batch) }
        try out.emit(kept.withUnsafeBufferPointer { batch.selecting($0) })
    }
}
