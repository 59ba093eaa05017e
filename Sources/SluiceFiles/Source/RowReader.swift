import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect

/// Turns the bytes of files into batches: pieces, decoder, metadata columns, places of faults.
final class RowReader {
    let table: FileTable
    private let decoder: any RowDecoder
    private let builder: BatchBuilder
    private var pieces = PieceReader()
    private let metadata: [(position: Int, key: FileMetadata, type: DataType)]
    private let width: Int
    private let context: ConnectorContext
    private(set) var isAtEnd = false

    /// Of the file: decoded bytes, lines and rows.
    private(set) var offset: Int64 = 0
    private(set) var lines: Int64 = 0
    private(set) var rows: Int64 = 0

    init(_ table: FileTable, _ scan: ScanRequest, _ context: ConnectorContext) throws(JobError) {
        self.table = table
        self.context = context
        var physical: [Int] = []
        var metadata: [(position: Int, key: FileMetadata, type: DataType)] = []
        do throws(SQLError) {
            for (position, index) in scan.projection.enumerated() {
                let column = table.table.columns[index]
                if let key = column.metadataKey {
                    metadata.append((position, try FileMetadata.find(key, of: table.table.name), column.type))
                } else {
                    physical.append(table.physicalIndex(index))
                }
            }
            let fields = table.physical
            decoder = try table.format.makeDecoder(
                fields: fields, projection: physical, table.options(context.zone))
            builder = BatchBuilder(physical.map { fields[$0] }, capacity: 4096)
        } catch {
            throw JobError(error)
        }
        self.metadata = metadata
        width = scan.projection.count
    }

    /// Starts another file, `offset` bytes in.
    func begin(offset: Int64 = 0, lines: Int64 = 0) {
        pieces.reset()
        self.offset = offset
        self.lines = lines
        rows = 0
        isAtEnd = false
    }

    /// Rows, or why there are none now. `endsRow`: the input's end ends the last row.
    func poll(
        _ input: any ByteInput, file: String, status: DiskStatus?, maxRows: Int, endsRow: Bool
    ) throws(JobError) -> Polled {
        var waiting: WakeUp?
        var ended = isAtEnd
        while builder.rowCount < maxRows {
            if pieces.count > 0 {
                if offset == 0 { passMark() }
                try decode(file, maxRows, last: ended && endsRow)
                if builder.rowCount >= maxRows { break }
            }
            if ended { break }
            switch try pieces.fill(input) {
            case .bytes: continue
            case .end:
                ended = true
                isAtEnd = true
                if pieces.count > 0 { continue }
            case .wait(let wake): waiting = wake
            }
            if waiting != nil || ended { break }
        }
        if builder.rowCount > 0 { return .rows(finish(file, status)) }
        if let waiting { return .wait(waiting) }
        return .finished
    }

    /// A byte order mark at the start of the file is no text.
    private func passMark() {
        let base = pieces.piece.base + pieces.start
        guard pieces.count >= 3, base.load(as: UInt8.self) == 0xEF,
            base.load(fromByteOffset: 1, as: UInt8.self) == 0xBB,
            base.load(fromByteOffset: 2, as: UInt8.self) == 0xBF
        else { return }
        pieces.advance(3)
        offset = 3
    }

    var bufferedBytes: Int { pieces.byteCount + builder.byteCount }

    /// Bytes that no row took: an unfinished row at the end of a growing file.
    var pending: Int { pieces.count }

    private func decode(_ file: String, _ maxRows: Int, last: Bool) throws(JobError) {
        let before = builder.rowCount
        do throws(MalformedRow) {
            let progress = try decoder.decode(
                pieces.piece, start: pieces.start, count: pieces.count, last: last, into: builder,
                maxRows: maxRows)
            pieces.advance(progress.bytes)
            offset += Int64(progress.bytes)
            lines += Int64(progress.lines)
            rows += Int64(builder.rowCount - before + progress.skipped)
            reportSkipped(progress)
        } catch {
            throw JobError(describe(error, file, rowsBefore: builder.rowCount - before))
        }
    }

    private func reportSkipped(_ progress: DecodeProgress) {
        guard progress.skipped > 0 else { return }
        let reason = progress.skipSample?.reason ?? "malformed"
        for _ in 0..<progress.skipped {
            context.report(.skippedRow(table: table.table.name, reason: reason))
        }
    }

    private func finish(_ file: String, _ status: DiskStatus?) -> RecordBatch {
        let batch = builder.finish()
        context.report(.progress(table: table.table.name, done: offset, total: status?.size))
        guard !metadata.isEmpty else { return batch }
        var columns: [Column] = []
        var next = batch.columns.makeIterator()
        for position in 0..<width {
            if let found = metadata.first(where: { $0.position == position }) {
                let value = found.key.value(file, status, found.type)
                columns.append(.constant(value, type: found.type, count: batch.rowCount))
            } else if let column = next.next() {
                columns.append(column)
            }
        }
        return batch.with(columns: columns)
    }

    /// The fault with its place in the file.
    private func describe(_ fault: MalformedRow, _ file: String, rowsBefore: Int) -> SQLError {
        let base = UnsafePointer(pieces.piece.base.assumingMemoryBound(to: UInt8.self)) + pieces.start
        var line = lines + 1
        for index in 0..<Swift.min(fault.rowOffset, pieces.count) where base[index] == 0x0A { line += 1 }
        let row = rows + Int64(rowsBefore) + 1
        let byte = offset + Int64(fault.rowOffset) + Int64(fault.faultOffset)
        var place = "source \(table.table.name)  file \(file)  byte \(byte.grouped)  line \(line.grouped)"
        if let column = fault.column { place += "  column \(column)" }
        return SQLError(
            .malformedRow, "row \(row.grouped) of \(table.table.name) could not be read: \(fault.reason)",
            notes: [SQLError.Note(place), SQLError.Note("value  \"\(fault.sample)\"")],
            hint: "'\(table.format.name).ignore-parse-errors' = 'true' drops such rows")
    }
}

extension Int64 {
    /// `1,204,331`.
    var grouped: String {
        var text = ""
        for (index, digit) in String(magnitude).reversed().enumerated() {
            if index > 0 && index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + String(text.reversed())
    }
}
