import SluiceBase
import SluiceColumns
import SluiceJobGraph

/// Hands result rows to the caller of the job; holds back while the caller has no room.
final class CollectOperator: StreamOperator {
    private var context: OperatorContext?
    private var held = FIFO<RecordBatch>()
    private(set) var isSatisfied = false

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        guard context.results != nil else {
            throw context.failure(SQLError(.internalError, "nobody takes the rows of the query"), domain: .internal)
        }
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard batch.rowCount > 0, !isSatisfied else { return }
        try checkNotNull(batch)
        if held.isEmpty, offer(batch) { return }
        held.append(batch)
    }

    /// A value that overflowed is NULL; where its type forbids NULL the job fails at the result, as in Flink.
    private func checkNotNull(_ batch: RecordBatch) throws(JobError) {
        guard let context else { return }
        for (column, field) in zip(batch.columns, context.node.schema) where !field.type.isNullable {
            guard let validity = column.validity, validity.unsetCount > 0 else { continue }
            throw context.failure(
                SQLError(
                    .notNull, "column \"\(field.name)\" of the result is \(field.type), but a value is NULL",
                    hint: "a decimal that overflows is NULL: give an operand a nullable or a wider type"))
        }
    }

    func advance(to watermark: Int64, _ out: any Output) throws(JobError) {}

    func resume(_ out: any Output) throws(JobError) -> Bool {
        while let batch = held.first {
            if !offer(batch) { return true }
            _ = held.popFirst()
        }
        return false
    }

    /// False: to be offered again.
    private func offer(_ batch: RecordBatch) -> Bool {
        guard let context, let results = context.results, !isSatisfied else { return true }
        switch results.offer(batch, waker: context.waker) {
        case .taken: return true
        case .full: return false
        case .satisfied:
            isSatisfied = true
            return true
        }
    }
}
