import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph

/// LIMIT: the first arrivals after `offset` (U10). Over an updating input it is a Top-N in the order of arrival.
final class LimitOperator: StreamOperator {
    private let node: LimitNode
    private var seen = 0
    private var ranking: TopNOperator?

    init(_ node: LimitNode) { self.node = node }

    var markHandling: MarkHandling { .inBatch }

    private var end: Int {
        guard let count = node.count else { return .max }
        let (sum, overflow) = count.addingReportingOverflow(node.offset)
        return overflow ? .max : sum
    }

    var isSatisfied: Bool { ranking == nil && seen >= end }

    func open(_ context: OperatorContext) throws(JobError) {
        if context.inputChangelogs[0].isAppendOnly { return }
        let topN = TopNOperator(TopNNode(partition: [], keys: [], start: node.offset + 1, end: end))
        try topN.open(context)
        ranking = topN
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        if let ranking {
            try ranking.process(batch.with(marks: []), input: input, out)
            if let mark = batch.marks.last { try out.emit(watermark: mark.watermark) }
            return
        }
        let first = Swift.min(batch.rowCount, Swift.max(0, node.offset - seen))
        let last = Swift.max(first, Swift.min(batch.rowCount, end - seen))
        seen += batch.rowCount
        if first == last {
            if let mark = batch.marks.last { try out.emit(watermark: mark.watermark) }
            return
        }
        let slice = batch.slice(first, last - first)
        try out.emit(slice)
        if let mark = batch.marks.last, mark.watermark != slice.marks.last?.watermark {
            try out.emit(watermark: mark.watermark)
        }
    }
}
