import SluiceBase
import SluiceColumns

/// Dates, times and timestamps plus or minus intervals, and arithmetic of intervals (D7).
enum TemporalOperators {
    /// The typed call, or nil if the operand types have no temporal meaning.
    static func resolve(_ site: CallSite, _ arguments: [BoundExpr]) throws(SQLError) -> BoundExpr? {
        let left = arguments[0].type.kind
        let right = arguments[1].type.kind
        let nullable = OperatorSupport.anyNullable(arguments)
        switch site.name {
        case "+" where left.isInterval && right.isDateTime:
            return try shifted(site, [arguments[1], arguments[0]], nullable)
        case "+" where left.isDateTime && right.isInterval, "-" where left.isDateTime && right.isInterval:
            return try shifted(site, arguments, nullable)
        case "+" where left.isInterval && left == right, "-" where left.isInterval && left == right:
            return BoundExpr(
                .call(site.name, arguments), DataType(left, nullable: nullable), span: site.span)
        case "*" where left.isInterval && right.isNumeric, "/" where left.isInterval && right.isNumeric:
            return try scaled(site, arguments[0], arguments[1], nullable)
        case "*" where left.isNumeric && right.isInterval:
            return try scaled(site, arguments[1], arguments[0], nullable)
        default: return nil
        }
    }

    private static func shifted(
        _ site: CallSite, _ arguments: [BoundExpr], _ nullable: Bool
    ) throws(SQLError) -> BoundExpr? {
        let point = arguments[0].type.kind
        if case .time = point, arguments[1].type.kind == .intervalYearMonth { return nil }
        return BoundExpr(
            .call(site.name, arguments), DataType(point, nullable: nullable), span: site.span)
    }

    /// An interval times or divided by a number: whole numbers exactly, others as DOUBLE.
    private static func scaled(
        _ site: CallSite, _ interval: BoundExpr, _ number: BoundExpr, _ nullable: Bool
    ) throws(SQLError) -> BoundExpr {
        let type: DataType = number.type.kind.isInteger ? .bigint : .double
        let factor = try Coercion.cast(number, to: type)
        return BoundExpr(
            .call(site.name, [interval, factor]), DataType(interval.type.kind, nullable: nullable),
            span: site.span)
    }
}
