import SluiceBase
import SluiceColumns
import SluiceConnect

/// Gives the same bids in every run, from memory: 20,000 rows, 1,000 auctions, 500 rows a second of event time.
struct PreparedConnector: Connector {
    let names = ["prepared"]
    let options: [OptionSpec] = []

    static let batches = 10
    static let batchRows = 2000

    func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits? {
        SourceTraits(isBounded: true)
    }

    func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        Prepared(projection: scan.projection)
    }

    private struct Prepared: Source {
        let projection: [Int]

        func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
            (0..<2).map { SourceSplit(id: "\($0)", detail: [UInt8($0)]) }
        }

        func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
            Reader(projection, first: Int(split.detail.first ?? 0))
        }
    }

    /// Every second batch.
    private final class Reader: SplitReader {
        private let projection: [Int]
        private var next: Int

        init(_ projection: [Int], first: Int) {
            self.projection = projection
            next = first
        }

        func poll(maxRows: Int) throws(JobError) -> Polled {
            if next >= PreparedConnector.batches { return .finished }
            let batch = PreparedConnector.batch(next)
            next += 2
            return .rows(
                RecordBatch(columns: projection.map { batch.columns[$0] }, rowCount: batch.rowCount))
        }

        func position() -> [UInt8] { [UInt8(truncatingIfNeeded: next)] }
        func close() {}
    }

    private static let schema: Schema = [
        Field("auction", .bigint), Field("bidder", .bigint), Field("price", .bigint),
        Field("channel", .string),
        Field("ts", .timestamp(3)),
    ]

    private static func batch(_ number: Int) -> RecordBatch {
        var random = RandomSource(seed: UInt64(number))
        let builder = BatchBuilder(schema, capacity: batchRows)
        for row in 0..<batchRows {
            builder.appendRow([
                .int64(Int64(random.next() % 1000)), .int64(Int64(random.next() % 5000)),
                .int64(Int64(random.next() % 10_000)), .string("channel-\(random.next() % 100_000_000)"),
                .int64(Int64(number * batchRows + row) * 2000),
            ])
        }
        return builder.finish()
    }
}
