import SluiceBase
import SluiceColumns
import SluiceConnect

/// Writes part files into a directory, or rows to standard output.
struct FileSink: Sink {
    let table: FileTable
    let request: SinkRequest
    let disk: any Disk
    /// In the names of all parts that this job writes.
    let jobID: String
    let rolling: RollingPolicy

    init(_ table: FileTable, _ request: SinkRequest, _ disk: any Disk, _ random: any Random)
        throws(SQLError)
    {
        self.table = table
        self.request = request
        self.disk = disk
        rolling = try RollingPolicy(table.table.options)
        jobID = FileSink.identifier(random.next(), random.next())
    }

    func open(subtask: Int, of parallelism: Int, _ context: ConnectorContext) throws(JobError)
        -> any SinkWriter
    {
        let rows: RowWriter
        do throws(SQLError) { rows = try RowWriter(table, request, context) } catch { throw JobError(error) }
        if table.paths.isStandardStream { return StandardOutputWriter(rows) }
        return try PartWriter(self, rows, subtask, context)
    }

    /// Laid out as a UUID.
    private static func identifier(_ a: UInt64, _ b: UInt64) -> String {
        let digits = hex(a) + hex(b)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
            text.append(digit)
        }
        return text
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// When a part is finished and the next one begun.
struct RollingPolicy: Sendable {
    let fileSize: Int64
    let rolloverMillis: Int64
    let checkMillis: Int64

    init(_ options: TableOptions) throws(SQLError) {
        fileSize = try options.memory("sink.rolling-policy.file-size") ?? 128 << 20
        rolloverMillis = try options.duration("sink.rolling-policy.rollover-interval") ?? 30 * 60_000
        checkMillis = try options.duration("sink.rolling-policy.check-interval") ?? 60_000
    }
}
