import SluiceBase
import SluiceColumns
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// Hash join in batch mode: the right side is read first into a table, then the left side looks its rows up, in its
/// own order. Without keys every pair is tried (cross and theta joins).
final class BatchJoinOperator: StreamOperator {
    private let node: JoinNode
    private var context: OperatorContext?
    private var condition: BatchPredicate?
    private let leftKeys: JoinKeys
    private let rightKeys: JoinKeys
    private var builder: BatchBuilder?
    private var right = RecordBatch(columns: [], rowCount: 0)
    private var table: (any GroupState)?
    private var slot = NamespaceSlot(index: -1)
    /// The rows of a group form a chain in their order.
    private var heads: [Int32] = []
    private var nexts: [Int32] = []
    private var isMatched: [Bool] = []
    private var hasNullKey = false
    private var isBuilt = false
    private var waiting: [RecordBatch] = []
    private var waitingAt = 0
    private var waitingBytes = 0
    private var rightBytes = 0
    /// The left batch at hand and the place reached in it.
    private var probe: JoinProbe?
    /// The next right row to look at for the unmatched ones; nil before the end.
    private var tail: Int?
    private var leftSchema: Schema = []
    private var rightSchema: Schema = []

    init(_ node: JoinNode) {
        self.node = node
        leftKeys = JoinKeys(node.leftKeys, nullSafe: node.nullSafe)
        rightKeys = JoinKeys(node.rightKeys, nullSafe: node.nullSafe)
    }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        leftSchema = context.inputSchemas[0]
        rightSchema = context.inputSchemas[1]
        builder = BatchBuilder(rightSchema, capacity: 256)
        let table = try context.state().openGroups(
            context.stateID("right"), keys: usesKeys ? node.rightKeys.map { rightSchema[$0].type } : [])
        slot = try table.open(.all, columns: [])
        self.table = table
        if let expr = node.condition { condition = try BatchPredicate(expr, context) }
    }

    private var isNullAware: Bool { node.type == .nullAwareAnti }
    /// The pairs that a NOT IN over one column without further condition needs can be found by hash.
    private var isSimpleNotIn: Bool { isNullAware && node.leftKeys.count == 1 && node.condition == nil }
    private var usesKeys: Bool { !isNullAware || isSimpleNotIn }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let context else { return }
        if input == 1 {
            guard let builder else { return }
            for (column, values) in zip(builder.columns, batch.columns) { column.append(contentsOf: values) }
            builder.endRows(batch.rowCount)
            try charge(context)
        } else {
            waiting.append(batch)
            waitingBytes += batch.byteCount
            try charge(context)
        }
    }

    /// The right side and its table, and the left batches that wait.
    private func charge(_ context: OperatorContext) throws(JobError) {
        let side = builder?.byteCount ?? rightBytes
        let chains = (heads.capacity + nexts.capacity) * 4 + isMatched.capacity
        try context.memory.set(side + chains + waitingBytes + context.stateBytes)
    }

    func endInput(_ input: Int, _ out: any Output) throws(JobError) {
        if input == 1 { try build() }
    }

    func finish(_ out: any Output) throws(JobError) {
        if !isBuilt { try build() }
        tail = 0
    }

    private func build() throws(JobError) {
        guard let builder, let table, let context, !isBuilt else { return }
        isBuilt = true
        right = builder.finish()
        rightBytes = right.byteCount
        self.builder = nil
        let count = right.rowCount
        let rows = (0..<Int32(truncatingIfNeeded: count)).map { $0 }
        var groups = [UInt32](repeating: 0, count: count)
        try table.locate(
            usesKeys ? rightKeys.columns(right) : [], rows, in: slot, creates: true, into: &groups)
        heads = [Int32](repeating: -1, count: table.capacity(of: slot))
        nexts = [Int32](repeating: -1, count: count)
        for row in stride(from: count - 1, through: 0, by: -1) {
            if !isNullAware && rightKeys.isUnmatchable(right, row) { continue }
            let group = Int(groups[row])
            nexts[row] = heads[group]
            heads[group] = rows[row]
        }
        if isNullAware {
            hasNullKey = node.rightKeys.contains { key in
                right.columns[key].validity.map { $0.unsetCount > 0 } ?? false
            }
        }
        if node.type == .right || node.type == .full { isMatched = [Bool](repeating: false, count: count) }
        try charge(context)
    }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let context, isBuilt else { return false }
        while true {
            if out.isFull { return probe != nil || waitingAt < waiting.count || tail != nil }
            if let probe {
                if let batch = try step(probe, context) { try out.emit(batch) }
                if probe.isDone { self.probe = nil }
            } else if waitingAt < waiting.count {
                let batch = waiting[waitingAt]
                probe = try start(batch)
                waitingAt += 1
                waitingBytes -= batch.byteCount
                if waitingAt == waiting.count {
                    waiting.removeAll()
                    waitingAt = 0
                }
                try charge(context)
            } else {
                break
            }
        }
        return try giveUnmatched(context, out)
    }

    private func start(_ batch: RecordBatch) throws(JobError) -> JoinProbe {
        let probe = JoinProbe(batch)
        let rows = (0..<Int32(truncatingIfNeeded: batch.rowCount)).map { $0 }
        try table?.locate(
            usesKeys ? leftKeys.columns(batch) : [], rows, in: slot, creates: false, into: &probe.groups)
        return probe
    }

    private func head(_ probe: JoinProbe, _ row: Int) -> Int32 {
        let group = probe.groups[row]
        if group == GroupTable.missing { return -1 }
        if !isNullAware && leftKeys.isUnmatchable(probe.batch, row) { return -1 }
        return heads[Int(group)]
    }

    /// Looks some rows of the left batch up; the result, nil if nothing came of them.
    private func step(_ probe: JoinProbe, _ context: OperatorContext) throws(JobError) -> RecordBatch? {
        if isSimpleNotIn { return simpleNotIn(probe) }
        let limit = Swift.max(context.config.batchRows, 256)
        var pairs = PairList()
        /// Left rows whose candidates are all in `pairs`.
        let first = probe.row
        while probe.row < probe.batch.rowCount && pairs.count < limit {
            var at = probe.resumeAt ?? head(probe, probe.row)
            probe.resumeAt = nil
            while at >= 0 && pairs.count < limit {
                pairs.add(probe.row, Int(at))
                at = nexts[Int(at)]
                // One match is enough to decide.
                if condition == nil && !isNullAware && (node.type == .semi || node.type == .anti) { at = -1 }
            }
            if at >= 0 {
                probe.resumeAt = at
                break
            }
            probe.row += 1
        }
        let matched = try filter(pairs, probe.batch, context)
        return result(matched, probe, first)
    }

    /// The pairs that meet the residual condition, and for NOT IN those that are not definitely different.
    private func filter(
        _ pairs: PairList, _ left: RecordBatch, _ context: OperatorContext
    ) throws(JobError) -> PairList {
        var kept = pairs
        if isNullAware { kept = mayBeEqual(kept, left) }
        guard let condition, kept.count > 0 else { return kept }
        let columns = left.columns.map { $0.gather(kept.left) } + right.columns.map { $0.gather(kept.right) }
        let batch = RecordBatch(columns: columns, rowCount: kept.count)
        let rows = try condition.select(batch, context.evalContext(batch))
        var result = PairList()
        for row in rows { result.add(Int(kept.left[Int(row)]), Int(kept.right[Int(row)])) }
        return result
    }

    private func mayBeEqual(_ pairs: PairList, _ left: RecordBatch) -> PairList {
        var kept = PairList()
        for at in 0..<pairs.count {
            let i = Int(pairs.left[at])
            let j = Int(pairs.right[at])
            var isDifferent = false
            for (a, b) in zip(node.leftKeys, node.rightKeys) {
                let x = left.columns[a]
                let y = right.columns[b]
                if !x.isNull(i) && !y.isNull(j) && Comparison.values(x, i, y, j) != 0 { isDifferent = true }
            }
            if !isDifferent { kept.add(i, j) }
        }
        return kept
    }

    private func simpleNotIn(_ probe: JoinProbe) -> RecordBatch? {
        var kept: [Int32] = []
        let key = probe.batch.columns[node.leftKeys[0]]
        for row in 0..<probe.batch.rowCount {
            let group = probe.groups[row]
            let isFound = group != GroupTable.missing
            if right.rowCount == 0 || (!key.isNull(row) && !hasNullKey && !isFound) {
                kept.append(Int32(truncatingIfNeeded: row))
            }
        }
        probe.row = probe.batch.rowCount
        if kept.isEmpty { return nil }
        return kept.withUnsafeBufferPointer { probe.batch.selecting($0) }
    }

    private func result(_ pairs: PairList, _ probe: JoinProbe, _ first: Int) -> RecordBatch? {
        for row in pairs.left { probe.isMatched[Int(row)] = true }
        if !isMatched.isEmpty { for row in pairs.right { isMatched[Int(row)] = true } }
        switch node.type {
        case .inner, .right: return batch(pairs, probe.batch)
        case .left, .full: return batch(padded(pairs, probe, first), probe.batch)
        case .semi, .anti, .nullAwareAnti:
            let wanted = node.type == .semi
            var kept: [Int32] = []
            for row in first..<probe.row where probe.isMatched[row] == wanted {
                kept.append(Int32(truncatingIfNeeded: row))
            }
            if kept.isEmpty { return nil }
            return kept.withUnsafeBufferPointer { probe.batch.selecting($0) }
        }
    }

    /// With rows of the left side that have no match, in their places.
    private func padded(_ pairs: PairList, _ probe: JoinProbe, _ first: Int) -> PairList {
        var out = PairList()
        var at = 0
        for row in first..<Swift.min(probe.row + 1, probe.batch.rowCount) {
            while at < pairs.count && Int(pairs.left[at]) == row {
                out.add(row, Int(pairs.right[at]))
                at += 1
            }
            // The last row may have candidates left.
            if row < probe.row && !probe.isMatched[row] { out.add(row, -1) }
        }
        return out
    }

    private func batch(_ pairs: PairList, _ left: RecordBatch) -> RecordBatch? {
        if pairs.count == 0 { return nil }
        let columns =
            left.columns.map { $0.gather(pairs.left) } + right.columns.map { $0.gather(pairs.right) }
        return RecordBatch(columns: columns, rowCount: pairs.count)
    }

    /// Right rows without a match, after everything else; true: more is left.
    private func giveUnmatched(_ context: OperatorContext, _ out: any Output) throws(JobError) -> Bool {
        guard var next = tail else { return false }
        let nulls = leftSchema.map { ColumnBuilder($0.type, capacity: 1).finish() }
        while next < isMatched.count {
            if out.isFull {
                tail = next
                return true
            }
            var rows: [Int32] = []
            while next < isMatched.count && rows.count < context.config.batchRows {
                if !isMatched[next] { rows.append(Int32(truncatingIfNeeded: next)) }
                next += 1
            }
            if rows.isEmpty { continue }
            let none = [Int32](repeating: -1, count: rows.count)
            let columns = nulls.map { $0.gather(none) } + right.columns.map { $0.gather(rows) }
            try out.emit(RecordBatch(columns: columns, rowCount: rows.count))
        }
        tail = nil
        return false
    }

    func close() {
        waiting = []
        probe = nil
        right = RecordBatch(columns: [], rowCount: 0)
        context = nil
    }
}

/// A left batch on its way through a hash join.
final class JoinProbe {
    let batch: RecordBatch
    var groups: [UInt32]
    var isMatched: [Bool]
    var row = 0
    /// The candidate to go on with in the row reached.
    var resumeAt: Int32?

    init(_ batch: RecordBatch) {
        self.batch = batch
        groups = [UInt32](repeating: 0, count: batch.rowCount)
        isMatched = [Bool](repeating: false, count: batch.rowCount)
    }

    var isDone: Bool { row >= batch.rowCount }
}
