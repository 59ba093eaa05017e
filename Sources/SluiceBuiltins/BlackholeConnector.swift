public import SluiceBase
import SluiceColumns
public import SluiceConnect

/// `blackhole`: takes all rows and keeps none.
public struct BlackholeConnector: Connector {
    public let names = ["blackhole"]
    public let options: [OptionSpec] = []

    public init() {}

    public func validate(_ table: ResolvedTable) throws(SQLError) {
        try OptionCheck.check(table, options)
    }

    public func sinkTraits(_ table: ResolvedTable, input: ChangelogMode) throws(SQLError) -> SinkTraits? {
        SinkTraits(accepts: .retract)
    }

    public func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink {
        BlackholeSink()
    }

    private struct BlackholeSink: Sink {
        func open(
            subtask: Int, of parallelism: Int, _ context: ConnectorContext
        ) throws(JobError) -> any SinkWriter {
            BlackholeWriter()
        }
    }

    private final class BlackholeWriter: SinkWriter {
        func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? { nil }
        func flush() throws(JobError) {}
        func finish() throws(JobError) {}
        func close() {}
    }
}
