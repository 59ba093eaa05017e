import SluiceBase
import SluiceColumns
import SluiceJobGraph
import SluiceState

/// The rows of rank `start ... end` per partition when the input ends; ROW_NUMBER, RANK and DENSE_RANK.
final class BatchTopNOperator: StreamOperator {
    private let node: TopNNode
    private var context: OperatorContext?
    private var rows: RankedRows?
    /// The next partition to give out; nil before the end.
    private var cursor: Int?

    init(_ node: TopNNode) { self.node = node }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        rows = try RankedRows(node, findsRows: false, context)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, let rows else { return }
        try rows.forEach(batch) { (row, partition) in rows.keep(row, partition, node) }
        try context.memory.set(context.stateBytes)
    }

    func finish(_ out: any Output) throws(JobError) { cursor = 0 }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard var next = cursor, let context, let rows else { return false }
        while next < rows.partitionCount {
            if out.isFull {
                cursor = next
                return true
            }
            let builder = BatchBuilder(context.schema, capacity: 256)
            while next < rows.partitionCount && builder.rowCount < context.config.batchRows {
                rows.give(next, node, to: builder)
                next += 1
            }
            if !builder.isEmpty { try out.emit(builder.finish()) }
        }
        cursor = nil
        return false
    }

    func close() {
        rows = nil
        context = nil
    }
}
