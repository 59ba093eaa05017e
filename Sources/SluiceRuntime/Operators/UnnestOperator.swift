import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph

/// A row per element of an ARRAY, per entry of a MAP, per occurrence of an element of a MULTISET: input columns, the
/// element's columns, the ordinality.
final class UnnestOperator: StreamOperator {
    private let node: UnnestNode
    private var context: OperatorContext?
    private var collection: BatchExpression?

    init(_ node: UnnestNode) { self.node = node }

    var markHandling: MarkHandling { .inBatch }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        collection = try BatchExpression(node.collection, context)
    }

    /// Which input row and which element each output row has; element -1 for the padding.
    private struct Places {
        var rows: [Int32] = []
        var elements: [Int32] = []
        var ordinals: [Int32] = []

        mutating func add(_ row: Int, _ element: Int, _ ordinal: Int) {
            rows.append(Int32(truncatingIfNeeded: row))
            elements.append(Int32(truncatingIfNeeded: element))
            ordinals.append(Int32(truncatingIfNeeded: ordinal))
        }
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context, let collection else { return }
        let column = try collection.evaluate(batch, context.evalContext(batch)).flattened
        var places = Places()
        var firsts: [Int] = []
        for row in 0..<batch.rowCount {
            firsts.append(places.rows.count)
            expand(column, row, &places)
            if node.keepsEmpty && places.rows.count == firsts[row] { places.add(row, -1, 0) }
        }
        firsts.append(places.rows.count)
        let marks = batch.marks.map { WatermarkMark(offset: firsts[$0.offset], watermark: $0.watermark) }
        if places.rows.isEmpty {
            if let last = marks.last { try out.emit(watermark: last.watermark) }
            return
        }
        var columns = batch.columns.map { $0.gather(places.rows) }
        for part in elementColumns(column) { columns.append(part.gather(places.elements)) }
        if node.withOrdinality {
            let isPadding = places.elements.contains { $0 < 0 }
            let validity = isPadding ? Bitmap(places.elements.count) { places.elements[$0] >= 0 } : nil
            columns.append(.int32(FixedColumn(places.ordinals, validity: validity)))
        }
        let kinds = places.rows.withUnsafeBufferPointer { batch.rowKinds?.gather($0) }
        try out.emit(
            RecordBatch(columns: columns, rowCount: places.rows.count, rowKinds: kinds, marks: marks))
    }

    private func expand(_ column: Column, _ row: Int, _ places: inout Places) {
        if column.isNull(row) { return }
        switch column {
        case .list(let list):
            // A ROW that is NULL has no columns to give: it is left out.
            let skipsNulls = node.flattensRows && isRow(list.values.column)
            for (ordinal, element) in list.range(row).enumerated() {
                if skipsNulls && list.values.column.isNull(element) { continue }
                places.add(row, element, ordinal + 1)
            }
        case .map(let map):
            let counts = isMultiset ? map.values.column.int32s : nil
            var ordinal = 0
            for entry in map.range(row) {
                let times = counts.map { Int($0[entry]) } ?? 1
                for _ in 0..<Swift.max(0, times) {
                    ordinal += 1
                    places.add(row, entry, ordinal)
                }
            }
        default: break
        }
    }

    private func isRow(_ column: Column) -> Bool {
        if case .row = column { return true }
        return false
    }

    private var isMultiset: Bool {
        if case .multiset = node.collection.type.kind { return true }
        return false
    }

    /// The columns of the elements: one, the fields of a ROW, or key and value of a MAP.
    private func elementColumns(_ column: Column) -> [Column] {
        switch column {
        case .list(let list): return flattened(list.values.column)
        case .map(let map):
            if isMultiset { return flattened(map.keys.column) }
            return [map.keys.column.flattened, map.values.column.flattened]
        default: return []
        }
    }

    private func flattened(_ column: Column) -> [Column] {
        let flat = column.flattened
        guard node.flattensRows, case .row(let row) = flat else { return [flat] }
        return row.fields
    }
}
