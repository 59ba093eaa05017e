import SluiceBase
import SluiceColumns

/// Rows 0, 1, 2, … of a batch and the weights of its kinds, in buffers that are used again.
struct RowScratch {
    private var numbers: [Int32] = []
    private var weights: [Int8] = []

    /// Calls `body` with all rows of the batch.
    mutating func all<Failure: Error>(
        _ batch: RecordBatch,
        _ body: (UnsafeBufferPointer<Int32>, UnsafeBufferPointer<Int8>?) throws(Failure) -> Void
    ) throws(Failure) {
        let count = batch.rowCount
        while numbers.count < count { numbers.append(Int32(truncatingIfNeeded: numbers.count)) }
        if let kinds = batch.rowKinds {
            weights.removeAll(keepingCapacity: true)
            for row in 0..<count { weights.append(kinds[row].weight) }
        }
        let hasKinds = batch.rowKinds != nil
        var result: Result<Void, Failure> = .success(())
        numbers.withUnsafeBufferPointer { numbers in
            weights.withUnsafeBufferPointer { weights in
                do throws(Failure) {
                    try body(UnsafeBufferPointer(rebasing: numbers[0..<count]), hasKinds ? weights : nil)
                } catch { result = .failure(error) }
            }
        }
        try result.get()
    }
}
