import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph
import SluiceState

/// The rows of rank `start ... end` per partition, kept up to date (U8, U10). Over an input that is only added to, rows
/// behind `end` are forgotten; else all rows are kept, to move up when others leave.
final class TopNOperator: StreamOperator {
    private let node: TopNNode
    private var context: OperatorContext?
    private var keepsAll = false
    private var rows: RankedRows?

    init(_ node: TopNNode) { self.node = node }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        keepsAll = !context.inputChangelogs[0].isAppendOnly
        rows = try RankedRows(node, findsRows: keepsAll, context)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, let rows else { return }
        let writer = RankWriter(node, rows, context.schema)
        try rows.forEach(batch) { (row, partition) in
            if batch.kind(row).isRetraction {
                guard let place = rows.remove(row, partition) else { return }
                if place < node.end { writer.removed(partition, at: place) }
            } else {
                add(row, partition, rows, writer)
            }
        }
        if let result = writer.finish() { try out.emit(result) }
        try context.memory.set(context.stateBytes)
    }

    private func add(_ row: Int, _ partition: Int, _ rows: RankedRows, _ writer: RankWriter) {
        let entries = rows.entries
        let isFull = !keepsAll && entries.count(partition) >= node.end
        if isFull && rows.compare(row, entries.last(partition)) >= 0 { return }
        let place = rows.insert(row, partition)
        if place < node.end { writer.inserted(partition, at: place) }
        if isFull { entries.removeLast(partition) }
    }

    func close() {
        rows = nil
        context = nil
    }
}
