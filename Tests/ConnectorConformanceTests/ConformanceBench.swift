import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect
import Testing

/// A connector in working order, and what the suite must know to drive it.
final class ConformanceBench {
    let connector: any Connector
    let columns: [ResolvedTable.Column]
    let primaryKey: [Int]
    /// Of the table that is read; bounded.
    let options: [String: String]
    /// The table that is written, where it is another one.
    var sinkOptions: [String: String]
    var clock: any Clock = SystemClock()
    var reads = true
    var writes = true
    /// Written rows are seen when they are committed, and not before.
    var isAtomic = false
    /// Rows written, by other means than reading the table; nil: it is read.
    var writtenRows: (() throws -> [[Datum]])?
    /// Makes the sink refuse rows for now, then lets it go on.
    var block: (() throws -> Void)?
    var unblock: (() -> Void)?
    var stop: () -> Void = {}
    private let waker = SleepingWaker()

    init(
        _ connector: any Connector, _ columns: [ResolvedTable.Column], primaryKey: [Int] = [],
        _ options: [String: String]
    ) {
        self.connector = connector
        self.columns = columns
        self.primaryKey = primaryKey
        self.options = options
        sinkOptions = options
    }

    deinit { stop() }

    var context: ConnectorContext { ConnectorContext(clock: clock, waker: waker, randomSeed: 7) }

    func table(_ changes: [String: String?] = [:], isSink: Bool = false) -> ResolvedTable {
        var all = ["connector": connector.names[0]]
        for (key, value) in isSink ? sinkOptions : options { all[key] = value }
        for (key, value) in changes { all[key] = value }
        return ResolvedTable(
            name: "c.d.t", columns: columns, primaryKey: primaryKey,
            options: TableOptions(all.sorted { $0.key < $1.key }.map { TableOptions.Entry($0.key, $0.value) })
        )
    }

    struct Timeout: Error {}

    /// Until there is an answer, 30 s at most.
    func patiently<Value>(_ body: () throws -> (Value?, WakeUp?)) throws -> Value {
        let end = SystemClock().monotonicNanos() + 30_000_000_000
        while true {
            let (value, wakeUp) = try body()
            if let value { return value }
            if SystemClock().monotonicNanos() > end { throw Timeout() }
            if case .at(let nanos) = wakeUp, let manual = clock as? ManualClock {
                manual.advance(micros: max(1, (nanos - manual.monotonicNanos()) / 1000))
            } else {
                usleep(500)
            }
        }
    }

    // MARK: Reading

    func all(_ projection: [Int]? = nil, limit: Int? = nil, filters: [ScanFilter] = [], maxRows: Int = 1000)
        throws -> [[Datum]]
    {
        let scan = ScanRequest(
            projection: projection ?? Array(columns.indices), limit: limit, filters: filters)
        let source = try connector.makeSource(table(), scan)
        var rows: [[Datum]] = []
        for split in try source.discoverSplits(context) {
            let reader = try source.open(split, context)
            rows += try rest(reader, maxRows: maxRows)
            reader.close()
        }
        return rows
    }

    /// The next batch; nil: the reader has finished.
    func next(_ reader: any SplitReader, maxRows: Int) throws -> RecordBatch? {
        let found: RecordBatch?? = try patiently {
            switch try reader.poll(maxRows: maxRows) {
            case .rows(let batch): return (.some(.some(batch)), nil)
            case .finished: return (.some(nil), nil)
            case .wait(let wakeUp): return (nil, wakeUp)
            }
        }
        return found ?? nil
    }

    func rest(_ reader: any SplitReader, maxRows: Int) throws -> [[Datum]] {
        var rows: [[Datum]] = []
        while let batch = try next(reader, maxRows: maxRows) {
            #expect(batch.rowCount > 0 && batch.rowCount <= maxRows)
            for row in 0..<batch.rowCount { rows.append(batch.row(row)) }
        }
        return rows
    }

    // MARK: Writing

    func sink(_ columns: [Int]? = nil) throws -> any Sink {
        try connector.makeSink(
            table(isSink: true),
            SinkRequest(columns: columns ?? Array(self.columns.indices), input: .appendOnly))
    }

    func batch(_ rows: [[Datum]], _ columns: [Int]? = nil) -> RecordBatch {
        let schema = table().schema
        let builder = BatchBuilder(
            (columns ?? Array(schema.indices)).map { schema[$0] }, capacity: max(16, rows.count))
        for row in rows { builder.appendRow(row) }
        return builder.finish()
    }

    /// Offers a batch until it is taken; how often it was not.
    @discardableResult
    func offer(_ batch: RecordBatch, to writer: any SinkWriter) throws -> Int {
        var refusals = 0
        let _: Bool = try patiently {
            if let wakeUp = try writer.write(batch) {
                refusals += 1
                _ = try writer.poll()
                return (nil, wakeUp)
            }
            return (true, nil)
        }
        return refusals
    }

    /// As the runtime does it at the end of the input; the token of the commit.
    func end(_ writer: any SinkWriter) throws -> [UInt8] {
        try writer.endOfRows()
        try writer.flush()
        let _: Bool = try patiently {
            if let wakeUp = try writer.poll() { return (nil, wakeUp) }
            return (true, nil)
        }
        try writer.finish()
        let token = try writer.prepareCommit()
        writer.close()
        return token
    }

    func write(_ rows: [[Datum]], columns: [Int]? = nil, batchRows: Int = 1000) throws {
        let sink = try sink(columns)
        let writer = try sink.open(subtask: 0, of: 1, context)
        for start in stride(from: 0, to: rows.count, by: batchRows) {
            try offer(batch(Array(rows[start..<min(start + batchRows, rows.count)]), columns), to: writer)
        }
        let token = try end(writer)
        if !token.isEmpty { try sink.commit([token], context) }
    }

    func written() throws -> [[Datum]] {
        if let writtenRows { return try writtenRows() }
        return try all()
    }
}

private final class SleepingWaker: Waker {
    func wake() {}
}

/// Rows as a set that counts.
func bag(_ rows: [[Datum]]) -> [[Datum]: Int] {
    var counts: [[Datum]: Int] = [:]
    for row in rows { counts[row, default: 0] += 1 }
    return counts
}
