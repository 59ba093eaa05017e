import SluiceBase
import SluiceColumns
import SluiceJobGraph

/// Holds rows against columns that are NOT NULL (A9): a NULL there fails the job, or drops the row if so set.
struct NotNullEnforcer {
    private let columns: [SinkNode.NotNullColumn]
    /// The table's name; nil for the result of a query.
    private let table: String?
    private let context: OperatorContext
    private var kept: [Int32] = []

    init(_ columns: [SinkNode.NotNullColumn], table: String?, _ context: OperatorContext) {
        self.columns = columns
        self.table = table
        self.context = context
    }

    mutating func enforce(_ batch: RecordBatch) throws(JobError) -> RecordBatch {
        var drops = false
        for column in columns where batch.columns[column.index].validity != nil {
            let values = batch.columns[column.index]
            for row in 0..<batch.rowCount where values.isNull(row) {
                guard context.config.dropsNullInNotNull else { throw failure(column) }
                drops = true
                break
            }
        }
        return drops ? withoutNulls(batch) : batch
    }

    private mutating func withoutNulls(_ batch: RecordBatch) -> RecordBatch {
        kept.removeAll(keepingCapacity: true)
        for row in 0..<batch.rowCount {
            let hasNull = columns.contains { batch.columns[$0.index].isNull(row) }
            if !hasNull { kept.append(Int32(truncatingIfNeeded: row)) }
        }
        context.metrics.countDropped(batch.rowCount - kept.count)
        return kept.withUnsafeBufferPointer { batch.selecting($0) }
    }

    private func failure(_ column: SinkNode.NotNullColumn) -> JobError {
        if let table {
            return context.failure(
                SQLError(
                    .notNull,
                    "column \"\(column.name)\" of \"\(table)\" is NOT NULL, but a NULL was to be written",
                    hint: "SET 'table.exec.sink.not-null-enforcer' = 'DROP' leaves such rows out"))
        }
        // Only a value that overflowed can get here: it is NULL whatever its type says.
        let type = context.schema[column.index].type
        return context.failure(
            SQLError(
                .notNull, "column \"\(column.name)\" of the result is \(type), but a value is NULL",
                hint: "a decimal that overflows is NULL: give an operand a nullable or a wider type"))
    }
}
