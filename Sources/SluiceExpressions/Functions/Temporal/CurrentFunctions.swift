import SluiceBase
import SluiceColumns

/// What time it is: once a statement in batch mode, per batch of rows in streaming.
let currentFunctions: [FunctionDefinition] = [
    current("CURRENT_TIMESTAMP", .timestampLTZ(3)) { instant, _ in .int64(instant / 1000 * 1000) },
    current("NOW", .timestampLTZ(3)) { instant, _ in .int64(instant / 1000 * 1000) },
    current("LOCALTIMESTAMP", .timestamp(3)) { instant, zone in .int64(local(instant, zone) / 1000 * 1000) },
    current("CURRENT_DATE", .date) { instant, zone in
        .int32(Int32(truncatingIfNeeded: floorDivide(local(instant, zone), 86_400_000_000)))
    },
    current("CURRENT_TIME", .time(0)) { instant, zone in timeOfDay(instant, zone) },
    current("LOCALTIME", .time(0)) { instant, zone in timeOfDay(instant, zone) },
    current("CURRENT_ROW_TIMESTAMP", .timestampLTZ(3), perRow: true) { instant, _ in
        .int64(instant / 1000 * 1000)
    },
    current("PROCTIME", .timestampLTZ(3), perRow: true) { instant, _ in .int64(instant / 1000 * 1000) },
    watermarkFunction,
    .scalar(
        "CURRENT_DATABASE", .system, "CURRENT_DATABASE()", ArgumentForms([]), .notNull(.string),
        deterministic: false
    ) { (_) throws(SQLError) in
        { (_, count, context) throws(SQLError) in
            .constant(.string(context.currentDatabase), type: .string.notNull, count: count)
        }
    },
]

private func current(
    _ name: String, _ kind: TypeKind, perRow: Bool = false,
    _ value: @escaping @Sendable (_ micros: Int64, _ zone: TimeZoneRules) -> Datum
) -> FunctionDefinition {
    let type = DataType(kind, nullable: false)
    return .scalar(name, .temporal, "\(name)()", ArgumentForms([]), .notNull(type), deterministic: false) {
        (_) throws(SQLError) in
        { (_, count, context) throws(SQLError) in
            let fixed = perRow ? nil : context.statementMicros
            return .constant(
                value(fixed ?? context.clock.nowMicros(), context.zone), type: type, count: count)
        }
    }
}

private func local(_ instant: Int64, _ zone: TimeZoneRules) -> Int64 {
    instant + Int64(zone.offset(atUTC: floorDivide(instant, 1_000_000))) * 1_000_000
}

private func timeOfDay(_ instant: Int64, _ zone: TimeZoneRules) -> Datum {
    let seconds = floorModulo(local(instant, zone), 86_400_000_000) / 1_000_000
    return .int32(Int32(truncatingIfNeeded: seconds * 1000))
}

/// CURRENT_WATERMARK(rowtime): the watermark that rows before this one made; NULL before the first.
private let watermarkFunction = FunctionDefinition.scalar(
    "CURRENT_WATERMARK", .temporal, "CURRENT_WATERMARK(rowtime)", ArgumentForms([.timestamp]),
    ResultRule { (site) throws(SQLError) in
        if case .timestampLTZ = site.arguments[0].type.kind { return .timestampLTZ(3) }
        return .timestamp(3)
    }, deterministic: false
) { (call) throws(SQLError) in
    let type = call.type
    return { (_, count, context) throws(SQLError) in
        let out = ColumnBuilder(type, capacity: count)
        var watermark = context.watermarkBefore
        var next = 0
        for row in 0..<count {
            while next < context.marks.count, context.marks[next].offset <= row {
                watermark = context.marks[next].watermark
                next += 1
            }
            out.append(watermark.map { .int64(floorDivide($0, 1000) &* 1000) } ?? .null)
        }
        return out.finish()
    }
}
