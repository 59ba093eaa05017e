public import SluiceBase
import SluiceColumns
public import SluiceConnect
public import SluiceLogStore

/// `log`: topics of the embedded log, with the options of Flink's Kafka connector.
public struct LogConnector: Connector {
    public let names = ["log"]
    private let store: LogStore
    private let formats: FormatRegistry
    /// Tells the transactions of jobs apart.
    private let random: any Random

    public init(store: LogStore, formats: FormatRegistry, random: any Random = SystemRandom()) {
        self.store = store
        self.formats = formats
        self.random = random
    }

    public var options: [OptionSpec] { LogOptionSpecs.all(formats) }
    public var metadata: [MetadataKey] { LogMetadata.allCases.map(\.key) }

    public func validate(_ table: ResolvedTable) throws(SQLError) {
        let log = try LogTable(table, formats)
        try LogOptionSpecs.check(table, log, options)
    }

    public func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits? {
        let log = try LogTable(table, formats)
        return SourceTraits(isBounded: log.bounds.isBounded, changelog: log.value.format.decodedChangelog)
    }

    public func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        let log = try LogTable(table, formats)
        // What the formats cannot do is said before the job runs.
        _ = try RecordReader.makeDecoders(log, scan, .utc)
        return LogSource(table: log, scan: scan, store: store)
    }

    public func sinkTraits(_ table: ResolvedTable, input: ChangelogMode) throws(SQLError) -> SinkTraits? {
        let log = try LogTable(table, formats)
        return SinkTraits(
            accepts: log.value.format.encodedChangelog,
            batchOnly: log.guarantee == .exactlyOnce ? "'sink.delivery-guarantee' = 'exactly-once'" : nil)
    }

    public func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink {
        let log = try LogTable(table, formats)
        guard log.topics.count == 1 else {
            throw SQLError(
                .connectorOption,
                "table \"\(table.name)\" names \(log.topics.count) topics, but rows can be written to one only"
            )
        }
        if request.overwrite {
            throw SQLError(
                .unsupported, "INSERT OVERWRITE cannot write to the log of table \"\(table.name)\"",
                hint: "a log is only appended to; 'sluice log trim' drops old records")
        }
        _ = try RecordWriter(log, request, .utc)
        return LogSink(table: log, request: request, store: store, id: random.next() | 1)
    }

    public func creationNotice(_ table: ResolvedTable) -> String? {
        guard let log = try? LogTable(table, formats) else { return nil }
        let topics = log.topics.map { "\"\($0)\"" }.joined(separator: ", ")
        return "topic \(topics) in the embedded log \(store.folder)"
    }
}
