import SluiceBase
import SluiceColumns

/// Result types of aggregates and the argument types that they accept (A3, A10).
enum AggregateTyping {
    static func expect(_ site: CallSite, _ counts: ClosedRange<Int>) throws(SQLError) {
        guard !counts.contains(site.arguments.count) else { return }
        let wanted =
            counts.lowerBound == counts.upperBound
            ? "\(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
        throw SQLError(
            .argumentCount,
            "\"\(site.name)\" takes \(wanted) argument\(wanted == "1" ? "" : "s"), not \(site.arguments.count)",
            span: site.span)
    }

    static func count(_ site: CallSite) throws(SQLError) -> DataType {
        if site.arguments.count > 1 {
            throw SQLError(
                .argumentCount, "\"\(site.name)\" counts the values of one column only",
                span: site.arguments[1].span ?? site.span)
        }
        return DataType(.bigint, nullable: false)
    }

    static func numeric(_ site: CallSite) throws(SQLError) -> DataType {
        try expect(site, 1...1)
        let type = site.arguments[0].type
        guard type.kind.isNumeric else { throw mismatch(site, 0, "a number") }
        return type
    }

    static func mismatch(_ site: CallSite, _ index: Int, _ wanted: String) -> SQLError {
        let argument = site.arguments[index]
        return SQLError(
            .typeMismatch, "\"\(site.name)\" needs \(wanted), not \(argument.type.kind)",
            span: argument.span ?? site.span)
    }

    static func sum(_ site: CallSite) throws(SQLError) -> DataType {
        let type = try numeric(site)
        if case .decimal(_, let scale) = type.kind { return .decimal(38, scale) }
        return type.nullable()
    }

    static func average(_ site: CallSite) throws(SQLError) -> DataType {
        let type = try numeric(site)
        if case .decimal(_, let scale) = type.kind { return .decimal(38, Swift.max(6, scale)) }
        return type.nullable()
    }

    static func extreme(_ site: CallSite) throws(SQLError) -> DataType {
        try expect(site, 1...1)
        let type = site.arguments[0].type
        if type.kind.isNested {
            throw mismatch(site, 0, "values that have an order")
        }
        return type.nullable()
    }

    static func any(_ site: CallSite) throws(SQLError) -> DataType {
        try expect(site, 1...1)
        return site.arguments[0].type.nullable()
    }

    static func collect(_ site: CallSite) throws(SQLError) -> DataType {
        try expect(site, 1...1)
        return DataType(.multiset(site.arguments[0].type), nullable: false)
    }

    static func arrayAggregate(_ site: CallSite) throws(SQLError) -> DataType {
        try expect(site, 1...1)
        return DataType(.array(site.arguments[0].type))
    }

    static func listAggregate(_ site: CallSite) throws(SQLError) -> DataType {
        try expect(site, 1...2)
        for index in 0..<site.arguments.count {
            let kind = site.arguments[index].type.kind
            guard kind.isCharacter || kind == .null else { throw mismatch(site, index, "a character string") }
        }
        if site.arguments.count == 2, site.arguments[1].literalValue == nil {
            throw SQLError(
                .typeMismatch, "the separator of \"\(site.name)\" must be a literal",
                span: site.arguments[1].span ?? site.span)
        }
        return .string
    }

    static func percentile(_ site: CallSite) throws(SQLError) -> DataType {
        try expect(site, 2...3)
        let kind = site.arguments[0].type.kind
        guard kind.isNumeric || kind == .null else { throw mismatch(site, 0, "a number") }
        if site.arguments.count == 3, !site.arguments[2].type.kind.isInteger {
            throw mismatch(site, 2, "an integer frequency")
        }
        let fraction = site.arguments[1]
        guard let literal = fraction.literalValue else {
            throw SQLError(
                .typeMismatch, "the fraction of \"\(site.name)\" must be a literal between 0 and 1",
                span: fraction.span ?? site.span)
        }
        guard let fractions = Percentiles.fractions(literal, fraction.type) else {
            throw mismatch(site, 1, "a number or an array of numbers as its fraction")
        }
        for value in fractions where !(value >= 0 && value <= 1) {
            throw SQLError(
                .literalOutOfRange, "the fraction of \"\(site.name)\" must be between 0 and 1",
                span: fraction.span ?? site.span)
        }
        if case .list = literal { return DataType(.array(.double.notNull)) }
        return .double
    }
}
