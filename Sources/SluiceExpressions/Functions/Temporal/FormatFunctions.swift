import SluiceBase
import SluiceColumns

/// Functions between times and text.
let formatFunctions: [FunctionDefinition] = [
    dateFormatFunction, fromUnixTimeFunction, unixTimestampFunction, convertZoneFunction, toDateFunction,
    toTimestampFunction, toInstantFunction,
]

private let standardPattern: StaticString = "yyyy-MM-dd HH:mm:ss"

/// DATE_FORMAT of a timestamp; text is read as `yyyy-MM-dd HH:mm:ss` first.
private let dateFormatFunction = FunctionDefinition.scalar(
    "DATE_FORMAT", .temporal, "DATE_FORMAT(timestamp or string, pattern)",
    ArgumentForms([.timestamp, .character], [.character, .character]), .nullable(.string), canFail: true
) { (call) throws(SQLError) in
    if call.children[0].type.kind.isCharacter {
        return KernelFactory(call).text { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let source = try PatternSession(nil, standard: standardPattern, .calendar).pattern(0)
            let session = try PatternSession(arguments.text(1), standard: standardPattern, .calendar)
            return { (row, out) throws(SQLError) in
                guard let millis = source.parseLenient(text[row]) else { return false }
                let fields = DateTimeFields(millis: millis, nanos: 0, .calendar)
                try session.pattern(row).append(fields, zone: nil, to: &out)
                return true
            }
        }
    }
    return KernelFactory(call).text { (arguments) throws(SQLError) in
        let time = TimeArgument(arguments, 0, local: true)
        let session = try PatternSession(arguments.text(1), standard: standardPattern, .formatter)
        return { (row, out) throws(SQLError) in
            let (millis, nanos) = time.reading(row)
            let fields = DateTimeFields(millis: millis, nanos: nanos, .formatter)
            try session.pattern(row).append(fields, zone: nil, to: &out)
            return true
        }
    }
}

private let fromUnixTimeFunction = FunctionDefinition.scalar(
    "FROM_UNIXTIME", .temporal, "FROM_UNIXTIME(seconds[, pattern])",
    ArgumentForms([.integer], [.integer, .character]), .nullable(.string), canFail: true
) { (call) throws(SQLError) in
    let hasPattern = call.children.count == 2
    return KernelFactory(call, isPure: false).text { (arguments) throws(SQLError) in
        let seconds = arguments.int(0)
        let session = try PatternSession(
            hasPattern ? arguments.text(1) : nil, standard: standardPattern, .calendar)
        let zone = arguments.context.zone
        return { (row, out) throws(SQLError) in
            let instant = seconds[row] &* 1000
            let local = ZoneMath.local(instant, zone)
            let offset = Int((local &- instant) / 1000)
            let fields = DateTimeFields(millis: local, nanos: 0, .calendar)
            let text = DatePattern.ZoneText(name: zone.id, offset: offset)
            try session.pattern(row).append(fields, zone: text, to: &out)
            return true
        }
    }
}

/// UNIX_TIMESTAMP(): seconds now. UNIX_TIMESTAMP(text[, pattern]): the smallest BIGINT for text that does not fit.
private let unixTimestampFunction = FunctionDefinition(
    "UNIX_TIMESTAMP", .temporal, signature: "UNIX_TIMESTAMP([string[, pattern]])", isDeterministic: false,
    canFail: true,
    resolve: { (site) throws(SQLError) in
        let forms = ArgumentForms([], [.character], [.character, .character])
        try forms.check(site, signature: "UNIX_TIMESTAMP([string[, pattern]])")
        let type = DataType(.bigint, nullable: ResultRule.anyNullable(site))
        return BoundExpr(.call("UNIX_TIMESTAMP", site.arguments), type, span: site.span)
    },
    kernel: { (call) throws(SQLError) in
        let count = call.children.count
        if count == 0 {
            return { (_, rows, context) throws(SQLError) in
                let now = context.statementMicros ?? context.clock.nowMicros()
                return .constant(
                    .int64(floorDivide(now, 1_000_000)), type: .bigint.notNull, count: rows)
            }
        }
        return KernelFactory(call, isPure: false).int64 { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let session = try PatternSession(
                count == 2 ? arguments.text(1) : nil, standard: standardPattern, .calendar)
            let zone = arguments.context.zone
            return { (row) throws(SQLError) in
                guard let local = try session.pattern(row).parseLenient(text[row]) else { return Int64.min }
                return ZoneMath.instant(local, zone) / 1000
            }
        }
    })

private let convertZoneFunction = FunctionDefinition.scalar(
    "CONVERT_TZ", .temporal, "CONVERT_TZ(string, from_zone, to_zone)",
    ArgumentForms([.character, .character, .character]), .nullable(.string)
) { (call) throws(SQLError) in
    KernelFactory(call).text { (arguments) throws(SQLError) in
        let text = arguments.text(0)
        let from = arguments.text(1)
        let to = arguments.text(2)
        let pattern = try PatternSession(nil, standard: standardPattern, .calendar).pattern(0)
        let zones = ZoneSession()
        return { (row, out) throws(SQLError) in
            guard let local = pattern.parseLenient(text[row]) else { return false }
            let instant = ZoneMath.instant(local, zones.zone(from[row]))
            let moved = ZoneMath.local(instant, zones.zone(to[row]))
            pattern.append(DateTimeFields(millis: moved, nanos: 0, .calendar), zone: nil, to: &out)
            return true
        }
    }
}

/// TO_DATE(text) is TRY_CAST; with a pattern it reads leniently, and text that does not fit gives a far day.
private let toDateFunction = FunctionDefinition(
    "TO_DATE", .temporal, signature: "TO_DATE(string[, pattern])", canFail: true,
    resolve: { (site) throws(SQLError) in
        let forms = ArgumentForms([.character], [.character, .character])
        try forms.check(site, signature: "TO_DATE(string[, pattern])")
        if site.arguments.count == 1 {
            return try Coercion.cast(site.arguments[0], to: .date, mode: .tryCast)
        }
        return BoundExpr(.call("TO_DATE", site.arguments), .date, span: site.span)
    },
    kernel: { (call) throws(SQLError) in
        KernelFactory(call).int32 { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let session = try PatternSession(arguments.text(1), standard: "yyyy-MM-dd", .calendar)
            return { (row) throws(SQLError) in
                let millis = try session.pattern(row).parseLenient(text[row]) ?? Int64.min
                return JavaDay.number(floorDivide(millis, TimeUnit.millisPerDay))
            }
        }
    })

/// Day numbers in 32 bits, which wrap for years that a date cannot have.
enum JavaDay {
    static func number(_ days: Int64) -> Int32 {
        if let small = Int32(exactly: days), abs(small) < 700_000_000 { return small }
        let date = CivilDate(days: Int(days))
        let shift = Int32((14 - date.month) / 12)
        let year = Int32(truncatingIfNeeded: date.year) &+ 4800 &- shift
        let month = Int32(date.month) &+ 12 &* shift &- 3
        let inYear = Int32(date.day) &+ (153 &* month &+ 2) / 5
        let leaps = year / 4 &- year / 100 &+ year / 400
        return inYear &+ 365 &* year &+ leaps &- 32_045 &- 2_440_588
    }
}

/// TO_TIMESTAMP(text) is TRY_CAST; with a pattern the text may also have the form of a SQL timestamp or date.
private let toTimestampFunction = FunctionDefinition(
    "TO_TIMESTAMP", .temporal, signature: "TO_TIMESTAMP(string[, pattern])", canFail: true,
    resolve: { (site) throws(SQLError) in
        let forms = ArgumentForms([.character], [.character, .character])
        try forms.check(site, signature: "TO_TIMESTAMP(string[, pattern])")
        if site.arguments.count == 1 {
            return try Coercion.cast(site.arguments[0], to: .timestamp(3), mode: .tryCast)
        }
        return BoundExpr(.call("TO_TIMESTAMP", site.arguments), .timestamp(3), span: site.span)
    },
    kernel: { (call) throws(SQLError) in
        KernelFactory(call).int64 { (arguments) throws(SQLError) in
            let text = arguments.text(0)
            let session = try PatternSession(arguments.text(1), standard: standardPattern, .formatter)
            return { (row) throws(SQLError) in
                let bytes = text[row]
                let millis = try session.pattern(row).parse(bytes)?.millis ?? JavaSQLText.millis(bytes)
                return millis.map { $0 &* 1000 }
            }
        }
    })

/// TO_TIMESTAMP_LTZ(number[, precision]) or TO_TIMESTAMP_LTZ(text[, pattern[, zone]]), text being UTC without a zone.
private let toInstantFunction = FunctionDefinition.scalar(
    "TO_TIMESTAMP_LTZ", .temporal,
    "TO_TIMESTAMP_LTZ(number[, precision]) or TO_TIMESTAMP_LTZ(string[, pattern[, zone]])",
    ArgumentForms(
        [.numeric], [.numeric, .integer], [.character], [.character, .character],
        [.character, .character, .character]),
    .nullable(.timestampLTZ(3)), canFail: true
) { (call) throws(SQLError) in
    let count = call.children.count
    if call.children[0].type.kind.isNumeric { return epochKernel(call) }
    return KernelFactory(call).int64 { (arguments) throws(SQLError) in
        let text = arguments.text(0)
        let session = try PatternSession(
            count >= 2 ? arguments.text(1) : nil, standard: "yyyy-[MM][M]-[dd][d][ [HH][H]:[mm][m]:[ss][s]]",
            .formatter)
        let zoneNames = count == 3 ? arguments.text(2) : nil
        let zones = ZoneSession()
        return { (row) throws(SQLError) in
            let bytes = text[row]
            var found = try session.pattern(row).parse(bytes)?.millis
            if found == nil {
                found = count == 1 ? try fractional(bytes, session) : JavaSQLText.millis(bytes)
            }
            guard let local = found else { return nil }
            guard let zoneNames else { return local &* 1000 }
            let zone = zones.zone(zoneNames[row])
            let offset = Int64(zone.offset(atLocal: floorDivide(local, 1000)))
            return (local &- offset &* 1000) &* 1000
        }
    }
}

/// A standard timestamp with a fraction of a second.
private func fractional(_ bytes: UTF8Text.Bytes, _ session: PatternSession) throws(SQLError) -> Int64? {
    guard let point = bytes.lastIndex(of: 0x2E) else { return nil }
    let digits = bytes[(point + 1)...]
    guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        bytes[..<point].contains(0x3A),
        let whole = try session.pattern(0).parse(UTF8Text.Bytes(rebasing: bytes[..<point]))
    else { return nil }
    var millis: Int64 = 0
    for index in 0..<3 {
        millis = millis * 10 + (index < digits.count ? Int64(digits[point + 1 + index]) - 0x30 : 0)
    }
    return whole.millis + millis
}

/// Seconds (precision 0) or milliseconds (precision 3) since 1970; NULL outside the years 0 to 9999.
private func epochKernel(_ call: BoundExpr) -> Kernel {
    let hasPrecision = call.children.count == 2
    let kind = call.children[0].type.kind
    let scale = TypeRules.decimalShape(kind).scale
    return KernelFactory(call).int64 { (arguments) throws(SQLError) in
        let precision = hasPrecision ? arguments.int(1) : nil
        let exact = kind.isApproximate ? nil : arguments.int128(0)
        let real = kind.isApproximate ? arguments.double(0) : nil
        return { (row) throws(SQLError) in
            let unit: Int64
            switch precision?[row] ?? 3 {
            case 0: unit = 1000
            case 3: unit = 1
            default:
                throw SQLError(.evaluation, "the precision of function \"TO_TIMESTAMP_LTZ\" must be 0 or 3")
            }
            var millis: Int128 = 0
            if let exact {
                millis = (kind.isDecimal ? exact[row] / DecimalMath.signedPower(scale) : exact[row])
                if kind.isDecimal && unit == 1000 {
                    millis = exact[row] * 1000 / DecimalMath.signedPower(scale)
                } else {
                    millis *= Int128(unit)
                }
            } else if let real {
                let value = real[row] * Double(unit)
                guard value.magnitude < 1e18 else { return nil }
                millis = Int128(value)
            }
            guard millis >= -62_167_219_200_000, millis <= 253_402_300_799_999 else { return nil }
            return Int64(millis) * 1000
        }
    }
}
