import SluiceBase
import SluiceLogStore

func partition(
    _ disk: any Disk = MemoryDisk(), path: String = "/log/t/0", settings: LogSettings = LogSettings(),
    clock: any Clock = ManualClock()
) -> LogPartition {
    LogPartition(disk: disk, path: path, settings: settings, clock: clock)
}

/// A record whose value tells its number, of a length that varies with it.
func numbered(_ number: Int) -> LogRecord {
    let text = "value-\(number)-" + String(repeating: "x", count: number % 7 * 5)
    return LogRecord(
        timestamp: Int64(1000 + number), key: number % 3 == 0 ? nil : Array("k\(number % 4)".utf8),
        value: number % 11 == 10 ? nil : Array(text.utf8),
        headers: number % 5 == 4
            ? [LogRecord.Header("h", [1, 2, UInt8(number % 256)]), LogRecord.Header("n", nil)] : [])
}

/// All that can be read from the start, batch by batch.
func everything(_ partition: LogPartition) throws -> [LogRecord] {
    let kept = try partition.bounds()
    let reader = try partition.reader(from: kept.lowerBound)
    var found: [LogRecord] = []
    while let batch = try reader.nextBatch() {
        var records = batch.records
        while let record = try records.next() {
            if record.offset >= kept.lowerBound { found.append(record.record) }
        }
    }
    return found
}

/// Records `first…` in their places.
func expected(_ range: Range<Int>) -> [LogRecord] {
    range.map { number in
        var record = numbered(number)
        record.offset = Int64(number)
        return record
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
