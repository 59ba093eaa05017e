import SluiceBase
import SluiceColumns

/// Computes the constant parts of expressions once.
public enum ConstantFolding {
    /// `expr` with its deterministic constant parts computed. A part that fails is left for run time, and so is what
    /// depends on the session (zone, clock) unless `context` is given.
    public static func fold(
        _ expr: BoundExpr, registry: FunctionRegistry, context: EvalContext? = nil
    ) -> BoundExpr {
        expr.rewriting { step($0, registry, context) }
    }

    private static func step(
        _ expr: BoundExpr, _ registry: FunctionRegistry, _ context: EvalContext?
    ) -> BoundExpr {
        switch expr.kind {
        case .column, .literal: return expr
        case .caseWhen(let branches, let otherwise): return simplified(expr, branches, otherwise)
        case .field, .cast, .call: break
        }
        guard expr.children.allSatisfy({ $0.literalValue != nil }), isFoldable(expr, registry, context) else {
            return expr
        }
        guard let value = evaluate(expr, registry, context) else { return expr }
        return .literal(value, expr.type, span: expr.span)
    }

    private static func isFoldable(
        _ expr: BoundExpr, _ registry: FunctionRegistry, _ context: EvalContext?
    ) -> Bool {
        switch expr.kind {
        case .call(let name, _):
            guard let definition = registry.find(name), definition.isDeterministic else { return false }
            if context != nil { return true }
            return definition.category != .temporal && definition.category != .system
                && !expr.children.contains { dependsOnZone($0.type.kind) }
        case .cast(let inner, _):
            return context != nil || !(dependsOnZone(inner.type.kind) || dependsOnZone(expr.type.kind))
        default: return true
        }
    }

    private static func dependsOnZone(_ kind: TypeKind) -> Bool {
        switch kind {
        case .timestampLTZ: return true
        case .array(let element), .multiset(let element): return dependsOnZone(element.kind)
        case .map(let key, let value): return dependsOnZone(key.kind) || dependsOnZone(value.kind)
        case .row(let fields): return fields.contains { dependsOnZone($0.type.kind) }
        default: return false
        }
    }

    private static func evaluate(
        _ expr: BoundExpr, _ registry: FunctionRegistry, _ context: EvalContext?
    ) -> Datum? {
        let environment = context ?? EvalContext(clock: ManualClock())
        do {
            let compiled = try ExpressionCompiler(registry: registry).compileUnfolded(expr)
            let batch = RecordBatch(columns: [], rowCount: 1)
            return try compiled.evaluate(batch, environment).datum(0)
        } catch {
            return nil
        }
    }

    /// Branches that cannot be taken go; a condition that always holds ends the CASE.
    private static func simplified(
        _ expr: BoundExpr, _ branches: [BoundExpr.Branch], _ otherwise: BoundExpr
    ) -> BoundExpr {
        var kept: [BoundExpr.Branch] = []
        for branch in branches {
            guard let known = branch.condition.literalValue else {
                kept.append(branch)
                continue
            }
            if known == .bool(true) { return remaining(expr, kept, branch.result) }
        }
        return remaining(expr, kept, otherwise)
    }

    private static func remaining(
        _ expr: BoundExpr, _ branches: [BoundExpr.Branch], _ otherwise: BoundExpr
    ) -> BoundExpr {
        if branches.isEmpty { return otherwise }
        return BoundExpr(.caseWhen(branches, otherwise: otherwise), expr.type, span: expr.span)
    }

    /// The type of an expression after its constant conditions are decided.
    static func knownType(_ expr: BoundExpr) -> DataType {
        fold(expr, registry: .builtin).type
    }
}
