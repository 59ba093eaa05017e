import SluiceBase
import SluiceColumns
import SluiceLogStore

/// A METADATA column of the rows that are being read.
final class RecordMetadata {
    private let key: LogMetadata
    private let builder: ColumnBuilder

    init(_ key: LogMetadata, _ type: DataType) {
        self.key = key
        builder = ColumnBuilder(type, capacity: 1024)
    }

    /// The value of a record, for each of its rows.
    func append(_ record: LogRecordView, _ place: LogSplit, rows: Int) {
        for _ in 0..<rows {
            switch (key, builder.storage) {
            case (.offset, .int64(let values)): values.append(record.offset)
            case (.partition, .int32(let values)): values.append(Int32(clamping: place.partition))
            case (.timestamp, .int64(let values)): values.append(RecordMetadata.micros(record.timestamp))
            case (.timestamp, .int128(let values)):
                values.append(Int128(RecordMetadata.micros(record.timestamp)) * 1000)
            case (.topic, .bytes(let values)): values.append(place.topic)
            case (.timestampType, .bytes(let values)): values.append("CreateTime")
            case (.headers, .map(let values)):
                for header in record.headers {
                    values.keys.append(.bytes(Array(header.name.utf8)))
                    values.values.append(header.value.map { .bytes($0) } ?? .null)
                }
                values.endRow()
            // There are no leaders.
            default: builder.appendNull()
            }
        }
    }

    /// Times beyond what a column holds stop at its end.
    private static func micros(_ millis: Int64) -> Int64 {
        let (value, overflow) = millis.multipliedReportingOverflow(by: 1000)
        return overflow ? (millis < 0 ? .min : .max) : value
    }

    func finish() -> Column { builder.finish() }
}
