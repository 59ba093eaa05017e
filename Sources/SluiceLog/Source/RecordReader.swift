import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceLogStore

/// Turns records into rows: the value by its format, the key by its own, and what the log knows of a record.
final class RecordReader {
    /// Where an output column comes from.
    enum Origin {
        case value(Int)
        case key(Int)
        case metadata(LogMetadata, DataType)
    }

    struct Decoders {
        var origins: [Origin] = []
        var value: any RowDecoder
        var valueSchema: Schema
        var key: (any RowDecoder)?
        var keySchema: Schema = []
    }

    private let table: LogTable
    private let place: LogSplit
    private let context: ConnectorContext
    private let decoders: Decoders
    private let values: BatchBuilder
    private let keys: BatchBuilder
    private let extras: [RecordMetadata]
    private var arena = PieceArena()
    /// A NULL value is a row of NULLs.
    private let takesNullValues: Bool
    /// Values wait for each other and are decoded together: they are lines, each one row, and nothing but them is read.
    private let gathers: Bool
    private var waiting: (piece: Buffer, start: Int, count: Int)?
    /// Where the waiting values begin, and their offsets.
    private var waitingStarts: [(start: Int, offset: Int64)] = []

    init(
        _ table: LogTable, _ scan: ScanRequest, _ place: LogSplit, _ context: ConnectorContext
    ) throws(JobError) {
        self.table = table
        self.place = place
        self.context = context
        do throws(SQLError) { decoders = try RecordReader.makeDecoders(table, scan, context.zone) } catch {
            throw JobError(error)
        }
        values = BatchBuilder(decoders.valueSchema, capacity: 1024)
        keys = BatchBuilder(decoders.keySchema, capacity: decoders.key == nil ? 1 : 1024)
        extras = decoders.origins.compactMap { origin in
            if case .metadata(let key, let type) = origin { return RecordMetadata(key, type) }
            return nil
        }
        let format = table.value.format
        takesNullValues = format.takesNullMessages
        gathers =
            !takesNullValues && format.decodedChangelog.isAppendOnly && extras.isEmpty && decoders.key == nil
    }

    static func makeDecoders(
        _ table: LogTable, _ scan: ScanRequest, _ zone: TimeZoneRules
    ) throws(SQLError) -> Decoders {
        var origins: [Origin] = []
        var valueColumns: [Int] = []
        var keyColumns: [Int] = []
        for index in scan.projection {
            let column = table.table.columns[index]
            if let name = column.metadataKey {
                guard let key = LogMetadata(rawValue: name) else {
                    throw SQLError(.connectorOption, "connector 'log' has no metadata '\(name)'")
                }
                origins.append(.metadata(key, column.type))
            } else if let place = table.value.columns.firstIndex(of: index) {
                origins.append(.value(valueColumns.count))
                valueColumns.append(place)
            } else if let place = table.key?.columns.firstIndex(of: index) {
                origins.append(.key(keyColumns.count))
                keyColumns.append(place)
            }
        }
        let name = table.table.name
        let decoder = try table.value.format.makeDecoder(
            fields: table.value.fields, projection: valueColumns, table.value.formatOptions(zone, name))
        var found = Decoders(
            origins: origins, value: decoder, valueSchema: valueColumns.map { table.value.fields[$0] })
        if let key = table.key {
            // Checked even where no query asks for it.
            let decoder = try key.format.makeDecoder(
                fields: key.fields, projection: keyColumns, key.formatOptions(zone, name))
            if !keyColumns.isEmpty { found.key = decoder }
            found.keySchema = keyColumns.map { key.fields[$0] }
        }
        return found
    }

    /// Rows so far, each value that waits counted as one.
    var count: Int { values.rowCount + waitingStarts.count }
    /// Bytes of the records so far.
    private(set) var bytes = 0

    var heldBytes: Int { values.byteCount + keys.byteCount + arena.byteCount }

    func add(_ record: LogRecordView) throws(JobError) {
        bytes += (record.value?.count ?? 0) + (record.key?.count ?? 0) + 64
        if gathers { return try gather(record) }
        let before = values.rowCount
        if let value = record.value {
            try decode(value, decoders.value, values, record.offset, table.value)
        } else if takesNullValues {
            for column in values.columns { column.appendNull() }
            values.endRow()
        }
        let count = values.rowCount - before
        guard count > 0 else { return }
        if let decoder = decoders.key, let key = table.key { try addKey(record, decoder, key, rows: count) }
        for extra in extras { extra.append(record, place, rows: count) }
    }

    private func gather(_ record: LogRecordView) throws(JobError) {
        guard let value = record.value else { return }
        if !arena.fits(value.count + 1) { try decodeWaiting() }
        let added = arena.add(value, asLine: true, spaces: table.value.format.lineEndsAreSpace)
        let start = waiting?.start ?? added.start
        waiting = (added.piece, start, added.start + added.count - start)
        waitingStarts.append((added.start - start, record.offset))
    }

    /// Turns what was gathered into rows, fewer than values where some are left out by option.
    func decodeWaiting() throws(JobError) {
        guard let lines = waiting else { return }
        waiting = nil
        defer { waitingStarts.removeAll(keepingCapacity: true) }
        do throws(MalformedRow) {
            report(
                try decoders.value.decode(
                    lines.piece, start: lines.start, count: lines.count, last: true, into: values,
                    maxRows: values.rowCount + waitingStarts.count))
        } catch {
            let offset = waitingStarts.last { $0.start <= error.rowOffset }?.offset ?? -1
            throw JobError(describe(error, offset, table.value))
        }
    }

    /// A record whose key cannot be read, by option, or has none, has NULLs there.
    private func addKey(
        _ record: LogRecordView, _ decoder: any RowDecoder, _ part: LogTable.Part, rows: Int
    ) throws(JobError) {
        for _ in 0..<rows {
            let before = keys.rowCount
            if let key = record.key { try decode(key, decoder, keys, record.offset, part) }
            if keys.rowCount == before {
                for column in keys.columns { column.appendNull() }
                keys.endRow()
            }
        }
    }

    private func decode(
        _ bytes: UnsafeRawBufferPointer, _ decoder: any RowDecoder, _ out: BatchBuilder, _ offset: Int64,
        _ part: LogTable.Part
    ) throws(JobError) {
        let format = part.format
        let added = arena.add(
            bytes, asLine: !format.takesNullMessages, spaces: format.lineEndsAreSpace)
        do throws(MalformedRow) {
            report(
                try decoder.decode(
                    added.piece, start: added.start, count: added.count, last: true, into: out,
                    maxRows: out.rowCount + 256))
        } catch {
            throw JobError(describe(error, offset, part))
        }
    }

    private func report(_ progress: DecodeProgress) {
        guard progress.skipped > 0 else { return }
        let reason = progress.skipSample?.reason ?? "malformed"
        for _ in 0..<progress.skipped {
            context.report(.skippedRow(table: table.table.name, reason: reason))
        }
    }

    private func describe(_ fault: MalformedRow, _ offset: Int64, _ part: LogTable.Part) -> SQLError {
        let isKey = part.columns == table.key?.columns && part.columns != table.value.columns
        let what = isKey ? "key" : "value"
        var at = "source \(table.table.name)  topic \(place.topic)  partition \(place.partition)"
        at += "  offset \(offset)"
        if let column = fault.column { at += "  column \(column)" }
        let option = "\(isKey ? "key." : "")\(part.format.name).ignore-parse-errors"
        let name = table.table.name
        return SQLError(
            .malformedRow,
            "the \(what) of the record with offset \(offset) of \(name) could not be read: \(fault.reason)",
            notes: [SQLError.Note(at), SQLError.Note("value  \"\(fault.sample)\"")],
            hint: part.format.takesNullMessages ? nil : "'\(option)' = 'true' drops such records")
    }

    /// The rows so far.
    func finish() -> RecordBatch {
        bytes = 0
        let batch = values.finish()
        let keyBatch = keys.finish()
        arena.reuse()
        if extras.isEmpty, decoders.key == nil { return batch }
        var columns: [Column] = []
        var extra = extras.makeIterator()
        for origin in decoders.origins {
            switch origin {
            case .value(let index): columns.append(batch.columns[index])
            case .key(let index): columns.append(keyBatch.columns[index])
            case .metadata: if let next = extra.next() { columns.append(next.finish()) }
            }
        }
        return batch.with(columns: columns)
    }
}
