import Glibc
import SluiceBase
import SluiceColumns

/// The VAR and STDDEV family, by Welford's method in DOUBLE, cast to the result type at the end (A2).
final class VarianceAccumulator: Accumulator {
    struct State: BitwiseCopyable {
        var count: Int64
        var mean: Double
        var m2: Double

        @inline(__always)
        mutating func add(_ value: Double) {
            count &+= 1
            let delta = value - mean
            mean += delta / Double(count)
            m2 += delta * (value - mean)
        }

        @inline(__always)
        mutating func remove(_ value: Double) {
            count &-= 1
            if count == 0 {
                mean = 0
                m2 = 0
                return
            }
            let delta = value - mean
            mean -= delta / Double(count)
            m2 -= delta * (value - mean)
        }

        mutating func merge(_ other: State) {
            let total = count &+ other.count
            if other.count == 0 { return }
            if total == 0 {
                self = State(count: 0, mean: 0, m2: 0)
                return
            }
            let delta = other.mean - mean
            let newMean = mean + Double(other.count) / Double(total) * delta
            m2 += other.m2 + delta * delta * Double(count) * Double(other.count) / Double(total)
            mean = newMean
            count = total
        }
    }

    private let argument: Int
    private let filter: Int?
    private let argumentKind: TypeKind
    private let kind: TypeKind
    private let isSample: Bool
    private let isDeviation: Bool
    private var states = StateArray<State>()

    init(_ call: AggregateCall, isSample: Bool, isDeviation: Bool) {
        argument = call.arguments[0]
        filter = call.filter
        argumentKind = call.argumentTypes[0].kind
        kind = call.type.kind
        self.isSample = isSample
        self.isDeviation = isDeviation
    }

    func resize(_ count: Int) { states.resize(count) }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = DoubleConversion.doubles(batch.columns[argument], argumentKind)
        let states = self.states.pointer
        let values = column.base
        input.forEach(column.validity) { (row, group, weight) in
            if weight > 0 { states[group].add(values[row]) } else { states[group].remove(values[row]) }
        }
        withExtendedLifetime(column) {}
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? VarianceAccumulator else { return }
        states.pointer[into].merge(other.states.pointer[from])
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let state = states.pointer[group]
        let divisor = isSample ? state.count - 1 : state.count
        guard state.count > 0, divisor > 0 else { return out.appendNull() }
        let variance = state.m2 / Double(divisor)
        DoubleConversion.append(isDeviation ? pow(variance, 0.5) : variance, kind, to: out)
    }

    func reset(_ group: Int) { states.clear(group) }
    var byteCount: Int { states.byteCount }
}

/// Numbers to DOUBLE and back, as casts do it.
enum DoubleConversion {
    static func doubles(_ column: Column, _ kind: TypeKind) -> FixedColumn<Double> {
        switch column.flattened {
        case .float64(let values): return values
        case .float32(let values): return convert(values) { Double($0) }
        case .int32(let values): return convert(values) { Double($0) }
        case .int64(let values):
            let scale = DecimalDigits.scale(kind)
            return scale == 0
                ? convert(values) { Double($0) } : convert(values) { decimal(Int128($0), scale) }
        case .int128(let values):
            let scale = DecimalDigits.scale(kind)
            return convert(values) { decimal($0, scale) }
        default: return FixedColumn(repeating: 0, count: column.count, validity: .allNull(column.count))
        }
    }

    private static func convert<T>(_ column: FixedColumn<T>, _ body: (T) -> Double) -> FixedColumn<Double> {
        FixedColumn(count: column.count, validity: column.validity) { out in
            for index in 0..<column.count { out[index] = column.isNull(index) ? 0 : body(column[index]) }
        }
    }

    /// The double nearest to an unscaled number.
    static func decimal(_ value: Int128, _ scale: Int) -> Double {
        if value.magnitude < 1 << 53 && scale <= 22 {
            return Double(value) / Double(DecimalDigits.power(scale))
        }
        return Double("\(value)e-\(scale)") ?? 0
    }

    /// A double as a value of a numeric type: integers are truncated and saturate as in Java, decimals are rounded from
    /// the shortest digits; what does not fit is NULL.
    static func append(_ value: Double, _ kind: TypeKind, to out: ColumnBuilder) {
        switch kind {
        case .double: Double.append(value, to: out)
        case .float: Float.append(Float(value), to: out)
        case .bigint: Int64.append(saturating(value), to: out)
        case .int: Int32.append(narrow(value), to: out)
        case .smallint: Int32.append(Int32(Int16(truncatingIfNeeded: narrow(value))), to: out)
        case .tinyint: Int32.append(Int32(Int8(truncatingIfNeeded: narrow(value))), to: out)
        case .decimal(let precision, let scale):
            guard let unscaled = unscaled(value, scale),
                unscaled.magnitude < DecimalDigits.power(precision).magnitude
            else { return out.appendNull() }
            if kind.physical == .int64 {
                Int64.append(Int64(truncatingIfNeeded: unscaled), to: out)
            } else {
                Int128.append(unscaled, to: out)
            }
        default: out.appendNull()
        }
    }

    private static func saturating(_ value: Double) -> Int64 {
        if value.isNaN { return 0 }
        if value >= 9.223372036854775807e18 { return .max }
        if value <= -9.223372036854775808e18 { return .min }
        return Int64(value)
    }

    private static func narrow(_ value: Double) -> Int32 { Int32(clamping: saturating(value)) }

    /// The shortest decimal digits of a double at a scale, half away from zero; nil beyond 38 digits.
    static func unscaled(_ value: Double, _ scale: Int) -> Int128? {
        guard value.isFinite else { return nil }
        var digits: Int128 = 0
        var exponent = 0
        var seenPoint = false
        var text = value.magnitude.description[...]
        if let mark = text.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            exponent = Int(text[text.index(after: mark)...].drop { $0 == "+" }) ?? 0
            text = text[..<mark]
        }
        for byte in text.utf8 {
            if byte == UInt8(ascii: ".") {
                seenPoint = true
            } else {
                digits = digits * 10 + Int128(byte &- UInt8(ascii: "0"))
                if seenPoint { exponent -= 1 }
            }
        }
        let shift = exponent + scale
        var result = digits
        if shift >= 0 {
            if digits != 0 {
                guard shift <= 38 else { return nil }
                let (product, overflow) = digits.multipliedReportingOverflow(by: DecimalDigits.power(shift))
                if overflow { return nil }
                result = product
            }
        } else if shift < -38 {
            result = 0
        } else {
            let divisor = DecimalDigits.power(0 - shift)
            let (quotient, rest) = digits.quotientAndRemainder(dividingBy: divisor)
            result = quotient + (rest >= divisor - rest ? 1 : 0)
        }
        return value < 0 ? 0 - result : result
    }
}
