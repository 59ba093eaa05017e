import SluiceBase
import SluiceColumns
import SluiceConnect

/// Takes rows and forgets them.
struct DiscardConnector: Connector {
    let names = ["discard"]
    let options: [OptionSpec] = []

    func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink { Discard() }

    private struct Discard: Sink {
        func open(
            subtask: Int, of parallelism: Int, _ context: ConnectorContext
        ) throws(JobError) -> any SinkWriter { Writer() }
    }

    private final class Writer: SinkWriter {
        func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? { nil }
        func flush() throws(JobError) {}
        func finish() throws(JobError) {}
        func close() {}
    }
}
