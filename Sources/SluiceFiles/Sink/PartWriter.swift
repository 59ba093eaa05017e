import SluiceBase
import SluiceColumns
import SluiceConnect

/// Writes hidden part files and gives them their visible names when the input ends: a reader of the directory sees
/// whole files or none. A part is closed when it is large or old enough.
final class PartWriter: SinkWriter {
    private struct Part {
        var hidden: String
        var visible: String
    }

    private let sink: FileSink
    private let rows: RowWriter
    private let disk: any Disk
    private let directory: String
    private let subtask: Int
    private let clock: any Clock
    private var scratch = ByteScratch(capacity: 320 * 1024)
    private var current: (part: Part, file: any DiskFile, size: Int64, since: Int64)?
    private var closed: [Part] = []
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
            try disk.makeDirectory(directory)
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
        let part = Part(
            hidden: join(".\(name).inprogress"), visible: join(name))
        var file: (any DiskFile)?
        try call { (disk) throws(DiskError) in file = try disk.open(part.hidden, .create) }
        if let file { current = (part, file, 0, clock.monotonicNanos()) }
    }

    private func end() throws(JobError) {
        guard let part = current else { return }
        try call { (_) throws(DiskError) in try part.file.sync() }
        part.file.close()
        closed.append(part.part)
        current = nil
    }

    func finish() throws(JobError) {
        try flush()
        try end()
        if sink.request.overwrite { try removeOthers() }
        let parts = closed
        closed = []
        try call { (disk) throws(DiskError) in
            for part in parts { try disk.rename(part.hidden, to: part.visible) }
            try disk.syncDirectory(directory)
        }
    }

    /// INSERT OVERWRITE: what was there before goes, the parts of this job stay.
    private func removeOthers() throws(JobError) {
        let own = "part-\(sink.jobID)-"
        try call { (disk) throws(DiskError) in
            for name in try disk.list(directory) where !name.hasPrefix(".") && !name.hasPrefix(own) {
                if try disk.status(join(name))?.kind == .file { try disk.remove(join(name)) }
            }
        }
    }

    func close() {
        if let current {
            current.file.close()
            closed.append(current.part)
            self.current = nil
        }
        // What was not finished is nobody's; a file that cannot be removed stays hidden.
        for part in closed { try? disk.remove(part.hidden) }
        closed = []
    }

    private func join(_ name: String) -> String { directory == "/" ? "/" + name : directory + "/" + name }

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
