import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// Each row once per projection list, the lists in turn for each row (GROUPING SETS).
final class ExpandOperator: StreamOperator {
    private let node: ExpandNode
    private var context: OperatorContext?
    private var projections: [[BatchExpression]] = []

    init(_ node: ExpandNode) { self.node = node }

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        for list in node.projections {
            var compiled: [BatchExpression] = []
            for expr in list { compiled.append(try BatchExpression(expr, context)) }
            projections.append(compiled)
        }
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, !projections.isEmpty else { return }
        let count = batch.rowCount
        if count == 0 {
            if let last = batch.marks.last { try out.emit(watermark: last.watermark) }
            return
        }
        let eval = context.evalContext(batch)
        let copies = projections.count
        /// Row r of list l lies at l * count + r of the concatenated columns.
        var order: [Int32] = []
        order.reserveCapacity(count * copies)
        for row in 0..<count {
            for list in 0..<copies { order.append(Int32(truncatingIfNeeded: list * count + row)) }
        }
        var columns: [Column] = []
        for at in 0..<context.schema.count {
            var parts: [Column] = []
            for list in projections { parts.append(try list[at].evaluate(batch, eval)) }
            columns.append(Column.concat(parts, type: context.schema[at].type).gather(order))
        }
        var kinds: FixedColumn<RowKind>?
        if let old = batch.rowKinds {
            kinds = FixedColumn(count: order.count) { to in
                for at in 0..<order.count { to[at] = old[at / copies] }
            }
        }
        let marks = batch.marks.map { WatermarkMark(offset: $0.offset * copies, watermark: $0.watermark) }
        try out.emit(RecordBatch(columns: columns, rowCount: order.count, rowKinds: kinds, marks: marks))
    }
}
