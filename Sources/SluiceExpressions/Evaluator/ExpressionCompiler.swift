public import SluiceBase
import SluiceColumns

/// Turns typed expressions into kernels, once per plan.
public struct ExpressionCompiler: Sendable {
    private let registry: FunctionRegistry

    public init(registry: FunctionRegistry = .builtin) { self.registry = registry }

    public func compile(_ expr: BoundExpr) throws(SQLError) -> CompiledExpression {
        try compileUnfolded(ConstantFolding.fold(expr, registry: registry))
    }

    func compileUnfolded(_ expr: BoundExpr) throws(SQLError) -> CompiledExpression {
        var build = Build(registry: registry, shared: Build.repeated([expr], registry))
        let node = try build.node(expr)
        return CompiledExpression(node: node, slots: build.slotCount)
    }

    public func compile(_ exprs: [BoundExpr]) throws(SQLError) -> CompiledProjection {
        let folded = exprs.map { ConstantFolding.fold($0, registry: registry) }
        var build = Build(registry: registry, shared: Build.repeated(folded, registry))
        var nodes: [ExpressionNode] = []
        for expr in folded { nodes.append(try build.node(expr)) }
        return CompiledProjection(nodes: nodes, slots: build.slotCount)
    }

    public func compilePredicate(_ expr: BoundExpr) throws(SQLError) -> CompiledPredicate {
        let folded = ConstantFolding.fold(expr, registry: registry)
        let conjuncts = ExpressionCompiler.conjuncts(folded)
        var build = Build(registry: registry, shared: Build.repeated(conjuncts, registry))
        var nodes: [ExpressionNode] = []
        for conjunct in conjuncts { nodes.append(try build.node(conjunct)) }
        return CompiledPredicate(conjuncts: nodes, slots: build.slotCount)
    }

    /// The operands of nested ANDs, in order.
    public static func conjuncts(_ expr: BoundExpr) -> [BoundExpr] {
        guard case .call("AND", let operands) = expr.kind else { return [expr] }
        return operands.flatMap { conjuncts($0) }
    }
}

/// The state of one compilation: which expressions are shared, and their slots.
private struct Build {
    let registry: FunctionRegistry
    /// Expressions that occur more than once, with the slot of their result.
    var shared: [BoundExpr: Int]
    var made: [BoundExpr: ExpressionNode] = [:]

    var slotCount: Int { shared.count }

    init(registry: FunctionRegistry, shared: [BoundExpr: Int]) {
        self.registry = registry
        self.shared = shared
    }

    static func repeated(_ exprs: [BoundExpr], _ registry: FunctionRegistry) -> [BoundExpr: Int] {
        var seen: [BoundExpr: Int] = [:]
        var slots: [BoundExpr: Int] = [:]
        func count(_ expr: BoundExpr) {
            switch expr.kind {
            case .column, .literal: return
            default: break
            }
            let times = (seen[expr] ?? 0) + 1
            seen[expr] = times
            if times == 2 && isDeterministic(expr, registry) { slots[expr] = slots.count }
            // Children of a repeated expression are computed with it.
            if times == 1 { for child in expr.children { count(child) } }
        }
        for expr in exprs { count(expr) }
        return slots
    }

    private static func isDeterministic(_ expr: BoundExpr, _ registry: FunctionRegistry) -> Bool {
        if case .call(let name, _) = expr.kind {
            guard registry.find(name)?.isDeterministic ?? false else { return false }
        }
        return expr.children.allSatisfy { isDeterministic($0, registry) }
    }

    mutating func node(_ expr: BoundExpr) throws(SQLError) -> ExpressionNode {
        let slot = shared[expr]
        if slot != nil, let known = made[expr] { return known }
        let result = try makeNode(expr, slot)
        if slot != nil { made[expr] = result }
        return result
    }

    private mutating func nodes(_ exprs: [BoundExpr]) throws(SQLError) -> [ExpressionNode] {
        var out: [ExpressionNode] = []
        for expr in exprs { out.append(try node(expr)) }
        return out
    }

    private mutating func makeNode(_ expr: BoundExpr, _ slot: Int?) throws(SQLError) -> ExpressionNode {
        switch expr.kind {
        case .column(let index):
            return ExpressionNode(.column(index), type: expr.type, span: expr.span, canFail: false, slot: nil)
        case .literal(let value):
            return ExpressionNode(
                .constant(value), type: expr.type, span: expr.span, canFail: false, slot: nil)
        case .cast(let inner, let mode):
            let child = try node(inner)
            let fails = mode != .tryCast && CastRules.canFail(from: inner.type, to: expr.type)
            return ExpressionNode(
                .call(try CastKernels.kernel(expr), [child]), type: expr.type, span: expr.span,
                canFail: child.canFail || fails, slot: slot)
        case .field(let inner, let index):
            let child = try node(inner)
            return ExpressionNode(
                .field(child, index), type: expr.type, span: expr.span, canFail: child.canFail, slot: slot)
        case .caseWhen(let branches, let otherwise):
            var typed: [(condition: ExpressionNode, result: ExpressionNode)] = []
            for branch in branches { typed.append((try node(branch.condition), try node(branch.result))) }
            let last = try node(otherwise)
            let fails = last.canFail || typed.contains { $0.condition.canFail || $0.result.canFail }
            return ExpressionNode(
                .caseWhen(typed, otherwise: last), type: expr.type, span: expr.span, canFail: fails,
                slot: slot)
        case .call(let name, let arguments): return try call(expr, name, arguments, slot)
        }
    }

    private mutating func call(
        _ expr: BoundExpr, _ name: String, _ arguments: [BoundExpr], _ slot: Int?
    ) throws(SQLError) -> ExpressionNode {
        let children = try nodes(arguments)
        let childFails = children.contains { $0.canFail }
        let operation: ExpressionNode.Operation
        var fails = childFails
        switch name {
        case "AND": operation = .connective(isAnd: true, children)
        case "OR": operation = .connective(isAnd: false, children)
        case "COALESCE", "IFNULL": operation = .coalesce(children)
        default:
            guard let definition = registry.find(name) else {
                throw SQLError(.unknownFunction, "function \"\(name)\" does not exist", span: expr.span)
            }
            fails = fails || definition.canFail
            do {
                operation = .call(try definition.kernel(expr), children)
            } catch {
                throw error.at(expr.span)
            }
        }
        return ExpressionNode(operation, type: expr.type, span: expr.span, canFail: fails, slot: slot)
    }
}
