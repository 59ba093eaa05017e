import SluiceBase
import SluiceColumns
import SluiceConnect

/// Rows to standard output. A reader that went away is `outputClosed`, which ends the program quietly.
final class StandardOutputWriter: SinkWriter {
    private let rows: RowWriter
    private let file: any DiskFile
    private var scratch = ByteScratch(capacity: 320 * 1024)
    private static let flushSize = 256 * 1024

    init(_ rows: RowWriter, _ file: any DiskFile = SystemFile(1, path: "standard output", closes: false)) {
        self.rows = rows
        self.file = file
    }

    func write(_ batch: RecordBatch) throws(JobError) -> WakeUp? {
        try rows.encode(batch, into: &scratch)
        if scratch.count >= StandardOutputWriter.flushSize { try flush() }
        return nil
    }

    func flush() throws(JobError) {
        guard scratch.count > 0 else { return }
        defer { scratch.removeAll() }
        do throws(DiskError) {
            try file.write(scratch.bytes)
        } catch {
            if error.isBrokenPipe { throw JobError(SQLError(.outputClosed, "standard output was closed")) }
            throw JobError(error.sqlError, domain: .external)
        }
    }

    var bufferedBytes: Int { scratch.capacity }

    func finish() throws(JobError) { try flush() }
    func close() {}
}
