import SluiceBase
import SluiceColumns

/// ABS, SIGN, FLOOR, CEIL, ROUND, TRUNCATE of numbers. FLOOR and CEIL of times are in `timeRoundings`.
let roundingFunctions: [FunctionDefinition] = [
    .scalar(
        "ABS", .arithmetic, "ABS(x)", ArgumentForms([.numeric], [.interval]), .argument(0)
    ) { (call) throws(SQLError) in
        switch call.type.physical {
        case .float32: return floatKernel(call) { $0.magnitude }
        case .float64: return doubleKernel(call) { $0.magnitude }
        default: return integerKernel(call) { $0 < 0 ? -$0 : $0 }
        }
    },
    .scalar("SIGN", .arithmetic, "SIGN(x)", ArgumentForms([.numeric]), .argument(0)) {
        (call) throws(SQLError) in
        switch call.type.kind {
        case .float: return floatKernel(call) { $0.isNaN || $0 == 0 ? $0 : ($0 < 0 ? -1 : 1) }
        case .double: return doubleKernel(call) { $0.isNaN || $0 == 0 ? $0 : ($0 < 0 ? -1 : 1) }
        case .decimal(_, let scale):
            let one = DecimalMath.signedPower(scale)
            return integerKernel(call) { $0 == 0 ? 0 : ($0 < 0 ? -one : one) }
        default: return integerKernel(call) { $0.signum() }
        }
    },
    floorFunction("FLOOR", up: false),
    floorFunction("CEIL", up: true),
    floorFunction("CEIL", up: true).named("CEILING"),
    roundFunction("ROUND", .nearest), roundFunction("TRUNCATE", .towardZero),
]

private func floatKernel(_ call: BoundExpr, _ function: @escaping @Sendable (Float) -> Float) -> Kernel {
    KernelFactory(call).float32 { (arguments) throws(SQLError) in
        let x = arguments.double(0)
        return { (row) throws(SQLError) in function(Float(x[row])) }
    }
}

private func doubleKernel(_ call: BoundExpr, _ function: @escaping @Sendable (Double) -> Double) -> Kernel {
    KernelFactory(call).double { (arguments) throws(SQLError) in
        let x = arguments.double(0)
        return { (row) throws(SQLError) in function(x[row]) }
    }
}

/// Integers and unscaled decimals; results wrap to the width of the type.
private func integerKernel(_ call: BoundExpr, _ function: @escaping @Sendable (Int128) -> Int128) -> Kernel {
    let kind = call.type.kind
    return KernelFactory(call).integer { (arguments) throws(SQLError) in
        let x = arguments.int128(0)
        return { (row) throws(SQLError) in wrapped(function(x[row]), kind) }
    }
}

private func wrapped(_ value: Int128, _ kind: TypeKind) -> Int128 {
    switch kind {
    case .tinyint: return Int128(Int8(truncatingIfNeeded: value))
    case .smallint: return Int128(Int16(truncatingIfNeeded: value))
    default: return value
    }
}

/// Numbers alone; with a unit the call is about time and is resolved there.
private func floorFunction(_ name: String, up: Bool) -> FunctionDefinition {
    FunctionDefinition(
        name, .arithmetic, signature: "\(name)(x) or \(name)(time TO unit)",
        resolve: { (site) throws(SQLError) in
            if site.arguments.count == 2 { return try resolveTimeRounding(site, up: up) }
            try ArgumentForms([.numeric]).check(site, signature: "\(name)(x) or \(name)(time TO unit)")
            var type = site.arguments[0].type
            if case .decimal(let precision, _) = type.kind {
                type = DataType(.decimal(precision: precision, scale: 0), nullable: type.isNullable)
            }
            return BoundExpr(.call(name, site.arguments), type, span: site.span)
        },
        kernel: { (call) throws(SQLError) in
            if call.children.count == 2 { return try timeRoundingKernel(call, up: up) }
            switch call.children[0].type.kind {
            case .float: return floatKernel(call) { $0.rounded(up ? .up : .down) }
            case .double: return doubleKernel(call) { $0.rounded(up ? .up : .down) }
            case .decimal(_, let scale):
                let unit = DecimalMath.signedPower(scale)
                return integerKernel(call) { value in
                    let quotient = value / unit
                    let remainder = value % unit
                    if up { return remainder > 0 ? quotient + 1 : quotient }
                    return remainder < 0 ? quotient - 1 : quotient
                }
            default: return integerKernel(call) { $0 }
            }
        })
}

enum DigitRounding: Sendable { case nearest, towardZero }

private func roundFunction(_ name: String, _ mode: DigitRounding) -> FunctionDefinition {
    .scalar(
        name, .arithmetic, "\(name)(x[, digits])", ArgumentForms([.numeric], [.numeric, .integer]),
        ResultRule { (site) throws(SQLError) in
            let type = site.arguments[0].type
            let nullable = ResultRule.anyNullable(site)
            guard case .decimal(let precision, let scale) = type.kind else { return type.nullable(nullable) }
            var digits: Int? = 0
            if site.arguments.count == 2 { digits = literalInteger(site.arguments[1]) }
            guard let digits else { return type.nullable(nullable) }
            return DataType(
                TypeRules.roundedDecimal(precision: precision, scale: scale, digits: digits),
                nullable: nullable)
        }
    ) { (call) throws(SQLError) in
        let hasDigits = call.children.count == 2
        switch call.children[0].type.kind {
        case .float:
            return KernelFactory(call).float32 { (arguments) throws(SQLError) in
                let x = arguments.double(0)
                let digits = hasDigits ? arguments.int(1) : nil
                return { (row) throws(SQLError) in
                    Float(DoubleRounding.round(x[row], Int(clamping: digits?[row] ?? 0), mode))
                }
            }
        case .double:
            return KernelFactory(call).double { (arguments) throws(SQLError) in
                let x = arguments.double(0)
                let digits = hasDigits ? arguments.int(1) : nil
                return { (row) throws(SQLError) in
                    DoubleRounding.round(x[row], Int(clamping: digits?[row] ?? 0), mode)
                }
            }
        default: return roundExactKernel(call, mode)
        }
    }
}

/// An integer literal, also with a sign in front of it.
func literalInteger(_ expr: BoundExpr) -> Int? {
    if let value = expr.literalValue?.asInt64 { return Int(clamping: value) }
    if case .call("NEGATE", let arguments) = expr.kind, arguments.count == 1 {
        return arguments[0].literalValue?.asInt64.map { -Int(clamping: $0) }
    }
    if case .cast(let inner, _) = expr.kind, expr.type.kind.isInteger { return literalInteger(inner) }
    return nil
}

private func roundExactKernel(_ call: BoundExpr, _ mode: DigitRounding) -> Kernel {
    let hasDigits = call.children.count == 2
    let kind = call.type.kind
    let from = TypeRules.decimalShape(call.children[0].type.kind).scale
    let to = TypeRules.decimalShape(kind).scale
    return KernelFactory(call).integer { (arguments) throws(SQLError) in
        let x = arguments.int128(0)
        let digits = hasDigits ? arguments.int(1) : nil
        return { (row) throws(SQLError) in
            let places = Int(clamping: digits?[row] ?? 0)
            let rounded = roundExact(x[row], scale: from, digits: places, mode)
            guard from != to else { return wrapped(rounded, kind) }
            return rounded / DecimalMath.signedPower(Swift.min(Swift.max(from - to, 0), 38))
        }
    }
}

/// Rounds an unscaled number at `digits` after the point and keeps its scale.
private func roundExact(_ value: Int128, scale: Int, digits: Int, _ mode: DigitRounding) -> Int128 {
    if digits >= scale { return value }
    let (drop, overflow) = scale.subtractingReportingOverflow(digits)
    if overflow || drop > 38 { return 0 }
    let unit = DecimalMath.signedPower(drop)
    let quotient = mode == .nearest ? DecimalMath.roundDividing(value, digits: drop) : value / unit
    return quotient &* unit
}

/// Rounds binary numbers at decimal places, by the digits that Java prints for them.
enum DoubleRounding {
    static func round(_ value: Double, _ places: Int, _ mode: DigitRounding) -> Double {
        guard value.isFinite, value != 0 else { return value.isFinite ? 0 : value }
        var scratch = ByteScratch(capacity: 256)
        scratch.appendJavaDouble(value.magnitude)
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let text = scratch.bytes
        for (index, byte) in text.enumerated() {
            if byte == 0x2E {
                point = digits.count
            } else if byte == 0x45 {
                let rest = UnsafeRawBufferPointer(rebasing: text[(index + 1)...])
                exponent = Int(String(decoding: rest, as: UTF8.self)) ?? 0
                break
            } else {
                digits.append(byte)
            }
        }
        let integerDigits = (point ?? digits.count) + exponent
        // `keep` digits stay; what follows is cut or rounds them up.
        let (keep, overflow) = integerDigits.addingReportingOverflow(places)
        if overflow || keep >= digits.count { return value }
        if keep < 0 { return 0 }
        let roundsUp = mode == .nearest && digits[keep] >= 0x35
        var kept = Array(digits[0..<keep])
        if roundsUp { increment(&kept) }
        let whole = (kept.isEmpty ? "0" : String(decoding: kept, as: UTF8.self)) + "e\(-places)"
        let magnitude = Array(whole.utf8).withUnsafeBytes { DoubleParser.parse($0) } ?? value.magnitude
        return value < 0 && magnitude != 0 ? -magnitude : magnitude
    }

    private static func increment(_ digits: inout [UInt8]) {
        var index = digits.count - 1
        while index >= 0 {
            if digits[index] != 0x39 {
                digits[index] += 1
                return
            }
            digits[index] = 0x30
            index -= 1
        }
        digits.insert(0x31, at: 0)
    }
}
