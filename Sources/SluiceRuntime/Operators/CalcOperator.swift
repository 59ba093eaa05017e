import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// Filters rows, then computes the output columns of those that are left. Kinds and marks go with their rows; each
/// half of an update is judged alone.
///
/// Only columns that some projection reads are gathered, and only if the filter drops rows at all.
final class CalcOperator: StreamOperator {
    private let calc: CalcNode
    private var context: OperatorContext?
    private var filter: BatchPredicate?
    private var projection: BatchProjection?
    /// Input columns that projections read, ascending; projections are compiled over these positions.
    private var needed: [Int] = []

    init(_ calc: CalcNode) { self.calc = calc }

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        if let expr = calc.filter { filter = try BatchPredicate(expr, context) }
        var referenced: Set<Int> = []
        for projection in calc.projections { referenced.formUnion(projection.referencedColumns) }
        needed = referenced.sorted()
        var positions: [Int: Int] = [:]
        for (position, column) in needed.enumerated() { positions[column] = position }
        let remapped = calc.projections.map { expr in expr.remappingColumns { positions[$0] ?? 0 } }
        projection = try BatchProjection(remapped, context)
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, let projection else { return }
        let narrow = batch.with(columns: needed.map { batch.columns[$0] })
        var rows = narrow
        if let filter {
            let kept = try filter.select(batch, context.evalContext(batch))
            if kept.count < batch.rowCount {
                rows = kept.withUnsafeBufferPointer { narrow.selecting($0) }
            }
        }
        if rows.rowCount == 0 {
            if let last = rows.marks.last { try out.emit(watermark: last.watermark) }
            return
        }
        let columns = try projection.evaluate(rows, context.evalContext(rows))
        try out.emit(rows.with(columns: columns))
    }
}
