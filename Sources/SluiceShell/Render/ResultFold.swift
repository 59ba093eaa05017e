import SluiceColumns

/// Folds a changelog into the rows that are there in the end, in the order in which they came.
///
/// -U and -D take away the latest row that equals them; one that equals none is ignored.
struct ResultFold {
    private var rows: [[Datum]?] = []
    private var places: [[Datum]: [Int]] = [:]

    mutating func add(_ batch: RecordBatch) {
        let columns = batch.columns.map(\.flattened)
        for row in 0..<batch.rowCount {
            let values = columns.map { $0.datum(row) }
            if batch.kind(row).isRetraction {
                guard var known = places[values], let last = known.popLast() else { continue }
                rows[last] = nil
                places[values] = known.isEmpty ? nil : known
            } else {
                places[values, default: []].append(rows.count)
                rows.append(values)
            }
        }
    }

    /// The rows that are left, in batches.
    func batches(_ schema: Schema) -> [RecordBatch] {
        var out: [RecordBatch] = []
        let builder = BatchBuilder(schema, capacity: 1024)
        for case let row? in rows {
            builder.appendRow(row)
            if builder.rowCount == 4096 { out.append(builder.finish()) }
        }
        if !builder.isEmpty { out.append(builder.finish()) }
        return out
    }
}
