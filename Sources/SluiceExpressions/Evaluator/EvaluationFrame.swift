import SluiceBase
import SluiceColumns

/// The rows that an evaluation runs over: a whole batch, or some rows of an outer frame whose columns are gathered when
/// they are first read. Keeps the results of shared expressions.
final class EvaluationFrame {
    let count: Int
    let context: EvalContext
    private let outer: EvaluationFrame?
    private let rows: [Int32]
    private var columns: [Column?]
    private var results: [Column?]

    init(_ batch: RecordBatch, _ context: EvalContext, slots: Int) {
        count = batch.rowCount
        self.context = context
        outer = nil
        rows = []
        columns = batch.columns
        results = Array(repeating: nil, count: slots)
    }

    private init(_ outer: EvaluationFrame, _ rows: [Int32]) {
        count = rows.count
        self.outer = outer
        self.rows = rows
        var context = outer.context
        if !context.marks.isEmpty {
            let shell = RecordBatch(columns: [], rowCount: outer.count, marks: context.marks)
            context.marks = rows.withUnsafeBufferPointer { shell.remappedMarks($0) }
        }
        self.context = context
        columns = Array(repeating: nil, count: outer.columns.count)
        results = Array(repeating: nil, count: outer.results.count)
    }

    /// The rows at ascending `rows` of this frame.
    func subset(_ rows: [Int32]) -> EvaluationFrame { EvaluationFrame(self, rows) }

    func column(_ index: Int, _ type: DataType) -> Column {
        guard index < columns.count else { return .constant(.null, type: type, count: count) }
        if let known = columns[index] { return known }
        guard let outer else { return .constant(.null, type: type, count: count) }
        let gathered = outer.column(index, type).gather(rows)
        columns[index] = gathered
        return gathered
    }

    func evaluate(_ node: ExpressionNode) throws(SQLError) -> Column {
        guard let slot = node.slot else { return try compute(node) }
        if let known = results[slot] { return known }
        if let outer, let known = outer.results[slot] {
            let gathered = known.gather(rows)
            results[slot] = gathered
            return gathered
        }
        let result = try compute(node)
        results[slot] = result
        return result
    }

    private func compute(_ node: ExpressionNode) throws(SQLError) -> Column {
        switch node.operation {
        case .column(let index): return column(index, node.type)
        case .constant(let value): return .constant(value, type: node.type, count: count)
        case .call(let kernel, let arguments):
            if count == 0 { return ColumnBuilder(node.type, capacity: 0).finish() }
            var columns: [Column] = []
            columns.reserveCapacity(arguments.count)
            for argument in arguments { columns.append(try evaluate(argument)) }
            do {
                return try kernel(columns, count, context)
            } catch {
                throw error.at(node.span)
            }
        case .connective(let isAnd, let operands): return try connective(isAnd, operands)
        case .caseWhen(let branches, let otherwise): return try caseWhen(node, branches, otherwise)
        case .coalesce(let arguments): return try coalesce(node, arguments)
        case .field(let row, let index): return field(try evaluate(row), index, node.type)
        }
    }

    // MARK: Lazy operators

    private func connective(_ isAnd: Bool, _ operands: [ExpressionNode]) throws(SQLError) -> Column {
        guard let first = operands.first else { return .constant(.bool(isAnd), type: .boolean, count: count) }
        var result = try evaluate(first)
        for operand in operands.dropFirst() {
            guard operand.canFail else {
                result = LogicKernels.combine(result, try evaluate(operand), count, isAnd: isAnd)
                continue
            }
            let open = undecided(result, isAnd)
            if open.count == count {
                result = LogicKernels.combine(result, try evaluate(operand), count, isAnd: isAnd)
            } else if !open.isEmpty {
                let part = try subset(open).evaluate(operand)
                let whole = Spread.whole(part, open, count)
                result = LogicKernels.combine(result, whole, count, isAnd: isAnd)
            }
        }
        return result
    }

    /// Rows that the values so far do not decide.
    private func undecided(_ column: Column, _ isAnd: Bool) -> [Int32] {
        if let constant = column.constantValue {
            return constant == .bool(!isAnd) ? [] : Spread.all(count)
        }
        let values = column.bools
        var rows: [Int32] = []
        for index in 0..<count where values.isNull(index) || values[index] == isAnd {
            rows.append(Int32(truncatingIfNeeded: index))
        }
        return rows
    }

    private func coalesce(_ node: ExpressionNode, _ arguments: [ExpressionNode]) throws(SQLError) -> Column {
        guard let first = arguments.first else { return .constant(.null, type: node.type, count: count) }
        var result = try evaluate(first)
        for next in arguments.dropFirst() {
            guard let validity = result.validity else { return result }
            let current = result
            if !next.canFail {
                let other = try evaluate(next)
                result = ConditionalKernels.choose(count, node.type, current, other) { validity[$0] }
                continue
            }
            var missing: [Int32] = []
            for index in 0..<count where !validity[index] { missing.append(Int32(truncatingIfNeeded: index)) }
            if missing.isEmpty { return result }
            let part = try subset(missing).evaluate(next)
            let whole = Spread.whole(part, missing, count)
            result = ConditionalKernels.choose(count, node.type, current, whole) { validity[$0] }
        }
        return result
    }

    private func caseWhen(
        _ node: ExpressionNode, _ branches: [(condition: ExpressionNode, result: ExpressionNode)],
        _ otherwise: ExpressionNode
    ) throws(SQLError) -> Column {
        let isSafe =
            !otherwise.canFail && branches.allSatisfy { !$0.condition.canFail && !$0.result.canFail }
        if isSafe && branches.count <= 3 { return try eagerCase(node, branches, otherwise) }
        var choice = [Int32](repeating: -1, count: count)
        var position = [Int32](repeating: 0, count: count)
        var parts: [Column] = []
        var open = Spread.all(count)
        for branch in branches where !open.isEmpty {
            let isWhole = open.count == count
            let frame = isWhole ? self : subset(open)
            let condition = try frame.evaluate(branch.condition)
            let (taken, rest) = Spread.split(condition, open)
            open = rest
            if taken.isEmpty { continue }
            let part = try (taken.count == count ? self : subset(taken)).evaluate(branch.result)
            for (index, row) in taken.enumerated() {
                choice[Int(row)] = Int32(parts.count)
                position[Int(row)] = Int32(truncatingIfNeeded: index)
            }
            parts.append(part.flattened)
        }
        if !open.isEmpty {
            let part = try (open.count == count ? self : subset(open)).evaluate(otherwise)
            if parts.isEmpty { return part }
            for (index, row) in open.enumerated() {
                choice[Int(row)] = Int32(parts.count)
                position[Int(row)] = Int32(truncatingIfNeeded: index)
            }
            parts.append(part.flattened)
        }
        return Spread.merge(parts, choice, position, node.type)
    }

    private func eagerCase(
        _ node: ExpressionNode, _ branches: [(condition: ExpressionNode, result: ExpressionNode)],
        _ otherwise: ExpressionNode
    ) throws(SQLError) -> Column {
        var result = try evaluate(otherwise)
        for branch in branches.reversed() {
            let condition = try evaluate(branch.condition)
            if let constant = condition.constantValue {
                if constant == .bool(true) { result = try evaluate(branch.result) }
                continue
            }
            let flags = condition.bools
            let value = try evaluate(branch.result)
            result = ConditionalKernels.choose(count, node.type, value, result) {
                !flags.isNull($0) && flags[$0]
            }
        }
        return result
    }

    private func field(_ column: Column, _ index: Int, _ type: DataType) -> Column {
        if case .constant(let value, _, _) = column {
            guard case .row(let values) = value, index < values.count else {
                return .constant(.null, type: type, count: count)
            }
            return .constant(values[index], type: type, count: count)
        }
        guard case .row(let row) = column, index < row.fields.count else {
            return .constant(.null, type: type, count: count)
        }
        guard let validity = row.validity else { return row.fields[index] }
        return Spread.masking(row.fields[index], validity, count)
    }
}
