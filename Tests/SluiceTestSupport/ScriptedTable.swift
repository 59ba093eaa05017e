package import SluiceBase
package import SluiceColumns
package import SluiceConnect
import Synchronization

/// A table whose splits, answers and sink are written down by a test. Connector name: `scripted`; tables are told
/// apart by name.
package final class ScriptedConnector: Connector {
    package let names = ["scripted"]
    package let options: [OptionSpec] = []
    private let tables: Lock<[String: ScriptedTable]>

    package init(_ tables: [ScriptedTable]) {
        var byName: [String: ScriptedTable] = [:]
        for table in tables { byName[table.name] = table }
        self.tables = Lock(byName)
    }

    private func find(_ table: ResolvedTable) throws(SQLError) -> ScriptedTable {
        if let found = tables.withLock({ $0[table.name] }) { return found }
        throw SQLError(.unknownTable, "table \"\(table.name)\" is not scripted")
    }

    package func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        try find(table)
    }
    package func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink {
        try find(table)
    }
    package func makeLookup(
        _ table: ResolvedTable, _ request: LookupRequest
    ) throws(SQLError) -> any LookupProvider {
        try find(table)
    }
}

/// What a table of `ScriptedConnector` gives and took.
package final class ScriptedTable: Source, Sink, LookupProvider {
    package enum Step: Sendable {
        case rows(RecordBatch)
        /// Waits so long on the job's clock.
        case wait(millis: Int64)
        /// Waits for `release()`.
        case hold
        case fail(String)
    }

    package struct Written: Sendable {
        package var lines: [String] = []
        package var opens = 0
        package var finishes = 0
        package var flushes = 0
        package var closes = 0
    }

    package struct Asked: Sendable {
        /// Keys of each request, rendered.
        package var requests: [[String]] = []
    }

    package let name: String
    package let schema: Schema
    private let splits: [[Step]]
    private let written = Lock(Written())
    private let asked = Lock(Asked())
    private let answers: Lock<[String: [[Datum]]]>
    private let isReleased = Atomic<Bool>(false)
    private let opened = Atomic<Int>(0)
    private let wakers = Lock<[any Waker]>([])
    /// The sink takes no batch until `release()`.
    private let sinkHolds: Bool
    private let keySchema: Schema
    /// Answers to look-ups come with the second `take`.
    private let answersLate: Bool

    package init(
        _ name: String, _ schema: Schema, splits: [[Step]] = [], sinkHolds: Bool = false,
        keySchema: Schema = [],
        answers: [String: [[Datum]]] = [:], answersLate: Bool = false
    ) {
        self.name = name
        self.schema = schema
        self.splits = splits
        self.sinkHolds = sinkHolds
        self.keySchema = keySchema
        self.answers = Lock(answers)
        self.answersLate = answersLate
    }

    package convenience init(_ name: String, _ schema: Schema, text: String, size: Int = 1024) {
        self.init(name, schema, splits: [BatchText.parse(text, schema, size: size).map { .rows($0) }])
    }

    package var resolved: ResolvedTable {
        ResolvedTable(
            name: name, columns: schema.map { ResolvedTable.Column(name: $0.name, type: $0.type) },
            options: TableOptions())
    }

    package var output: Written { written.withLock { $0 } }
    package var requests: [[String]] { asked.withLock { $0.requests } }
    /// Readers opened so far.
    package var openedReaders: Int { opened.load(ordering: .relaxed) }

    /// Lets `hold` steps and a holding sink go on.
    package func release() {
        isReleased.store(true, ordering: .sequentiallyConsistent)
        for waker in wakers.withLock({ $0 }) { waker.wake() }
    }

    package func setAnswer(_ key: String, _ rows: [[Datum]]) { answers.withLock { $0[key] = rows } }

    // MARK: Source

    package func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
        splits.indices.map { SourceSplit(id: String($0)) }
    }

    package func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
        opened.wrappingAdd(1, ordering: .relaxed)
        wakers.withLock { $0.append(context.waker) }
        return Reader(table: self, steps: splits[Int(split.id) ?? 0], clock: context.clock)
    }

    private final class Reader: SplitReader {
        let table: ScriptedTable
        let steps: [Step]
        let clock: any Clock
        var at = 0
        var deadline: Int64?

        init(table: ScriptedTable, steps: [Step], clock: any Clock) {
            self.table = table
            self.steps = steps
            self.clock = clock
        }

        func poll(maxRows: Int) throws(JobError) -> Polled {
            guard at < steps.count else { return .finished }
            switch steps[at] {
            case .rows(let batch):
                at += 1
                return .rows(batch)
            case .wait(let millis):
                let until = deadline ?? clock.monotonicNanos() + millis * 1_000_000
                deadline = until
                if clock.monotonicNanos() < until { return .wait(.at(nanos: until)) }
                deadline = nil
                at += 1
                return try poll(maxRows: maxRows)
            case .hold:
                guard table.isReleased.load(ordering: .sequentiallyConsistent) else { return .wait(.signal) }
                at += 1
                return try poll(maxRows: maxRows)
            case .fail(let message):
                throw JobError(SQLError(.connectorIO, message), domain: .external)
            }
        }

        func position() -> [UInt8] { Array(String(at).utf8) }
        func close() {}
    }

    // MARK: Sink

    package func open(
        subtask: Int, of parallelism: Int, _ context: ConnectorContext
    ) throws(JobError) -> any SinkWriter {
        wakers.withLock { $0.append(context.waker) }
        written.withLock { $0.opens += 1 }
        return Writer(table: self)
    }

    private final class Writer: SinkWriter {
        let table: ScriptedTable
        init(table: ScriptedTable) { self.table = table }

        func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? {
            if table.sinkHolds, !table.isReleased.load(ordering: .sequentiallyConsistent) { return .signal }
            let lines = BatchText.render(batch.with(marks: []), table.schema)
            table.written.withLock { $0.lines += lines }
            return nil
        }
        func flush() throws(JobError) { table.written.withLock { $0.flushes += 1 } }
        func finish() throws(JobError) { table.written.withLock { $0.finishes += 1 } }
        func close() { table.written.withLock { $0.closes += 1 } }
    }

    // MARK: Look-up

    package func open(_ context: ConnectorContext) throws(JobError) -> any LookupSource {
        Client(table: self)
    }

    private final class Client: LookupSource {
        let table: ScriptedTable
        var waiting: [Int: (keys: [String], polls: Int)] = [:]
        var next = 0
        init(table: ScriptedTable) { self.table = table }

        func begin(_ keys: RecordBatch) throws(JobError) -> Int {
            let texts = BatchText.render(keys, table.keySchema).map { String($0.dropFirst(3)) }
            table.asked.withLock { $0.requests.append(texts) }
            next += 1
            waiting[next] = (texts, 0)
            return next
        }

        func take(_ ticket: Int) throws(JobError) -> LookupResult? {
            guard let (keys, polls) = waiting[ticket] else { return nil }
            if table.answersLate && polls == 0 {
                waiting[ticket] = (keys, 1)
                return nil
            }
            waiting[ticket] = nil
            let builder = BatchBuilder(table.schema, capacity: 16)
            var index: [Int32] = []
            for (number, key) in keys.enumerated() {
                for row in table.answers.withLock({ $0[key] ?? [] }) {
                    builder.appendRow(row)
                    index.append(Int32(number))
                }
            }
            return LookupResult(rows: builder.finish(), keyIndex: index)
        }
        func close() {}
    }
}
