public import SluiceBase
import SluiceCatalog
import SluiceColumns
import SluiceExpressions

/// Resolves names and types of a query: syntax tree and catalog in, logical plan out.
///
/// One binder serves one statement. `Binder+*.swift` hold the clauses; `ExpressionBinder` the expressions.
public struct Binder {
    public let environment: PlannerEnvironment
    /// WITH queries in sight, innermost last.
    var commonTables: [(name: String, plan: LogicalPlan)] = []
    /// Views being expanded, against endless recursion.
    var openViews: [QualifiedName] = []
    /// Things the user should know that are no errors.
    public internal(set) var warnings: [SQLError] = []

    public init(_ environment: PlannerEnvironment) { self.environment = environment }

    var isStreaming: Bool { environment.isStreaming }

    func call(_ name: String, _ arguments: [BoundExpr], _ span: SourceSpan?) throws(SQLError) -> BoundExpr {
        try environment.functions.call(name, arguments, span: span)
    }

    /// Conditions joined by AND; nil without any.
    func conjunction(_ conditions: [BoundExpr]) throws(SQLError) -> BoundExpr? {
        guard var result = conditions.first else { return nil }
        for condition in conditions.dropFirst() {
            result = try call("AND", [result, condition], condition.span)
        }
        return result
    }

    static func conjuncts(of condition: BoundExpr) -> [BoundExpr] {
        if case .call("AND", let parts) = condition.kind { return parts.flatMap { conjuncts(of: $0) } }
        return [condition]
    }

    func unsupported(_ what: String, _ span: SourceSpan?, hint: String? = nil) -> SQLError {
        SQLError(.unsupported, "\(what) is not supported yet", span: span, hint: hint)
    }
}
