import SluiceColumns

/// Puts left rows and the rows found for them together, in the order of the left rows.
struct LookupAssembler {
    /// The table's columns.
    let rightSchema: Schema
    let isLeft: Bool

    /// Pairs of a left row and a found row; `right` -1: padded with NULLs.
    struct Pairs {
        var left: [Int32] = []
        /// Index in `sources`.
        var source: [Int32] = []
        var right: [Int32] = []
        var sources: [RecordBatch] = []
    }

    /// Candidate pairs. `pads`: left rows without any get one of their own, in a left join.
    func pairs(_ probe: LookupProbe, pads: Bool) -> Pairs {
        var pairs = Pairs()
        var numbers: [ObjectIdentifier: Int32] = [:]
        var sourceOfKey: [Int32] = Array(repeating: -1, count: probe.keys.count)
        for (key, rows) in probe.answers.enumerated() {
            guard let rows, rows.count > 0 else { continue }
            let id = ObjectIdentifier(rows.batch)
            if let number = numbers[id] {
                sourceOfKey[key] = number
            } else {
                let number = Int32(truncatingIfNeeded: pairs.sources.count)
                pairs.sources.append(rows.batch)
                numbers[id] = number
                sourceOfKey[key] = number
            }
        }
        for row in 0..<probe.batch.rowCount {
            let key = Int(probe.keys.keyOfRow[row])
            let left = Int32(truncatingIfNeeded: row)
            if key >= 0, sourceOfKey[key] >= 0, let rows = probe.answers[key] {
                for found in rows.start..<rows.start + rows.count {
                    pairs.left.append(left)
                    pairs.source.append(sourceOfKey[key])
                    pairs.right.append(Int32(truncatingIfNeeded: found))
                }
            } else if pads && isLeft {
                pairs.left.append(left)
                pairs.source.append(-1)
                pairs.right.append(-1)
            }
        }
        return pairs
    }

    /// The columns of the pairs: left, then right.
    func columns(_ pairs: Pairs, _ batch: RecordBatch) -> [Column] {
        batch.columns.map { $0.gather(pairs.left) } + rightColumns(pairs)
    }

    private func rightColumns(_ pairs: Pairs) -> [Column] {
        if pairs.sources.count == 1 { return pairs.sources[0].columns.map { $0.gather(pairs.right) } }
        return rightSchema.enumerated().map { (index, field) in
            let builder = ColumnBuilder(field.type, capacity: pairs.right.count)
            let columns = pairs.sources.map { $0.columns[index] }
            for (source, row) in zip(pairs.source, pairs.right) {
                if source < 0 { builder.appendNull() } else { builder.append(columns[Int(source)], Int(row)) }
            }
            return builder.finish()
        }
    }

    /// The pairs of `all` at ascending `kept`; left rows that lose all of theirs are padded in a left join.
    func filter(_ all: Pairs, _ kept: [Int32], rowCount: Int) -> Pairs {
        var pairs = Pairs()
        pairs.sources = all.sources
        var next = 0
        for row in 0..<rowCount {
            let left = Int32(truncatingIfNeeded: row)
            let before = pairs.left.count
            while next < kept.count, all.left[Int(kept[next])] == left {
                let at = Int(kept[next])
                pairs.left.append(left)
                pairs.source.append(all.source[at])
                pairs.right.append(all.right[at])
                next += 1
            }
            if isLeft && pairs.left.count == before {
                pairs.left.append(left)
                pairs.source.append(-1)
                pairs.right.append(-1)
            }
        }
        return pairs
    }

    /// The output batch: kinds of the left rows, marks before the first output row of the left row that they precede.
    func assemble(_ pairs: Pairs, columns: [Column], _ batch: RecordBatch) -> RecordBatch {
        let kinds = batch.rowKinds.map { kinds in pairs.left.withUnsafeBufferPointer { kinds.gather($0) } }
        var marks: [WatermarkMark] = []
        var position = 0
        for mark in batch.marks {
            while position < pairs.left.count, Int(pairs.left[position]) < mark.offset { position += 1 }
            if let last = marks.last, last.offset == position { marks.removeLast() }
            marks.append(WatermarkMark(offset: position, watermark: mark.watermark))
        }
        return RecordBatch(columns: columns, rowCount: pairs.left.count, rowKinds: kinds, marks: marks)
    }
}
