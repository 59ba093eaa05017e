import SluiceBase
import SluiceColumns

/// TIMESTAMPADD, TIMESTAMPDIFF and OVERLAPS.
let timestampArithmetic: [FunctionDefinition] = [
    FunctionDefinition(
        "TIMESTAMPADD", .temporal, signature: "TIMESTAMPADD(unit, count, time)",
        resolve: { (site) throws(SQLError) in try resolveAdd(site) },
        kernel: { (call) throws(SQLError) in try addKernel(call) }),
    FunctionDefinition(
        "TIMESTAMPDIFF", .temporal, signature: "TIMESTAMPDIFF(unit, start, end)",
        resolve: { (site) throws(SQLError) in
            let forms = ArgumentForms([.character, .datetime, .datetime])
            try forms.check(site, signature: "TIMESTAMPDIFF(unit, start, end)")
            _ = try TimeUnit.literal(site.arguments[0], of: "TIMESTAMPDIFF")
            let type = DataType.int.nullable(ResultRule.anyNullable(site))
            return BoundExpr(.call("TIMESTAMPDIFF", site.arguments), type, span: site.span)
        },
        kernel: { (call) throws(SQLError) in try differenceKernel(call) }),
    FunctionDefinition(
        "OVERLAPS", .temporal, signature: "(start, end) OVERLAPS (start, end)",
        resolve: { (site) throws(SQLError) in
            // The two periods arrive as rows.
            var parts: [BoundExpr] = []
            for argument in site.arguments {
                if case .call("ROW", let fields) = argument.kind {
                    parts += fields
                } else {
                    parts.append(argument)
                }
            }
            let full = CallSite(name: site.name, arguments: parts, span: site.span)
            let forms = ArgumentForms(
                [.datetime, .datetime, .datetime, .datetime], [.datetime, .interval, .datetime, .datetime],
                [.datetime, .datetime, .datetime, .interval], [.datetime, .interval, .datetime, .interval])
            try forms.check(full, signature: "(start, end) OVERLAPS (start, end)")
            let type = DataType.boolean.nullable(ResultRule.anyNullable(full))
            return BoundExpr(.call("OVERLAPS", parts), type, span: site.span)
        },
        kernel: { (call) throws(SQLError) in overlapsKernel(call) }),
]

private func resolveAdd(_ site: CallSite) throws(SQLError) -> BoundExpr {
    try ArgumentForms([.character, .integer, .datetime]).check(
        site, signature: "TIMESTAMPADD(unit, count, time)")
    let unit = try TimeUnit.literal(site.arguments[0], of: "TIMESTAMPADD")
    var kind = site.arguments[2].type.kind
    let wanted = unit == .nanosecond ? 9 : (unit == .microsecond ? 6 : (unit == .millisecond ? 3 : 0))
    switch kind {
    case .date where unit.isTimeOfDay: kind = .timestamp(wanted)
    case .timestamp(let precision): kind = .timestamp(Swift.max(precision, wanted))
    case .timestampLTZ(let precision): kind = .timestampLTZ(Swift.max(precision, wanted))
    default: break
    }
    let type = DataType(kind, nullable: ResultRule.anyNullable(site))
    return BoundExpr(.call("TIMESTAMPADD", site.arguments), type, span: site.span)
}

private func addKernel(_ call: BoundExpr) throws(SQLError) -> Kernel {
    let unit = try TimeUnit.literal(call.children[0], of: "TIMESTAMPADD")
    let result = TimeResult(kind: call.type.kind)
    let isTime = ArgumentKind.time.matches(call.type.kind)
    return KernelFactory(call).integer { (arguments) throws(SQLError) in
        let count = arguments.int(1)
        let time = TimeArgument(arguments, 2, local: false)
        return { (row) throws(SQLError) in
            let (millis, nanos) = time.reading(row)
            if let months = unit.months {
                if isTime { return result.value(millis) }
                return result.value(CalendarMath.addMonths(millis: millis, count[row] &* months), nanos)
            }
            if let size = unit.millis {
                let sum = millis &+ count[row] &* size
                return result.value(isTime ? floorModulo(sum, TimeUnit.millisPerDay) : sum, nanos)
            }
            let total = Int64(nanos) &+ count[row] &* (unit == .microsecond ? 1000 : 1)
            let carry = floorDivide(total, 1_000_000)
            return result.value(millis &+ carry, Int(total &- carry &* 1_000_000))
        }
    }
}

private func differenceKernel(_ call: BoundExpr) throws(SQLError) -> Kernel {
    let unit = try TimeUnit.literal(call.children[0], of: "TIMESTAMPDIFF")
    return KernelFactory(call).int32 { (arguments) throws(SQLError) in
        let start = TimeArgument(arguments, 1, local: false)
        let end = TimeArgument(arguments, 2, local: false)
        return { (row) throws(SQLError) in
            let a = end.millis(row)
            let b = start.millis(row)
            let difference: Int64
            if let months = unit.months {
                difference = Int64(CalendarMath.monthsBetween(millis: a, b)) / months
            } else if unit == .week {
                // Weeks are counted on seconds of 32 bits.
                difference = Int64(Int32(truncatingIfNeeded: (a &- b) / 1000)) / 604_800
            } else if let size = unit.millis {
                difference = (a &- b) / size
            } else {
                difference = (a &- b) &* (unit == .microsecond ? 1000 : 1_000_000)
            }
            return Int32(truncatingIfNeeded: difference)
        }
    }
}

/// Periods overlap if neither starts after the other one's end; ends may come first.
private func overlapsKernel(_ call: BoundExpr) -> Kernel {
    let kinds = call.children.map(\.type.kind)
    return KernelFactory(call).bool { (arguments) throws(SQLError) in
        let starts = [TimeArgument(arguments, 0, local: false), TimeArgument(arguments, 2, local: false)]
        let ends = [1, 3].map { index in
            kinds[index].isInterval ? nil : TimeArgument(arguments, index, local: false)
        }
        let lengths = [1, 3].map { index in kinds[index].isInterval ? arguments.int(index) : nil }
        return { (row) throws(SQLError) in
            var bounds: [(Int128, Int128)] = []
            for side in 0..<2 {
                let start = nanos(starts[side].reading(row))
                let end: Int128
                if let length = lengths[side] {
                    let (millis, rest) = starts[side].reading(row)
                    let moved = move(millis, length[row], kinds[side * 2], kinds[side * 2 + 1])
                    end = nanos((moved, rest))
                } else {
                    end = ends[side].map { nanos($0.reading(row)) } ?? start
                }
                bounds.append((Swift.min(start, end), Swift.max(start, end)))
            }
            return bounds[0].1 >= bounds[1].0 && bounds[1].1 >= bounds[0].0
        }
    }
}

private func nanos(_ reading: (millis: Int64, nanos: Int)) -> Int128 {
    Int128(reading.millis) * 1_000_000 + Int128(reading.nanos)
}

/// A time and an interval: a DATE stays on whole days, a TIME turns around at midnight.
private func move(_ millis: Int64, _ interval: Int64, _ kind: TypeKind, _ intervalKind: TypeKind) -> Int64 {
    if intervalKind == .intervalYearMonth { return CalendarMath.addMonths(millis: millis, interval) }
    switch kind {
    case .date: return millis &+ interval / TimeUnit.millisPerDay * TimeUnit.millisPerDay
    case .time: return floorModulo(millis &+ interval, TimeUnit.millisPerDay)
    default: return millis &+ interval
    }
}
