import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// Updating join of two streams (U6, U7): both sides are kept; each row answers with the changes that it makes.
///
/// While a batch of one side is at work the other side stays as it is, so the matches of many rows are found and
/// tested at once; only the counts of matches change row by row.
final class StreamJoinOperator: StreamOperator {
    private let node: JoinNode
    private var context: OperatorContext?
    private var condition: BatchPredicate?
    private var groups: (any GroupState)?
    private var slot = NamespaceSlot(index: -1)
    private var states: [any RowState] = []
    /// The rows of `states`.
    private var sides: [StoredRows] = []
    private let keys: [JoinKeys]
    private var hashesRows = [false, false]
    private var hasher = RowHasher()
    private var probe: StreamProbe?

    init(_ node: JoinNode) {
        self.node = node
        keys = [
            JoinKeys(node.leftKeys, nullSafe: node.nullSafe),
            JoinKeys(node.rightKeys, nullSafe: node.nullSafe),
        ]
    }

    var markHandling: MarkHandling { .after }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        let schema = context.inputSchemas[0]
        let store = try context.state()
        let groups = try store.openGroups(
            context.stateID("keys"), keys: isNullAware ? [] : node.leftKeys.map { schema[$0].type })
        slot = try groups.open(.all, columns: [])
        self.groups = groups
        for (input, schema) in context.inputSchemas.enumerated() {
            states.append(try store.openRows(context.stateID(input == 0 ? "left" : "right"), schema))
        }
        sides = states.map(\.rows)
        for side in sides { side.ttlMicros = context.config.stateTTLMillis &* 1000 }
        hashesRows = context.inputChangelogs.map { !$0.isAppendOnly }
        if let expr = node.condition { condition = try BatchPredicate(expr, context) }
    }

    private var isNullAware: Bool { node.type == .nullAwareAnti }
    private var isFilter: Bool { node.type == .semi || node.type == .anti || isNullAware }

    private func isOuter(_ side: Int) -> Bool {
        switch node.type {
        case .left: return side == 0
        case .right: return side == 1
        case .full: return true
        case .inner, .semi, .anti, .nullAwareAnti: return false
        }
    }

    func process(_ batch: RecordBatch, input: Int, _ out: any Output) throws(JobError) {
        guard let groups else { return }
        let columns = isNullAware ? [] : keys[input].columns(batch)
        let probe = StreamProbe(batch, input: input)
        let rows = (0..<Int32(truncatingIfNeeded: batch.rowCount)).map { $0 }
        try groups.locate(columns, rows, in: slot, creates: true, into: &probe.groups)
        for side in sides { side.makeRoom(groups.capacity(of: slot)) }
        for state in states {
            try probe.groups.withUnsafeBufferPointer { (groups) throws(JobError) in try state.load(groups) }
        }
        startClock()
        if hashesRows[input] {
            hasher.hash(batch, Array(batch.columns.indices)) { probe.hashes = Array($0) }
        }
        probe.segment = sides[input].beginSegment(batch)
        self.probe = probe
    }

    func resume(_ out: any Output) throws(JobError) -> Bool {
        guard let probe, let context else { return false }
        while probe.row < probe.batch.rowCount {
            if out.isFull { return true }
            if let result = try step(probe, context) { try out.emit(result) }
        }
        sides[probe.input].endSegment(probe.segment)
        for state in states {
            try probe.groups.withUnsafeBufferPointer { (groups) throws(JobError) in
                try state.endBatch(groups)
            }
        }
        try releaseGroups(probe.groups)
        self.probe = nil
        try context.memory.set(context.stateBytes)
        return false
    }

    private func startClock() {
        guard let context, context.config.stateTTLMillis > 0 else { return }
        let now = context.clock.nowMicros()
        for side in sides { side.now = now }
        if context.timers.next == nil {
            context.timers.register(atMicros: now &+ context.config.stateTTLMillis &* 1000)
        }
    }

    /// Forgets what expired, then looks again when the oldest of the rest will, but not too often.
    func onTimer(_ micros: Int64, _ out: any Output) throws(JobError) {
        guard let context else { return }
        let ttl = context.config.stateTTLMillis &* 1000
        let now = context.clock.nowMicros()
        var oldest: Int64?
        var emptied: Set<UInt32> = []
        for side in sides {
            side.now = now
            if let left = side.removeExpired(&emptied) { oldest = Swift.min(oldest ?? .max, left) }
        }
        try releaseGroups(Array(emptied))
        if let oldest {
            context.timers.register(atMicros: Swift.max(oldest &+ ttl, now &+ ttl / 4 &+ 1000))
        }
        try context.memory.set(context.stateBytes)
    }

    /// Answers some rows of the batch.
    private func step(_ probe: StreamProbe, _ context: OperatorContext) throws(JobError) -> RecordBatch? {
        let other = sides[1 - probe.input]
        var pairs = PairList()
        let first = probe.row
        var end = first
        // All candidates of a row come at once: its answer depends on whether there is any.
        while end < probe.batch.rowCount && pairs.count < context.config.batchRows {
            if !isUnmatchable(probe, end) {
                other.append(rowsOf: Int(probe.groups[end]), to: &pairs.right)
                let row = Int32(truncatingIfNeeded: end)
                for _ in pairs.left.count..<pairs.right.count { pairs.left.append(row) }
            }
            end += 1
        }
        pairs = try filter(pairs, probe, other, context)
        let changes = JoinChanges()
        var at = 0
        for row in first..<end {
            let start = at
            while at < pairs.count && Int(pairs.left[at]) == row { at += 1 }
            if isFilter {
                answerFilter(probe, row, pairs.right[start..<at], changes)
            } else {
                answer(probe, row, pairs.right[start..<at], changes)
            }
        }
        probe.row = end
        return changes.batch(
            probe.batch, other, inputIsLeft: probe.input == 0, leftOnly: isFilter)
    }

    private func isUnmatchable(_ probe: StreamProbe, _ row: Int) -> Bool {
        !isNullAware && keys[probe.input].isUnmatchable(probe.batch, row)
    }

    /// Pairs of an input row and a stored row that meet the whole condition.
    private func filter(
        _ pairs: PairList, _ probe: StreamProbe, _ other: StoredRows, _ context: OperatorContext
    ) throws(JobError) -> PairList {
        var kept = isNullAware ? mayBeEqual(pairs, probe, other) : pairs
        guard let condition, kept.count > 0 else { return kept }
        let mine = probe.batch.columns.map { $0.gather(kept.left) }
        let theirs = other.gather(kept.right)
        let batch = RecordBatch(
            columns: probe.input == 0 ? mine + theirs : theirs + mine, rowCount: kept.count)
        let rows = try condition.select(batch, context.evalContext(batch))
        if rows.count == kept.count { return kept }
        let all = kept
        kept = PairList()
        for row in rows { kept.add(Int(all.left[Int(row)]), Int(all.right[Int(row)])) }
        return kept
    }

    /// NOT IN: pairs that are equal or unknown in every key.
    private func mayBeEqual(_ pairs: PairList, _ probe: StreamProbe, _ other: StoredRows) -> PairList {
        let mine = keys[probe.input].columns
        let theirs = keys[1 - probe.input].columns
        var kept = PairList()
        for at in 0..<pairs.count {
            let row = Int(pairs.left[at])
            var isDifferent = false
            for (a, b) in zip(mine, theirs) {
                let order = other.compare(pairs.right[at], b, probe.batch.columns[a], row)
                if let order, order != 0 { isDifferent = true }
            }
            if !isDifferent { kept.add(row, Int(pairs.right[at])) }
        }
        return kept
    }

    private func store(_ probe: StreamProbe, _ row: Int, matches: Int) {
        // Without a possible match a row need not be remembered: its own retraction says all.
        if isUnmatchable(probe, row) { return }
        sides[probe.input].add(
            group: Int(probe.groups[row]), segment: probe.segment, row: row, matches: matches,
            hash: probe.hash(row))
    }

    private func forget(_ probe: StreamProbe, _ row: Int) {
        if isUnmatchable(probe, row) { return }
        sides[probe.input].remove(
            group: Int(probe.groups[row]), equalTo: probe.batch, row, hash: probe.hash(row))
    }

    /// Inner and outer joins. If a side is outer, additions are +I and the padding goes and comes with the matches.
    private func answer(
        _ probe: StreamProbe, _ row: Int, _ matches: ArraySlice<Int32>, _ changes: JoinChanges
    ) {
        let kind = probe.batch.kind(row)
        let inputIsOuter = isOuter(probe.input)
        let otherIsOuter = isOuter(1 - probe.input)
        let other = sides[1 - probe.input]
        if !kind.isRetraction {
            store(probe, row, matches: matches.count)
            if matches.isEmpty {
                if inputIsOuter { changes.add(.insert, row, -1) }
                return
            }
            let pairKind: RowKind = inputIsOuter || otherIsOuter ? .insert : kind
            for match in matches {
                if otherIsOuter {
                    let before = other.matches(match)
                    if before == 0 { changes.add(.delete, -1, match) }
                    other.setMatches(match, before + 1)
                }
                changes.add(pairKind, row, match)
            }
            return
        }
        forget(probe, row)
        if matches.isEmpty {
            if inputIsOuter { changes.add(.delete, row, -1) }
            return
        }
        for match in matches {
            changes.add(inputIsOuter ? .delete : kind, row, match)
            if otherIsOuter {
                let before = other.matches(match)
                if before == 1 { changes.add(.insert, -1, match) }
                other.setMatches(match, before - 1)
            }
        }
    }

    /// Semi and anti joins: only rows of the left side come out.
    private func answerFilter(
        _ probe: StreamProbe, _ row: Int, _ matches: ArraySlice<Int32>, _ changes: JoinChanges
    ) {
        let kind = probe.batch.kind(row)
        let wantsMatch = node.type == .semi
        if probe.input == 0 {
            if matches.isEmpty != wantsMatch { changes.add(kind, row, -1) }
            if kind.isRetraction { forget(probe, row) } else { store(probe, row, matches: matches.count) }
            return
        }
        let left = sides[0]
        if kind.isRetraction { forget(probe, row) } else { store(probe, row, matches: 0) }
        for match in matches {
            let before = left.matches(match)
            if kind.isRetraction {
                if before == 1 { changes.add(wantsMatch ? kind : .insert, -1, match) }
                left.setMatches(match, before - 1)
            } else {
                if before == 0 { changes.add(wantsMatch ? kind : .delete, -1, match) }
                left.setMatches(match, before + 1)
            }
        }
    }

    /// Gives back the keys that no side has rows of.
    private func releaseGroups(_ numbers: [UInt32]) throws(JobError) {
        var known: Set<UInt32> = []
        var gone: [UInt32] = []
        for group in numbers
        where sides[0].head(Int(group)) < 0 && sides[1].head(Int(group)) < 0 && known.insert(group).inserted {
            gone.append(group)
        }
        if gone.isEmpty { return }
        try gone.withUnsafeBufferPointer { (gone) throws(JobError) in try groups?.remove(gone, of: slot) }
    }

    func close() {
        sides = []
        states = []
        groups = nil
        probe = nil
        context = nil
    }
}

/// A batch on its way through an updating join.
final class StreamProbe {
    let batch: RecordBatch
    let input: Int
    var groups: [UInt32]
    var hashes: [UInt64] = []
    var segment: Int32 = 0
    var row = 0

    init(_ batch: RecordBatch, input: Int) {
        self.batch = batch
        self.input = input
        groups = [UInt32](repeating: 0, count: batch.rowCount)
    }

    func hash(_ row: Int) -> UInt64 { hashes.isEmpty ? 0 : hashes[row] }
}

/// The rows that an updating join gives: kind, row of the input batch, stored row of the other side; -1 for NULLs.
final class JoinChanges {
    private var kinds: [RowKind] = []
    private var inputs: [Int32] = []
    private var others: [Int32] = []

    func add(_ kind: RowKind, _ input: Int, _ other: Int32) {
        kinds.append(kind)
        inputs.append(Int32(truncatingIfNeeded: input))
        others.append(other)
    }

    func batch(
        _ batch: RecordBatch, _ other: StoredRows, inputIsLeft: Bool, leftOnly: Bool
    ) -> RecordBatch? {
        if kinds.isEmpty { return nil }
        var columns: [Column] = []
        if !leftOnly || inputIsLeft { columns = batch.columns.map { $0.gather(inputs) } }
        if !leftOnly || !inputIsLeft {
            let theirs = other.gather(others)
            columns = inputIsLeft ? columns + theirs : theirs + columns
        }
        let isPlain = kinds.allSatisfy { $0 == .insert }
        return RecordBatch(
            columns: columns, rowCount: kinds.count, rowKinds: isPlain ? nil : FixedColumn(kinds))
    }
}
