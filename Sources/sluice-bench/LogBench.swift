import Glibc
import SluiceBase
import SluiceLogStore

/// `sluice-bench log FOLDER [RECORDS] [BYTES]`: how fast the embedded log takes and gives records of so many bytes, in
/// batches of 1,000 or of about 4 MiB, in a folder that holds no log yet.
struct LogBench {
    struct Failure: Error {
        let text: String
    }

    private let folder: String
    private let count: Int
    /// Of a record's value.
    private let size: Int
    /// Records of a batch.
    private let batchCount: Int

    static func run(_ arguments: [String]) -> Result<[String], Failure> {
        do throws(Failure) { return .success(try LogBench(arguments).lines()) } catch {
            return .failure(error)
        }
    }

    private init(_ arguments: [String]) throws(Failure) {
        folder = arguments[0]
        count = try Self.number(arguments, 1, "RECORDS", 1_000_000, 1...1_000_000_000)
        size = try Self.number(arguments, 2, "BYTES", 100, 0...32 << 20)
        batchCount = max(1, min(1000, (4 << 20) / max(size, 1)))
    }

    private static func number(
        _ arguments: [String], _ place: Int, _ name: String, _ otherwise: Int, _ range: ClosedRange<Int>
    ) throws(Failure) -> Int {
        guard arguments.count > place else { return otherwise }
        guard let number = Int(arguments[place]), range.contains(number) else {
            throw Failure(
                text:
                    "\(name) is \"\(arguments[place])\": \(range.lowerBound) to \(range.upperBound) are possible"
            )
        }
        return number
    }

    private func lines() throws(Failure) -> [String] {
        do throws(LogError) {
            let durable = max(1, count / 10)
            let logs = [partition("a"), partition("b")]
            for log in logs where try !log.bounds().isEmpty {
                throw LogError.invalid("\"\(log.path)\" holds a log already")
            }
            return [
                try append("append", logs[0], count, syncs: false),
                try append("append, each batch durable", logs[1], durable, syncs: true),
                try read(logs[0]),
            ]
        } catch {
            throw Failure(text: error.sqlError.message)
        }
    }

    private func partition(_ name: String) -> LogPartition {
        LogPartition(disk: SystemDisk(), path: folder + "/" + name, clock: SystemClock())
    }

    private func append(
        _ what: String, _ log: LogPartition, _ count: Int, syncs: Bool
    ) throws(LogError) -> String {
        let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let batch = LogBatchBuilder()
        let start = Clocks()
        for first in stride(from: 0, to: count, by: batchCount) {
            batch.removeAll()
            for number in first..<min(first + batchCount, count) {
                try value.span.bytes.withUnsafeBytes { (bytes) throws(LogError) in
                    try batch.append(timestamp: Int64(number), key: nil, value: bytes)
                }
            }
            _ = try log.append(batch)
            if syncs { try log.sync() }
        }
        try log.sync()
        let batches = (count + batchCount - 1) / batchCount
        return start.line(what + ", batches of \(min(count, batchCount))", count, batches)
    }

    private func read(_ log: LogPartition) throws(LogError) -> String {
        let reader = try log.reader(from: 0)
        var found = 0
        var bytes = 0
        var batches = 0
        let start = Clocks()
        while let batch = try reader.nextBatch() {
            batches += 1
            var records = batch.records
            while let record = try records.next() {
                found += 1
                bytes += record.value?.count ?? 0
            }
        }
        guard found == count, bytes == count * size else {
            throw .invalid("\(count) records were appended, \(found) with \(bytes) bytes came back")
        }
        return start.line("read (\(bytes >> 20) MiB)", found, batches)
    }

    /// Elapsed and CPU time, in seconds, of a stretch of work.
    private struct Clocks {
        private let elapsed: Double
        private let cpu: Double

        init() {
            var usage = rusage()
            getrusage(0, &usage)  // RUSAGE_SELF
            let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1_000_000
            let system = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1_000_000
            elapsed = Double(SystemClock().monotonicNanos()) / 1e9
            cpu = user + system
        }

        func line(_ what: String, _ count: Int, _ batches: Int) -> String {
            let now = Clocks()
            let seconds = max(now.elapsed - elapsed, 1e-9)
            let each = Int((now.cpu - cpu) * 1e9 / Double(max(count, 1)))
            let micros = Int(seconds * 1e6 / Double(max(batches, 1)))
            return
                "\(what): \(count) records, \(Int(Double(count) / seconds)) a second, \(each) ns of CPU each, "
                + "\(micros) µs a batch"
        }
    }
}
