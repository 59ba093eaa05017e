import SluiceBase

/// A whole, checked batch. Its bytes belong to the reader that gave it and change with the reader's next step.
public struct LogBatch {
    /// Of the first record.
    public let baseOffset: Int64
    public let count: Int
    /// The greatest of its records, in milliseconds since 1970.
    public let maxTimestamp: Int64
    public let byteCount: Int
    /// Of the writer; 0: none.
    public let tag: UInt64
    let body: UnsafeRawBufferPointer
    let file: String
    let filePosition: Int64

    init(_ head: BatchLayout.Head, _ body: UnsafeRawBufferPointer, file: String, position: Int64) {
        baseOffset = head.baseOffset
        count = head.count
        maxTimestamp = head.maxTimestamp
        byteCount = head.byteCount
        tag = head.tag
        self.body = body
        self.file = file
        filePosition = position
    }

    public var nextOffset: Int64 { baseOffset &+ Int64(count) }
    public var records: LogRecordCursor { LogRecordCursor(self) }
}

/// Walks the records of a batch.
public struct LogRecordCursor {
    private let batch: LogBatch
    private var position = 0
    private var index = 0

    init(_ batch: LogBatch) { self.batch = batch }

    /// nil after the last one.
    public mutating func next() throws(LogError) -> LogRecordView? {
        if index == batch.count { return nil }
        let offset = batch.baseOffset &+ Int64(index)
        guard let record = BatchLayout.record(batch.body, at: &position, offset: offset) else {
            throw .damaged(
                file: batch.file, position: batch.filePosition,
                reason: "record \(index) of the batch of offset \(batch.baseOffset) has impossible lengths")
        }
        index += 1
        return record
    }
}
