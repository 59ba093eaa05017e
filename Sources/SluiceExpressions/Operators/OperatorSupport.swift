import SluiceBase
import SluiceColumns

/// Checks that operator definitions share.
enum OperatorSupport {
    static func refusal(_ site: CallSite, _ hint: String? = nil) -> SQLError {
        let types = site.arguments.map { "\($0.type.kind)" }.joined(separator: ", ")
        return SQLError(
            .typeMismatch, "\"\(site.name)\" cannot be applied to (\(types))", span: site.span, hint: hint)
    }

    static func expect(_ site: CallSite, _ counts: ClosedRange<Int>) throws(SQLError) {
        guard !counts.contains(site.arguments.count) else { return }
        let wanted =
            counts.lowerBound == counts.upperBound
            ? "\(counts.lowerBound)" : "\(counts.lowerBound) or more"
        throw SQLError(
            .argumentCount, "\"\(site.name)\" takes \(wanted) arguments, not \(site.arguments.count)",
            span: site.span)
    }

    static func anyNullable(_ arguments: [BoundExpr]) -> Bool { arguments.contains { $0.type.isNullable } }

    /// Bare NULLs take the type of the first argument that has one, or `fallback`.
    static func typingNulls(
        _ arguments: [BoundExpr], fallback: DataType
    ) throws(SQLError) -> [BoundExpr] {
        let known = arguments.first { $0.type.kind != .null }?.type ?? fallback
        var out: [BoundExpr] = []
        for argument in arguments {
            out.append(argument.type.kind == .null ? try Coercion.cast(argument, to: known) : argument)
        }
        return out
    }
}
