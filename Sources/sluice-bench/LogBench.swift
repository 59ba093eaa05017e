import Glibc
import SluiceBase
import SluiceLogStore

/// `sluice-bench log FOLDER [RECORDS] [BYTES]`: how fast the embedded log takes and gives records of so many bytes, in
/// batches of 1,000, in a new folder.
enum LogBench {
    struct Failure: Error {
        let text: String
    }

    static func run(_ arguments: [String]) -> Result<[String], Failure> {
        let count = arguments.count > 1 ? Int(arguments[1]) ?? 0 : 1_000_000
        let size = arguments.count > 2 ? Int(arguments[2]) ?? -1 : 100
        guard count >= 1000, size >= 0 else {
            return .failure(Failure(text: "at least 1000 records, please"))
        }
        do throws(LogError) {
            return .success([
                try append("append", arguments[0] + "/a", count, size, syncs: false),
                try append("append, each batch durable", arguments[0] + "/b", count / 10, size, syncs: true),
                try read(arguments[0] + "/a", count),
            ])
        } catch {
            return .failure(Failure(text: error.sqlError.message))
        }
    }

    private static func partition(_ path: String) -> LogPartition {
        LogPartition(disk: SystemDisk(), path: path, clock: SystemClock())
    }

    private static func append(
        _ what: String, _ path: String, _ count: Int, _ size: Int, syncs: Bool
    ) throws(LogError) -> String {
        let log = partition(path)
        let value = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let batch = LogBatchBuilder()
        let start = clocks()
        for _ in 0..<(count / 1000) {
            batch.removeAll()
            for number in 0..<1000 {
                try value.span.bytes.withUnsafeBytes { (bytes) throws(LogError) in
                    try batch.append(timestamp: Int64(number), key: nil, value: bytes)
                }
            }
            _ = try log.append(batch)
            if syncs { try log.sync() }
        }
        try log.sync()
        return line(what, count, since: start)
    }

    private static func read(_ path: String, _ count: Int) throws(LogError) -> String {
        let reader = try partition(path).reader(from: 0)
        var found = 0
        var bytes = 0
        let start = clocks()
        while let batch = try reader.nextBatch() {
            var records = batch.records
            while let record = try records.next() {
                found += 1
                bytes += record.value?.count ?? 0
            }
        }
        return line("read (\(bytes >> 20) MiB)", found, since: start)
    }

    /// Elapsed and CPU time in seconds.
    private static func clocks() -> (Double, Double) {
        var usage = rusage()
        getrusage(0, &usage)  // RUSAGE_SELF
        let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1_000_000
        let system = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1_000_000
        return (Double(SystemClock().monotonicNanos()) / 1e9, user + system)
    }

    private static func line(_ what: String, _ count: Int, since start: (Double, Double)) -> String {
        let now = clocks()
        let rate = Int(Double(count) / max(now.0 - start.0, 1e-9))
        let cpu = Int((now.1 - start.1) * 1e9 / Double(max(count, 1)))
        return "\(what): \(count) records, \(rate) a second, \(cpu) ns of CPU each"
    }
}
