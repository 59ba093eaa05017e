import Glibc
import SluiceBase
import SluiceHBaseClient
import Synchronization

/// Reads random rows; every answer starts the next read, on the client's thread.
final class ReadLoad: Sendable {
    private let client: HBaseClient
    private let table: HBaseTable
    private let rows: Int
    private let batch: Int
    private let seconds: Double
    private let random = Lock(RandomSource(seed: 42))
    private let done = Atomic<Int>(0)
    private let cells = Atomic<Int>(0)
    private let isOver = Atomic<Bool>(false)
    private let failure = Lock<HBaseError?>(nil)
    private let ended = HBaseBenchSignal(0)

    init(_ client: HBaseClient, _ table: HBaseTable, rows: Int, seconds: Double, batch: Int) {
        self.client = client
        self.table = table
        self.rows = rows
        self.seconds = seconds
        self.batch = batch
    }

    func run(inFlight: Int) -> Result<String, HBaseBenchFailure> {
        let report = HBaseBenchReport()
        for _ in 0..<inFlight { start() }
        let clock = SystemClock()
        let end = clock.monotonicNanos() + Int64(seconds * 1e9)
        while clock.monotonicNanos() < end { usleep(10_000) }
        isOver.store(true, ordering: .relaxed)
        for _ in 0..<inFlight { ended.wait() }
        if let failure = failure.withLock({ $0 }) {
            return .failure(HBaseBenchFailure(text: failure.description))
        }
        let operations = done.load(ordering: .relaxed)
        return .success(report.line(operations: operations, found: cells.load(ordering: .relaxed)))
    }

    private func start() {
        var keys = RowKeys()
        keys.reserveCapacity(keys: batch, bytes: batch * 12)
        var row = [UInt8]("row-00000000".utf8)
        random.withLock { random in
            for _ in 0..<batch {
                hbaseBenchRow(Int(random.next() % UInt64(rows)), &row)
                keys.append(row)
            }
        }
        client.get(GetBatch(table: table, keys: keys)) { [self] results in
            if let error = results.firstError { failure.withLock { $0 = error } }
            var found = 0
            for index in 0..<results.count { results.forEachCell(ofKey: index) { _ in found += 1 } }
            cells.wrappingAdd(found, ordering: .relaxed)
            done.wrappingAdd(results.count, ordering: .relaxed)
            if isOver.load(ordering: .relaxed) || results.hasErrors { ended.signal() } else { start() }
        }
    }
}

/// Puts rows in batches, a few on their way.
final class WriteLoad: Sendable {
    private let client: HBaseClient
    private let table: HBaseTable
    private let column: PreparedColumn
    private let rows: Int
    private let size: Int
    private let room = HBaseBenchSignal(4)
    private let failure = Lock<HBaseError?>(nil)

    init(_ client: HBaseClient, _ table: HBaseTable, _ column: PreparedColumn, _ rows: Int, _ size: Int) {
        self.client = client
        self.table = table
        self.column = column
        self.rows = rows
        self.size = size
    }

    func run() -> Result<String, HBaseBenchFailure> {
        let report = HBaseBenchReport()
        let value = [UInt8](repeating: 0x78, count: size)
        var row = [UInt8]("row-00000000".utf8)
        var next = 0
        while next < rows {
            let count = min(5000, rows - next)
            var builder = MutationBatchBuilder(table: table)
            builder.reserveCapacity(operations: count, bytes: count * (80 + size))
            for number in next..<next + count {
                hbaseBenchRow(number, &row)
                row.withUnsafeBytes { builder.beginPut($0) }
                value.withUnsafeBytes { builder.cell(column, value: $0) }
            }
            next += count
            room.wait()
            client.mutate(builder.finish()) { [self] results in
                if let error = results.firstError { failure.withLock { $0 = error } }
                room.signal()
            }
        }
        for _ in 0..<4 { room.wait() }
        if let failure = failure.withLock({ $0 }) {
            return .failure(HBaseBenchFailure(text: failure.description))
        }
        return .success(report.line(operations: rows, found: rows))
    }
}
