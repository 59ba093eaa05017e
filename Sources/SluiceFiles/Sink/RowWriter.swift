import SluiceBase
import SluiceColumns
import SluiceConnect

/// Batches as the bytes of the table's format: columns in table order, those that the query does not give NULL.
final class RowWriter {
    private let encoder: any BatchEncoder
    private let types: [DataType]
    /// Where each physical column comes from; -1 for none.
    private let sources: [Int]
    private let isIdentity: Bool

    init(_ table: FileTable, _ request: SinkRequest, _ context: ConnectorContext) throws(SQLError) {
        let fields = table.physical
        encoder = try table.format.makeEncoder(fields: fields, table.options(context.zone))
        types = fields.map(\.type)
        var sources = Array(repeating: -1, count: fields.count)
        for (position, column) in request.columns.enumerated()
        where table.table.columns[column].metadataKey == nil {
            sources[table.physicalIndex(column)] = position
        }
        self.sources = sources
        isIdentity = sources == Array(request.columns.indices)
    }

    func encode(_ batch: RecordBatch, into out: inout ByteScratch) throws(JobError) {
        do throws(SQLError) {
            try encoder.encode(arranged(batch), into: &out)
        } catch {
            throw JobError(error)
        }
    }

    private func arranged(_ batch: RecordBatch) -> RecordBatch {
        if isIdentity { return batch }
        let columns = zip(sources, types).map { source, type in
            source >= 0 ? batch.columns[source] : Column.constant(.null, type: type, count: batch.rowCount)
        }
        return batch.with(columns: columns)
    }
}
