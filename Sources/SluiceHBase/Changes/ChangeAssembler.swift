import SluiceBase
import SluiceColumns
import SluiceConnect

/// Builds rows of changes from row images. A cell that does not fit its column fails the job or becomes NULL, as
/// `hbase.decode-error` says (H8).
final class ChangeAssembler {
    private let layout: ChangesLayout
    private let context: ConnectorContext
    private let batch: BatchBuilder
    private let nullsErrors: Bool
    /// What the last edit did to columns and files, for the columns that list them.
    var deletedColumns: [[UInt8]] = []
    var files: [[UInt8]] = []

    init(_ layout: ChangesLayout, _ context: ConnectorContext) {
        self.layout = layout
        self.context = context
        batch = BatchBuilder(layout.output, capacity: 1024)
        nullsErrors = layout.rows.options.decodeError == .null
    }

    var rowCount: Int { batch.rowCount }

    /// - Parameter regions: what `image.info.region` counts in.
    func append(
        _ kind: RowKind, key: UnsafeRawBufferPointer, _ image: RowImage, regions: [String]
    ) throws(JobError) {
        do throws(SQLError) {
            for (slot, column) in zip(layout.slots, batch.columns) {
                switch slot {
                case .rowKey:
                    let stripped = layout.rows.salt.strip(key)
                    try layout.rows.schema.rowKeyCodec.append(stripped, to: column)
                case .family(let first, let count):
                    guard case .row(let builder) = column.storage else { continue }
                    for leaf in first..<(first + count) {
                        try append(image, leaf, to: builder.fields[leaf - first])
                    }
                    builder.endRow()
                case .metadata(let metadata): append(metadata, image.info, regions, to: column)
                }
            }
            batch.endRow(kind)
        } catch {
            batch.dropRow()
            throw JobError(error, domain: .user)
        }
    }

    private func append(_ image: RowImage, _ leaf: Int, to column: ColumnBuilder) throws(SQLError) {
        do throws(SQLError) {
            try image.withValue(leaf) { (value) throws(SQLError) in
                guard let value else { return column.appendNull() }
                try layout.rows.codecs[leaf].append(value, to: column)
            }
        } catch {
            guard nullsErrors else { throw error }
            context.report(.nulledValue(table: layout.table.name, reason: error.message))
            column.appendNull()
        }
    }

    private func append(
        _ metadata: ChangeMetadata, _ info: ChangeInfo, _ regions: [String], to column: ColumnBuilder
    ) {
        switch (metadata, column.storage) {
        case (.operation, .bytes(let builder)):
            let name = info.operation.name
            builder.append(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        case (.sequence, .int64(let builder)):
            if let sequence = info.sequence { builder.append(sequence) } else { column.appendNull() }
        case (.region, .bytes(let builder)):
            guard regions.indices.contains(info.region) else { return column.appendNull() }
            var name = regions[info.region]
            name.withUTF8 { builder.append(UnsafeRawBufferPointer($0)) }
        case (.writeTime, .int64(let builder)): append(millis: info.writeTime, column, builder)
        case (.timestamp, .int64(let builder)): append(millis: info.timestamp, column, builder)
        case (.deletedColumns, .list(let builder)): append(deletedColumns, builder)
        case (.bulkLoadFiles, .list(let builder)): append(files, builder)
        default: column.appendNull()
        }
    }

    /// Columns hold microseconds; a time beyond them is none that anybody meant.
    private func append(millis: Int64?, _ column: ColumnBuilder, _ builder: FixedBuilder<Int64>) {
        guard let millis else { return column.appendNull() }
        let (micros, overflow) = millis.multipliedReportingOverflow(by: 1000)
        if overflow { column.appendNull() } else { builder.append(micros) }
    }

    private func append(_ names: [[UInt8]], _ builder: ListBuilder) {
        if names.isEmpty { return builder.appendNull() }
        guard case .bytes(let values) = builder.values.storage else { return builder.appendNull() }
        for name in names { name.withUnsafeBytes { values.append($0) } }
        builder.endRow()
    }

    func finish() -> RecordBatch { batch.finish() }
}
