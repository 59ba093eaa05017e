import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph

/// Checks what an operator gives against what its node declares; compiled in with the trait `Checks`.
struct EdgeVerifier {
    private let node: JobNode
    private var watermark = Int64.min

    init(_ node: JobNode) { self.node = node }

    mutating func check(_ batch: RecordBatch) throws(JobError) {
        guard batch.columns.count == node.schema.count else {
            throw broken("gave \(batch.columns.count) columns, declares \(node.schema.count)")
        }
        for (column, field) in zip(batch.columns, node.schema) {
            if column.count != batch.rowCount {
                throw broken("gave \(column.count) values in \"\(field.name)\" for \(batch.rowCount) rows")
            }
            if !EdgeVerifier.fits(column, field.type) {
                throw broken("gave column \"\(field.name)\" in a layout that is not that of its type")
            }
        }
        if let kinds = batch.rowKinds {
            for row in 0..<batch.rowCount where !allows(kinds[row]) {
                throw broken("gave a row of kind \(kinds[row].symbol), declares \(node.changelog)")
            }
        }
        try checkMarks(batch)
    }

    private mutating func checkMarks(_ batch: RecordBatch) throws(JobError) {
        var offset = 0
        for mark in batch.marks {
            if mark.offset < offset || mark.offset > batch.rowCount {
                throw broken("gave marks out of order")
            }
            offset = mark.offset
            try check(mark.watermark)
        }
    }

    mutating func check(_ watermark: Int64) throws(JobError) {
        if watermark < self.watermark { throw broken("let the watermark go back") }
        self.watermark = watermark
    }

    private func allows(_ kind: RowKind) -> Bool {
        switch kind {
        case .insert: return node.changelog.contains(.insert)
        case .updateBefore: return node.changelog.contains(.updateBefore)
        case .updateAfter: return node.changelog.contains(.updateAfter)
        case .delete: return node.changelog.contains(.delete)
        }
    }

    private static func fits(_ column: Column, _ type: DataType) -> Bool {
        switch (column, type.physical) {
        case (.bool, .bool), (.int32, .int32), (.int64, .int64), (.float32, .float32), (.float64, .float64),
            (.int128, .int128), (.bytes, .bytes), (.list, .list), (.map, .map), (.row, .row), (.constant, _):
            return true
        default: return false
        }
    }

    private func broken(_ what: String) -> JobError {
        JobError(
            SQLError(.internalError, "operator \"\(node.name)\" \(what)"), domain: .internal,
            operatorName: node.name)
    }
}
