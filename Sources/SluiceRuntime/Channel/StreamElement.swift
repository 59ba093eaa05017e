import SluiceColumns

/// What travels on an edge between subtasks.
enum StreamElement: Sendable {
    case batch(RecordBatch)
    /// Between batches; those inside are marks.
    case watermark(Int64)
    /// No rows for now, until the next batch or watermark.
    case idle
    /// Nothing follows.
    case end
}
