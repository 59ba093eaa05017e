import SluiceBase
package import SluiceColumns
package import SluiceRuntime

/// Takes what an operator gives and keeps it as text. May be told to be full.
package final class Recorder: StreamOperator {
    private let schema: Schema
    package private(set) var lines: [String] = []
    package private(set) var batches: [RecordBatch] = []
    /// Batches taken before it is full; nil: never full.
    package var room: Int?

    package init(_ schema: Schema) { self.schema = schema }

    package var markHandling: MarkHandling { .inBatch }

    package func process(_ batch: RecordBatch, input: Int, _ out: any Output) {
        batches.append(batch)
        lines += BatchText.render(batch, schema)
        if let left = room { room = left - 1 }
    }

    package func advance(to watermark: Int64, _ out: any Output) {
        lines.append(BatchText.render(watermark: watermark))
    }

    package func resume(_ out: any Output) -> Bool { (room ?? 1) <= 0 }

    /// What came since the last call.
    package func take() -> [String] {
        defer { lines.removeAll() }
        return lines
    }
}
