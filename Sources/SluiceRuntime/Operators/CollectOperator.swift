import SluiceBase
import SluiceColumns
import SluiceJobGraph

/// Hands result rows to the caller of the job; holds back while the caller has no room.
final class CollectOperator: StreamOperator {
    private var context: OperatorContext?
    private var held = FIFO<RecordBatch>()
    private var heldBytes = 0
    private var enforcer: NotNullEnforcer?
    private(set) var isSatisfied = false

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        let notNull = context.schema.indices.filter { !context.schema[$0].type.isNullable }
        let columns = notNull.map { SinkNode.NotNullColumn(index: $0, name: context.schema[$0].name) }
        enforcer = NotNullEnforcer(columns, table: nil, context)
        guard context.results != nil else {
            throw context.failure(
                SQLError(.internalError, "nobody takes the rows of the query"), domain: .internal)
        }
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard batch.rowCount > 0, !isSatisfied else { return }
        let rows = try enforcer?.enforce(batch) ?? batch
        guard rows.rowCount > 0 else { return }
        if held.isEmpty, offer(rows) { return try charge() }
        held.append(rows)
        heldBytes += rows.byteCount
        try charge()
    }

    func advance(to watermark: Int64, _ out: any Output) throws(JobError) {}

    func resume(_ out: any Output) throws(JobError) -> Bool {
        while let batch = held.first {
            if !offer(batch) { return true }
            _ = held.popFirst()
            heldBytes -= batch.byteCount
            try charge()
        }
        return false
    }

    /// What is held back here, and what the reader has not taken yet.
    private func charge() throws(JobError) {
        guard let context else { return }
        try context.memory.set(heldBytes + (context.results?.queuedBytes ?? 0))
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
