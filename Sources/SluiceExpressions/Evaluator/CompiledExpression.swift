public import SluiceBase
public import SluiceColumns

/// An expression ready to run over batches. Immutable; threads share it.
public struct CompiledExpression: Sendable {
    let node: ExpressionNode
    let slots: Int

    public var type: DataType { node.type }

    /// One value a row. Constants may come back in the constant encoding.
    public func evaluate(_ batch: RecordBatch, _ context: EvalContext) throws(SQLError) -> Column {
        if case .column(let index) = node.operation, index < batch.columns.count {
            return batch.columns[index]
        }
        return try EvaluationFrame(batch, context, slots: slots).evaluate(node)
    }
}

/// Several expressions over one input; what they share is computed once a batch.
public struct CompiledProjection: Sendable {
    let nodes: [ExpressionNode]
    let slots: Int

    public var types: [DataType] { nodes.map(\.type) }

    public func evaluate(_ batch: RecordBatch, _ context: EvalContext) throws(SQLError) -> [Column] {
        let frame = EvaluationFrame(batch, context, slots: slots)
        var columns: [Column] = []
        columns.reserveCapacity(nodes.count)
        for node in nodes { columns.append(try frame.evaluate(node)) }
        return columns
    }
}

/// A condition ready to run: which rows of a batch satisfy it.
public struct CompiledPredicate: Sendable {
    /// The conjuncts in order: each runs over the rows that the ones before it left.
    let conjuncts: [ExpressionNode]
    let slots: Int

    /// Ascending rows where the condition is TRUE.
    public func select(_ batch: RecordBatch, _ context: EvalContext) throws(SQLError) -> [Int32] {
        guard batch.rowCount > 0 else { return [] }
        let whole = EvaluationFrame(batch, context, slots: slots)
        var frame = whole
        // Rows of the batch that `frame` stands for; nil means all. `open` is what they have been tested for.
        var rows: [Int32]?
        var open: Column?
        for (position, conjunct) in conjuncts.enumerated() {
            let value = try frame.evaluate(conjunct)
            let tested = open.map { LogicKernels.combine($0, value, frame.count, isAnd: true) } ?? value
            let isLast = position == conjuncts.count - 1
            let mustNarrow = isLast || conjuncts[position + 1].canFail
            let kept = CompiledPredicate.trueRows(tested, frame.count)
            if kept.isEmpty { return [] }
            if kept.count == frame.count {
                open = nil
            } else if mustNarrow || kept.count * 4 <= frame.count {
                rows = rows.map { outer in kept.map { outer[Int($0)] } } ?? kept
                if !isLast { frame = whole.subset(rows ?? []) }
                open = nil
            } else {
                open = tested
            }
        }
        return rows ?? Spread.all(batch.rowCount)
    }

    /// Rows where a condition is TRUE.
    private static func trueRows(_ column: Column, _ count: Int) -> [Int32] {
        if let constant = column.constantValue {
            return constant == .bool(true) ? Spread.all(count) : []
        }
        let flags = column.bools
        let base = flags.base
        return [Int32](unsafeUninitializedCapacity: count) { out, filled in
            var next = 0
            if let validity = flags.validity {
                for index in 0..<count {
                    out[next] = Int32(truncatingIfNeeded: index)
                    next &+= base[index] && validity[index] ? 1 : 0
                }
            } else {
                for index in 0..<count {
                    out[next] = Int32(truncatingIfNeeded: index)
                    next &+= base[index] ? 1 : 0
                }
            }
            filled = next
        }
    }
}
