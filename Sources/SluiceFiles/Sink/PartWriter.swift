import SluiceBase
import SluiceColumns
import SluiceConnect

/// Writes hidden part files, which get their visible names when the job is committed: a reader of the directory sees all
/// files of a job or none. A part is closed when it is large or old enough.
final class PartWriter: SinkWriter {
    private let sink: FileSink
    private let rows: RowWriter
    private let disk: any Disk
    private let directory: String
    private let subtask: Int
    private let clock: any Clock
    private var scratch = ByteScratch(capacity: 320 * 1024)
    private var current: (name: String, file: any DiskFile, size: Int64, since: Int64)?
    /// Names of parts that are whole and hidden.
    private var closed: [String] = []
    private var counter = 0
    private var nextCheck: Int64 = .min
    private static let flushSize = 256 * 1024

    init(_ sink: FileSink, _ rows: RowWriter, _ subtask: Int, _ context: ConnectorContext) throws(JobError) {
        self.sink = sink
        self.rows = rows
        self.subtask = subtask
        disk = sink.disk
        directory = sink.table.paths.path
        clock = context.clock
        try call { (disk) throws(DiskError) in
            if let status = try disk.status(directory), status.kind != .directory {
                throw DiskError("write into", directory, code: 20)
            }
            try disk.makeDurableDirectory(directory)
        }
    }

    func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? {
        try rows.encode(batch, into: &scratch)
        if scratch.count >= PartWriter.flushSize { try flush() }
        try rollIfOld()
        return nil
    }

    var bufferedBytes: Int { scratch.capacity }

    func flush() throws(JobError) {
        guard scratch.count > 0 else { return }
        defer { scratch.removeAll() }
        if current == nil { try begin() }
        guard let part = current else { return }
        let bytes = scratch.bytes
        try call { (_) throws(DiskError) in try part.file.write(bytes) }
        current?.size += Int64(scratch.count)
        if part.size + Int64(scratch.count) >= sink.rolling.fileSize { try end() }
    }

    private func rollIfOld() throws(JobError) {
        let now = clock.monotonicNanos()
        guard now >= nextCheck else { return }
        nextCheck = now &+ sink.rolling.checkMillis &* 1_000_000
        if let current, now &- current.since >= sink.rolling.rolloverMillis &* 1_000_000 {
            try flush()
            try end()
        }
    }

    private func begin() throws(JobError) {
        let name = "part-\(sink.jobID)-\(subtask)-\(counter)"
        counter += 1
        var file: (any DiskFile)?
        try call { (disk) throws(DiskError) in
            file = try disk.open(PartNames.hidden(name, directory), .create)
        }
        if let file { current = (name, file, 0, clock.monotonicNanos()) }
    }

    private func end() throws(JobError) {
        guard let part = current else { return }
        try call { (_) throws(DiskError) in try part.file.sync() }
        part.file.close()
        closed.append(part.name)
        current = nil
    }

    func finish() throws(JobError) {
        try flush()
        try end()
    }

    func prepareCommit() throws(JobError) -> [UInt8] {
        try finish()
        defer { closed = [] }
        return PartNames(overwrites: sink.request.overwrite, names: closed).encoded
    }

    func close() {
        if let current {
            current.file.close()
            closed.append(current.name)
            self.current = nil
        }
        // What was not prepared is nobody's; a file that cannot be removed stays hidden.
        for name in closed { try? disk.remove(PartNames.hidden(name, directory)) }
        closed = []
    }

    private func call(_ body: (any Disk) throws(DiskError) -> Void) throws(JobError) {
        do throws(DiskError) {
            try body(disk)
        } catch {
            throw JobError(
                SQLError(.sinkFailed, "table \"\(sink.table.table.name)\": \(error.description)"),
                domain: .external)
        }
    }
}
