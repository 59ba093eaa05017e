import SluiceBase
import SluiceColumns

/// Passes the rows of all inputs on as they come (UNION ALL).
final class UnionOperator: StreamOperator {
    /// The driver has made the marks those of the watermark over all inputs.
    var markHandling: MarkHandling { .inBatch }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        try out.emit(batch)
    }
}
