import SluiceBase
import SluiceColumns

/// What a cast may do with a value that it cannot convert.
struct CastMode: Sendable {
    /// NULL instead of an error (TRY_CAST, legacy behaviour).
    var isNullOnFailure: Bool
}

/// One cast of a column.
typealias CastKernel =
    @Sendable (_ column: Column, _ count: Int, _ context: EvalContext, _ mode: CastMode) throws(SQLError) ->
    Column

/// The casts between all type pairs (K2 to K11), as loops over columns.
enum CastKernels {
    static func kernel(from: DataType, to: DataType) throws(SQLError) -> CastKernel {
        if hasSameValues(from.kind, to.kind) { return { column, _, _, _ in column } }
        if from.kind == .null {
            return { _, count, _, _ in .constant(.null, type: to, count: count) }
        }
        guard CastRules.isAllowed(from: from, to: to) else {
            throw Coercion.refusal(from: from, to: to, span: nil)
        }
        if to.kind.isCharacter { return TextCasts.toText(from, to) }
        if from.kind.isCharacter { return try TextCasts.fromText(from, to) }
        if from.kind.isBinary { return TextCasts.binary(to) }
        if from.kind == .boolean { return NumericCasts.fromBoolean(to) }
        if from.kind.isNumeric { return NumericCasts.fromNumber(from, to) }
        if from.kind.isDateTime { return TemporalCasts.kernel(from, to) }
        return try NestedCasts.kernel(from, to)
    }

    /// True if the kinds differ at most in names of fields and in where NULL is allowed.
    private static func hasSameValues(_ a: TypeKind, _ b: TypeKind) -> Bool {
        switch (a, b) {
        case (.array(let x), .array(let y)), (.multiset(let x), .multiset(let y)):
            return hasSameValues(x.kind, y.kind)
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            return hasSameValues(key.kind, otherKey.kind) && hasSameValues(value.kind, otherValue.kind)
        case (.row(let x), .row(let y)):
            return x.count == y.count && zip(x, y).allSatisfy { hasSameValues($0.type.kind, $1.type.kind) }
        default: return a == b
        }
    }

    /// The kernel of a cast expression; errors carry its place.
    static func kernel(_ expr: BoundExpr) throws(SQLError) -> Kernel {
        guard case .cast(let inner, let mode) = expr.kind else {
            throw SQLError(.internalError, "not a cast", span: expr.span)
        }
        let kernel: CastKernel
        do {
            kernel = try self.kernel(from: inner.type, to: expr.type)
        } catch {
            throw error.at(expr.span)
        }
        return { arguments, count, context throws(SQLError) in
            let isNull = mode == .tryCast || (context.legacyCasts && mode == .cast)
            return try kernel(arguments[0], count, context, CastMode(isNullOnFailure: isNull))
        }
    }

    /// The cast of one value, for literals; the zone is UTC.
    static func constant(
        _ value: Datum, from: DataType, to: DataType, span: SourceSpan?
    ) throws(SQLError) -> Datum {
        let context = EvalContext(clock: ManualClock())
        do {
            let kernel = try self.kernel(from: from, to: to)
            let column = Column.constant(value, type: from, count: 1)
            return try kernel(column, 1, context, CastMode(isNullOnFailure: false)).datum(0)
        } catch {
            throw error.at(span)
        }
    }

    static func failure(_ bytes: UnsafeRawBufferPointer, _ to: DataType) -> SQLError {
        let limit = 60
        var text = String(decoding: bytes.prefix(limit), as: UTF8.self)
        if bytes.count > limit { text += "…" }
        return SQLError(
            .castFailed, "cannot read '\(text)' as \(to.kind)", hint: "TRY_CAST gives NULL instead")
    }
}
