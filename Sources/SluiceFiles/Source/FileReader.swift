import SluiceBase
import SluiceConnect

/// Reads one file, or standard input, to its end.
final class FileReader: SplitReader {
    private let rows: RowReader
    private let input: any ByteInput
    private let file: String
    private let status: DiskStatus?

    init(
        _ table: FileTable, _ scan: ScanRequest, _ disk: any Disk, _ split: SourceSplit,
        _ context: ConnectorContext
    ) throws(JobError) {
        file = split.id
        rows = try RowReader(table, scan, context)
        let position = FilePosition(split.detail)
        if split.id == "-" {
            status = nil
            input = StandardInput(waker: context.waker)
        } else {
            do throws(DiskError) { status = try disk.status(split.id) } catch {
                throw JobError(error.sqlError, domain: .external)
            }
            input = try InputOpener.open(split.id, on: disk, at: position.offset)
        }
        rows.begin(offset: position.offset, lines: position.lines)
    }

    func poll(maxRows: Int) throws(JobError) -> Polled {
        try rows.poll(input, file: file, status: status, maxRows: maxRows, endsRow: true)
    }

    func position() -> [UInt8] { FilePosition(offset: rows.offset, lines: rows.lines).encoded }

    var bufferedBytes: Int { rows.bufferedBytes }

    func close() { input.close() }
}

/// Where a reader stands: bytes and lines of the (unpacked) file.
struct FilePosition: Equatable {
    var offset: Int64 = 0
    var lines: Int64 = 0

    init(offset: Int64, lines: Int64) {
        self.offset = offset
        self.lines = lines
    }

    /// An empty or unknown text stands for the start.
    init(_ encoded: [UInt8]) {
        let parts = String(decoding: encoded, as: UTF8.self).split(separator: " ")
        if parts.count == 2, let offset = Int64(parts[0]), let lines = Int64(parts[1]) {
            self.offset = offset
            self.lines = lines
        }
    }

    var encoded: [UInt8] { Array("\(offset) \(lines)".utf8) }
}
