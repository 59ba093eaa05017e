import SluiceBase
import SluiceSyntax

/// The calls with OVER in an expression.
struct OverSearch {
    static func calls(in expr: Expr) -> [(call: FunctionCall, span: SourceSpan)] {
        var found: [(call: FunctionCall, span: SourceSpan)] = []
        var open = [expr]
        while let next = open.popLast() {
            if case .call(let call) = next.kind, call.over != nil {
                found.append((call, next.span))
            } else {
                open += next.operands.reversed()
            }
        }
        return found
    }
}
