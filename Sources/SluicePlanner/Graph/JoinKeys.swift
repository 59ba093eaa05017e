import SluiceColumns
import SluiceExpressions

/// The equalities of a join condition as key columns of both sides. A key that is an expression becomes a column of
/// its side first.
struct JoinKeys {
    var leftPlan: LogicalPlan
    var rightPlan: LogicalPlan
    var leftKeys: [Int] = []
    var rightKeys: [Int] = []
    var nullSafe: [Bool] = []
    /// What is left of the condition, over the columns of `leftPlan` then `rightPlan`.
    var rest: BoundExpr?
    /// Columns of the left side before key columns were added.
    let leftWidth: Int

    init(_ condition: BoundExpr?, _ left: LogicalPlan, _ right: LogicalPlan, _ functions: FunctionRegistry) {
        leftPlan = left
        rightPlan = right
        leftWidth = left.fields.count
        var leftExprs: [BoundExpr] = []
        var rightExprs: [BoundExpr] = []
        var others: [BoundExpr] = []
        for part in condition.map({ Binder.conjuncts(of: $0) }) ?? [] {
            if let (a, b, isNullSafe) = equality(part) {
                leftExprs.append(a)
                rightExprs.append(b)
                nullSafe.append(isNullSafe)
            } else {
                others.append(part)
            }
        }
        (leftPlan, leftKeys) = JoinKeys.columns(leftExprs, left)
        (rightPlan, rightKeys) = JoinKeys.columns(rightExprs, right)
        let shift = leftPlan.fields.count - leftWidth
        let width = leftWidth
        let moved = others.map { $0.remappingColumns { $0 < width ? $0 : $0 + shift } }
        if let first = moved.first {
            rest =
                moved.count == 1
                ? first : BoundExpr(.call("AND", moved), .boolean, span: first.span)
        }
    }

    private func equality(_ part: BoundExpr) -> (BoundExpr, BoundExpr, Bool)? {
        guard case .call(let name, let sides) = part.kind, sides.count == 2 else { return nil }
        let isNullSafe = name == "IS NOT DISTINCT FROM"
        guard name == "=" || isNullSafe else { return nil }
        for (a, b) in [(sides[0], sides[1]), (sides[1], sides[0])] {
            let left = a.referencedColumns
            let right = b.referencedColumns
            guard !left.isEmpty, !right.isEmpty, left.allSatisfy({ $0 < leftWidth }),
                right.allSatisfy({ $0 >= leftWidth })
            else { continue }
            let moved = b.remappingColumns { $0 - leftWidth }
            if let (x, y) = sameType(a, moved) { return (x, y, isNullSafe) }
        }
        return nil
    }

    /// Both sides in one layout, so that equal values have equal bytes.
    private func sameType(_ a: BoundExpr, _ b: BoundExpr) -> (BoundExpr, BoundExpr)? {
        if a.type.kind == b.type.kind { return (a, b) }
        if a.type.kind.isCharacter && b.type.kind.isCharacter { return (a, b) }
        if a.type.kind.isBinary && b.type.kind.isBinary { return (a, b) }
        guard let common = TypeRules.commonType([a.type, b.type]) else { return nil }
        guard let x = try? Coercion.cast(a, to: common.nullable(a.type.isNullable), mode: .implicit),
            let y = try? Coercion.cast(b, to: common.nullable(b.type.isNullable), mode: .implicit)
        else { return nil }
        return (x, y)
    }

    private static func columns(_ exprs: [BoundExpr], _ plan: LogicalPlan) -> (LogicalPlan, [Int]) {
        var all = plan.identityExprs
        var names = plan.fields.map(\.name)
        var keys: [Int] = []
        for expr in exprs {
            if let known = all.firstIndex(of: expr) {
                keys.append(known)
            } else {
                keys.append(all.count)
                names.append("$key\(all.count)")
                all.append(expr)
            }
        }
        if all.count == plan.fields.count { return (plan, keys) }
        return (plan.projecting(all, names: names), keys)
    }
}
