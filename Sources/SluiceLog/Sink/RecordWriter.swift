import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceLogStore

/// Turns rows into records: value and key by their formats, headers and time from METADATA columns.
final class RecordWriter {
    /// Columns of a key or value, encoded.
    private final class PartWriter {
        private let encoder: any BatchEncoder
        private let types: [DataType]
        /// Where each column comes from; -1: nowhere, it is NULL.
        private let sources: [Int]
        /// The one column that is NULL where the message is.
        private let nullable: Int?
        var text = ByteScratch(capacity: 64 * 1024)
        var messages: [Range<Int>] = []

        init(
            _ part: LogTable.Part, _ request: SinkRequest, _ zone: TimeZoneRules, _ table: String
        ) throws(SQLError) {
            encoder = try part.format.makeEncoder(fields: part.fields, part.formatOptions(zone, table))
            types = part.fields.map(\.type)
            sources = part.columns.map { column in request.columns.firstIndex(of: column) ?? -1 }
            nullable = part.format.takesNullMessages ? 0 : nil
        }

        func encode(_ batch: RecordBatch) throws(SQLError) {
            text.removeAll()
            messages.removeAll(keepingCapacity: true)
            let columns = zip(sources, types).map { source, type in
                source >= 0
                    ? batch.columns[source] : Column.constant(.null, type: type, count: batch.rowCount)
            }
            try encoder.encodeMessages(batch.with(columns: columns), into: &text, messages: &messages)
            guard messages.count == batch.rowCount else {
                throw SQLError(
                    .internalError, "\(batch.rowCount) rows became \(messages.count) messages of the log")
            }
        }

        /// nil: NULL.
        func message(_ row: Int, _ batch: RecordBatch) -> UnsafeRawBufferPointer? {
            if let nullable {
                let source = sources[nullable]
                if source < 0 || batch.columns[source].isNull(row) { return nil }
            }
            return UnsafeRawBufferPointer(rebasing: text.bytes[messages[row]])
        }
    }

    private let value: PartWriter
    private let key: PartWriter?
    private let headers: Int?
    private let timestamp: Int?

    init(_ table: LogTable, _ request: SinkRequest, _ zone: TimeZoneRules) throws(SQLError) {
        let name = table.table.name
        value = try PartWriter(table.value, request, zone, name)
        if let part = table.key { key = try PartWriter(part, request, zone, name) } else { key = nil }
        func column(_ wanted: LogMetadata) -> Int? {
            request.columns.firstIndex { table.table.columns[$0].metadataKey == wanted.rawValue }
        }
        headers = column(.headers)
        timestamp = column(.timestamp)
    }

    var heldBytes: Int { value.text.capacity + (key?.text.capacity ?? 0) }

    struct Message {
        var key: UnsafeRawBufferPointer?
        var value: UnsafeRawBufferPointer?
        var headers: [LogRecord.Header]
        /// nil: now.
        var millis: Int64?
    }

    /// Calls back for each row; the bytes are valid during the call.
    func write(_ batch: RecordBatch, _ body: (Message) throws(LogError) -> Void) throws(JobError) {
        do throws(SQLError) {
            try value.encode(batch)
            try key?.encode(batch)
        } catch {
            throw JobError(error)
        }
        for row in 0..<batch.rowCount {
            let message = Message(
                key: key?.message(row, batch), value: value.message(row, batch), headers: headers(batch, row),
                millis: millis(batch, row))
            try inLog { () throws(LogError) in try body(message) }
        }
    }

    private func millis(_ batch: RecordBatch, _ row: Int) -> Int64? {
        guard let timestamp else { return nil }
        switch batch.columns[timestamp].datum(row) {
        case .int64(let micros): return floorDivide(micros, 1000)
        case .int128(let nanos): return Int64(clamping: nanos / 1_000_000)
        default: return nil
        }
    }

    private func headers(_ batch: RecordBatch, _ row: Int) -> [LogRecord.Header] {
        guard let headers, case .map(let entries) = batch.columns[headers].datum(row) else { return [] }
        return entries.compactMap { entry in
            guard case .bytes(let name) = entry.key else { return nil }
            var value: [UInt8]?
            if case .bytes(let bytes) = entry.value { value = bytes }
            return LogRecord.Header(String(decoding: name, as: UTF8.self), value)
        }
    }
}
