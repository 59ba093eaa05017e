import SluiceBase
import SluiceColumns
import SluiceConnect

/// `shelf`: texts in the memory of the process.
struct ShelfConnector: Connector {
    let shelf: Shelf
    let names = ["shelf"]
    let options = [OptionSpec("room", .integer, default: "1000000", "texts that fit; more fail the job")]

    func validate(_ table: ResolvedTable) throws(SQLError) {
        try OptionCheck.check(table, options)
        guard table.columns.map(\.type.kind.isCharacter) == [true] else {
            throw SQLError(.invalidDefinition, "table \"\(table.name)\" must have one column, of type STRING")
        }
    }

    func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits? {
        SourceTraits(isBounded: true)
    }

    func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        ShelfSource(shelf: shelf, table: table, projection: scan.projection)
    }

    func sinkTraits(_ table: ResolvedTable, input: ChangelogMode) throws(SQLError) -> SinkTraits? {
        SinkTraits(accepts: .appendOnly)
    }

    func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink {
        ShelfSink(
            shelf: shelf, isEmpty: request.columns.isEmpty,
            room: try table.options.int("room", default: 1_000_000))
    }
}

/// What all sources and sinks of the process share.
final class Shelf: Sendable {
    struct Content {
        var texts: [String] = []
        /// Prepared and not committed yet, by token.
        var prepared: [UInt8: [String]] = [:]
        var tokens: UInt8 = 0
    }
    let content = Lock(Content())
}

struct ShelfSource: Source {
    let shelf: Shelf
    let table: ResolvedTable
    let projection: [Int]

    func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
        [SourceSplit(id: "all")]
    }

    func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
        ShelfReader(shelf.content.withLock { $0.texts }, projection.map { table.schema[$0] }, split)
    }
}

final class ShelfReader: SplitReader {
    private let texts: [String]
    private let builder: BatchBuilder
    private var next: Int

    init(_ texts: [String], _ schema: Schema, _ split: SourceSplit) {
        self.texts = texts
        builder = BatchBuilder(schema, capacity: 64)
        next = Int(String(decoding: split.detail, as: UTF8.self)) ?? 0
    }

    func poll(maxRows: Int) throws(JobError) -> Polled {
        if next >= texts.count { return .finished }
        for text in texts[next...].prefix(maxRows) {
            for column in builder.columns { column.append(.string(text)) }
            builder.endRow()
        }
        next += builder.rowCount
        return .rows(builder.finish())
    }

    func position() -> [UInt8] { Array(String(next).utf8) }
    var bufferedBytes: Int { builder.byteCount }
    func close() {}
}

struct ShelfSink: Sink {
    let shelf: Shelf
    let isEmpty: Bool
    let room: Int

    func open(subtask: Int, of parallelism: Int, _ context: ConnectorContext) throws(JobError)
        -> any SinkWriter
    {
        ShelfWriter(self)
    }

    func commit(_ tokens: [[UInt8]], _ context: ConnectorContext) throws(JobError) {
        shelf.content.withLock { content in
            for token in tokens.joined() {
                content.texts += content.prepared.removeValue(forKey: token) ?? []
            }
        }
    }

    func abort(_ token: [UInt8], _ context: ConnectorContext) {
        shelf.content.withLock { content in for byte in token { content.prepared[byte] = nil } }
    }
}

final class ShelfWriter: SinkWriter {
    private let sink: ShelfSink
    private var texts: [String] = []

    init(_ sink: ShelfSink) { self.sink = sink }

    func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? {
        for row in 0..<batch.rowCount {
            texts.append(sink.isEmpty ? "" : batch.columns[0].datum(row).asString ?? "")
        }
        if texts.count > sink.room {
            throw JobError(SQLError(.sinkFailed, "the shelf has room for \(sink.room) texts"))
        }
        return nil
    }

    func flush() throws(JobError) {}
    func finish() throws(JobError) {}

    func prepareCommit() throws(JobError) -> [UInt8] {
        defer { texts = [] }
        return sink.shelf.content.withLock { content in
            content.tokens &+= 1
            content.prepared[content.tokens] = texts
            return [content.tokens]
        }
    }

    var bufferedBytes: Int { texts.reduce(0) { $0 + $1.utf8.count } }
    func close() { texts = [] }
}
