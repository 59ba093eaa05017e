import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceHBase
import SluiceHBaseFake
import SluiceTableStore

/// Wakes the one who waits.
final class WaitingWaker: Waker {
    private let semaphore: Lock<UnsafeMutablePointer<sem_t>>

    init() {
        let made = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        sem_init(made, 0, 0)
        semaphore = Lock(made)
    }

    private var pointer: UnsafeMutablePointer<sem_t> { semaphore.withLock { $0 } }

    deinit {
        sem_destroy(pointer)
        pointer.deallocate()
    }

    func wake() { sem_post(pointer) }

    /// Waits for a call of `wake`, 20 ms at most: the caller looks again in any case.
    func wait() {
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        until.tv_nsec += 20_000_000
        if until.tv_nsec >= 1_000_000_000 {
            until.tv_sec += 1
            until.tv_nsec -= 1_000_000_000
        }
        sem_timedwait(pointer, &until)
    }
}

struct BenchTimeout: Error {}

/// The connector on some cluster, driven as a job would drive it.
final class ConnectorBench {
    let connector: HBaseConnector
    let waker = WaitingWaker()
    let context: ConnectorContext
    let published = Lock<[any ConnectorMetrics]>([])
    let options: [(String, String)]
    let reports = Lock<[SourceEvent]>([])

    /// - Parameter cluster: options that name the cluster.
    init(cluster: [(String, String)], store: String = "/nonexistent") {
        connector = HBaseConnector(store: TableStore(folder: store, clock: SystemClock()))
        let reports = reports
        let published = published
        var context = ConnectorContext(
            clock: SystemClock(), waker: waker, report: { event in reports.withLock { $0.append(event) } })
        context.publish = { metrics in published.withLock { $0.append(metrics) } }
        self.context = context
        options = cluster
    }

    func table(
        _ name: String, _ columns: [ResolvedTable.Column], _ more: [(String, String)] = []
    ) -> ResolvedTable {
        let entries = [("connector", "hbase"), ("table-name", name)] + options + more
        return ResolvedTable(
            name: "c.d.\(name)", columns: columns,
            options: TableOptions(entries.map { TableOptions.Entry($0.0, $0.1) }))
    }

    /// A number that what ran last tells.
    func metric(_ name: String) -> Int64? {
        published.withLock { $0.last?.metrics.first { $0.name == name }?.value }
    }

    static func family(_ name: String, _ fields: [(String, DataType)]) -> ResolvedTable.Column {
        ResolvedTable.Column(name: name, type: DataType(.row(fields.map { Field($0.0, $0.1) })))
    }

    static func key(_ type: DataType = .string) -> ResolvedTable.Column { .init(name: "k", type: type) }

    /// A deadline for waiting loops.
    private func patiently<Value>(_ body: () throws -> Value?) throws -> Value {
        let end = SystemClock().monotonicNanos() + 30_000_000_000
        while true {
            if let value = try body() { return value }
            if SystemClock().monotonicNanos() > end { throw BenchTimeout() }
            waker.wait()
        }
    }

    // MARK: Writing

    func open(_ table: ResolvedTable, input: ChangelogMode = .upsert) throws -> any SinkWriter {
        let request = SinkRequest(columns: Array(table.columns.indices), input: input)
        return try connector.makeSink(table, request).open(subtask: 0, of: 1, context)
    }

    func batch(_ table: ResolvedTable, _ rows: [(RowKind, [Datum])]) -> RecordBatch {
        let builder = BatchBuilder(table.schema, capacity: max(16, rows.count))
        for (kind, values) in rows { builder.appendRow(values, kind: kind) }
        return builder.finish()
    }

    func write(_ writer: any SinkWriter, _ batch: RecordBatch) throws {
        _ = try patiently { try writer.write(batch) == nil ? true : nil }
    }

    func finish(_ writer: any SinkWriter) throws {
        try writer.flush()
        _ = try patiently { try writer.poll() == nil ? true : nil }
        try writer.finish()
        writer.close()
    }

    func write(
        _ table: ResolvedTable, _ rows: [(RowKind, [Datum])], input: ChangelogMode = .upsert
    ) throws {
        let writer = try open(table, input: input)
        try write(writer, batch(table, rows))
        try finish(writer)
    }

    // MARK: Reading

    func scan(
        _ table: ResolvedTable, _ projection: [Int]? = nil, limit: Int? = nil, filters: [ScanFilter] = []
    ) throws -> [[Datum]] {
        let request = ScanRequest(
            projection: projection ?? Array(table.columns.indices), limit: limit, filters: filters)
        let source = try connector.makeSource(table, request)
        var rows: [[Datum]] = []
        for split in try source.discoverSplits(context) {
            let reader = try source.open(split, context)
            rows += try read(reader)
            reader.close()
        }
        return rows
    }

    func read(_ reader: any SplitReader, atMost limit: Int = .max) throws -> [[Datum]] {
        var rows: [[Datum]] = []
        while rows.count < limit {
            let batch: RecordBatch? = try patiently {
                switch try reader.poll(maxRows: min(1024, limit - rows.count)) {
                case .rows(let batch): return .some(.some(batch))
                case .wait: return nil
                case .finished: return .some(nil)
                }
            }
            guard let batch else { return rows }
            for row in 0..<batch.rowCount { rows.append(batch.row(row)) }
        }
        return rows
    }

    func answer(
        _ source: any LookupSource, _ types: [DataType], _ keys: [[Datum]]
    ) throws -> LookupResult {
        let builder = BatchBuilder(types.map { Field("k", $0) }, capacity: max(16, keys.count))
        for key in keys { builder.appendRow(key) }
        let ticket = try source.begin(builder.finish())
        return try patiently { try source.take(ticket) }
    }

    func lookUp(_ source: any LookupSource, _ type: DataType, _ keys: [Datum]) throws -> [Int: [Datum]] {
        let result = try answer(source, [type], keys.map { [$0] })
        var found: [Int: [Datum]] = [:]
        for (row, key) in result.keyIndex.enumerated() { found[Int(key)] = result.rows.row(row) }
        return found
    }
}
