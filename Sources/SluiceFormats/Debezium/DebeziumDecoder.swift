import SluiceBase
import SluiceColumns
import SluiceConnect

/// Reads events into `before`, `after` and `op`, and gives each its rows: c and r insert, u takes the old row away
/// and adds the new one, d takes a row away.
final class DebeziumDecoder: RowDecoder {
    private let inner: JSONRowDecoder
    private let events: BatchBuilder
    private let ignoreParseErrors: Bool
    private let schemaIncluded: Bool

    init(fields: Schema, options: JSONOptions, schemaIncluded: Bool) throws(SQLError) {
        let row = DataType(.row(fields))
        let event: Schema = [Field("before", row), Field("after", row), Field("op", .string)]
        let envelope = schemaIncluded ? [Field("payload", DataType(.row(event)))] : event
        inner = try JSONRowDecoder(fields: envelope, options: options)
        events = BatchBuilder(envelope, capacity: 1024)
        ignoreParseErrors = options.ignoreParseErrors
        self.schemaIncluded = schemaIncluded
    }

    func decode(
        _ piece: Buffer, start: Int, count: Int, last: Bool, into out: BatchBuilder, maxRows: Int
    ) throws(MalformedRow) -> DecodeProgress {
        var progress = DecodeProgress()
        while out.rowCount < maxRows && progress.bytes < count {
            // An event gives up to two rows.
            let wanted = Swift.max(1, (maxRows - out.rowCount) / 2)
            let from = start + progress.bytes
            var step = try decodeEvents(piece, from, count - progress.bytes, last, wanted, progress.bytes)
            if step.bytes == 0 { break }
            let batch = events.finish()
            if let (row, reason) = emit(batch, out, &step) {
                throw try locate(piece, start, count, last, before: progress.bytes, row: row, reason)
            }
            progress.add(step)
        }
        return progress
    }

    private func decodeEvents(
        _ piece: Buffer, _ start: Int, _ count: Int, _ last: Bool, _ maxRows: Int, _ before: Int
    ) throws(MalformedRow) -> DecodeProgress {
        do throws(MalformedRow) {
            return try inner.decode(
                piece, start: start, count: count, last: last, into: events, maxRows: maxRows)
        } catch {
            var moved = error
            moved.rowOffset += before
            throw moved
        }
    }

    /// The rows of events; the first event that makes no sense, unless such are ignored.
    private func emit(
        _ batch: RecordBatch, _ out: BatchBuilder, _ progress: inout DecodeProgress
    ) -> (Int, String)? {
        guard let (before, after, op, valid) = columns(batch) else { return nil }
        for index in 0..<batch.rowCount {
            var fault: String?
            if !valid(index) {
                fault = "the event has no payload"
            } else {
                let text = op.isNull(index) ? "" : op.string(at: index)
                fault = append(text, before, after, index, out)
            }
            guard let fault else { continue }
            if !ignoreParseErrors { return (index, fault) }
            progress.skipped += 1
            if progress.skipSample == nil {
                progress.skipSample = MalformedRow(
                    rowOffset: 0, faultOffset: 0, column: nil, reason: fault, sample: "")
            }
        }
        return nil
    }

    private func columns(
        _ batch: RecordBatch
    ) -> (RowColumn, RowColumn, BytesColumn, (Int) -> Bool)? {
        var columns = batch.columns
        var valid: (Int) -> Bool = { _ in true }
        if schemaIncluded {
            guard let first = columns.first, case .row(let payload) = first else { return nil }
            columns = payload.fields
            if let bits = payload.validity { valid = { bits[$0] } }
        }
        guard columns.count == 3, case .row(let before) = columns[0], case .row(let after) = columns[1] else {
            return nil
        }
        return (before, after, columns[2].bytes, valid)
    }

    /// nil, or why the event has no rows.
    private func append(
        _ op: String, _ before: RowColumn, _ after: RowColumn, _ index: Int, _ out: BatchBuilder
    ) -> String? {
        let hasBefore = before.validity.map { $0[index] } ?? true
        let hasAfter = after.validity.map { $0[index] } ?? true
        switch op {
        case "c", "r":
            guard hasAfter else { return "\"after\" is null in an event of kind \"\(op)\"" }
            copy(after, index, .insert, out)
        case "u":
            guard hasBefore else {
                return
                    "\"before\" is null in an update; the database must log whole rows (REPLICA IDENTITY FULL)"
            }
            guard hasAfter else { return "\"after\" is null in an update" }
            copy(before, index, .updateBefore, out)
            copy(after, index, .updateAfter, out)
        case "d":
            guard hasBefore else {
                return
                    "\"before\" is null in a delete; the database must log whole rows (REPLICA IDENTITY FULL)"
            }
            copy(before, index, .delete, out)
        case "": return "the event has no \"op\""
        default: return "unknown \"op\" \"\(op)\""
        }
        return nil
    }

    private func copy(_ row: RowColumn, _ index: Int, _ kind: RowKind, _ out: BatchBuilder) {
        for (column, field) in zip(out.columns, row.fields) { column.append(field, index) }
        out.endRow(kind)
    }

    /// Decodes up to the guilty event once more, to tell its place.
    private func locate(
        _ piece: Buffer, _ start: Int, _ count: Int, _ last: Bool, before: Int, row: Int, _ reason: String
    ) throws(MalformedRow) -> MalformedRow {
        var offset = before
        if row > 0 {
            let progress = try inner.decode(
                piece, start: start + before, count: count - before, last: last, into: events, maxRows: row)
            _ = events.finish()
            offset += progress.bytes
        }
        let line = TextRange(
            UnsafePointer(piece.base.assumingMemoryBound(to: UInt8.self)) + start + offset, count - offset)
        var length = 0
        while length < line.count && line[length] != 0x0A { length += 1 }
        return MalformedRow(
            rowOffset: offset, faultOffset: 0, column: nil, reason: reason,
            sample: TextRange(line.start, length).sample)
    }
}

/// Writes inserted rows as c and removed ones as d.
final class DebeziumEncoder: BatchEncoder {
    private let json: JSONBatchEncoder

    init(fields: Schema, options: JSONOptions) throws(SQLError) {
        json = try JSONBatchEncoder(fields: fields, options: options)
    }

    func encode(_ batch: RecordBatch, into out: inout ByteScratch) throws(SQLError) {
        var rows = json.prepare(batch)
        for row in 0..<batch.rowCount {
            if batch.kind(row).isRetraction {
                out.append("{\"before\":" as StaticString)
                try rows.append(row, to: &out)
                out.append(",\"after\":null,\"op\":\"d\"}\n" as StaticString)
            } else {
                out.append("{\"before\":null,\"after\":" as StaticString)
                try rows.append(row, to: &out)
                out.append(",\"op\":\"c\"}\n" as StaticString)
            }
        }
        withExtendedLifetime(batch) {}
    }
}
