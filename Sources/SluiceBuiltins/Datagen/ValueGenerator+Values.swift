import SluiceBase
import SluiceColumns

extension ValueGenerator {
    /// The value of row number `row`; `now` in microseconds.
    func value(row: Int64, now: Int64, _ random: inout RandomSource) -> Datum {
        switch self {
        case .sequence(let start, _, let type): return ValueGenerator.number(start &+ row, type)
        case .integer(let min, let max, let type):
            return ValueGenerator.number(Int64.random(in: min...max, using: &random), type)
        case .float(let min, let max, let type):
            let value = ValueGenerator.uniform(min, max, &random)
            return type.kind == .float ? .float32(Float(value)) : .float64(value)
        case .decimal(let min, let max, let precision, let scale):
            let value = ValueGenerator.uniform(min, max, &random) * Double(powerOfTen(scale))
            let limit = Double(powerOfTen(Swift.min(precision, 18))) - 1
            let unscaled = Int64(Swift.max(-limit, Swift.min(limit, value.rounded(.down))))
            return precision <= 18 ? .int64(unscaled) : .int128(Int128(unscaled))
        case .boolean: return .bool(random.next() & 1 == 0)
        case .text(let length, let varies): return .bytes(ValueGenerator.hex(length, varies, &random))
        case .bytes(let length, let varies):
            let count = varies ? Int.random(in: 0...length, using: &random) : length
            return .bytes((0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        case .date: return .int32(Int32(truncatingIfNeeded: floorDivide(now, 86_400_000_000)))
        case .time: return .int32(Int32(truncatingIfNeeded: floorModulo(now, 86_400_000_000) / 1000))
        case .timestamp(let maxPast, let precision):
            let past = maxPast > 0 ? Int64.random(in: 0...maxPast, using: &random) : 0
            let millis = floorDivide(now, 1000) - past
            return precision <= 6 ? .int64(millis * 1000) : .int128(Int128(millis) * 1_000_000)
        case .array(let element, let length):
            return .list((0..<length).map { _ in element.value(row: row, now: now, &random) })
        case .map(let key, let value, let length):
            var entries: [Datum.MapEntry] = []
            for _ in 0..<length {
                let entry = Datum.MapEntry(
                    key.value(row: row, now: now, &random), value.value(row: row, now: now, &random))
                if !entries.contains(where: { $0.key == entry.key }) { entries.append(entry) }
            }
            return .map(entries)
        case .row(let fields): return .row(fields.map { $0.value(row: row, now: now, &random) })
        case .nullable(let inner, let rate):
            if Double.random(in: 0..<1, using: &random) < rate { return .null }
            return inner.value(row: row, now: now, &random)
        }
    }

    private static func number(_ value: Int64, _ type: DataType) -> Datum {
        switch type.kind {
        case .tinyint, .smallint, .int, .intervalYearMonth: return .int32(Int32(truncatingIfNeeded: value))
        case .float: return .float32(Float(value))
        case .double: return .float64(Double(value))
        case .decimal(let precision, let scale):
            let unscaled = Int128(value) * Int128(powerOfTen(scale))
            return precision <= 18 ? .int64(Int64(truncatingIfNeeded: unscaled)) : .int128(unscaled)
        case .char, .varchar: return .string(String(value))
        default: return .int64(value)
        }
    }

    /// The range may be wider than the largest double.
    private static func uniform(_ min: Double, _ max: Double, _ random: inout RandomSource) -> Double {
        let part = Double.random(in: 0..<1, using: &random)
        return min * (1 - part) + max * part
    }

    private static func hex(_ length: Int, _ varies: Bool, _ random: inout RandomSource) -> [UInt8] {
        let count = varies && length > 0 ? Int.random(in: 1...length, using: &random) : length
        var text = [UInt8](repeating: 0, count: count)
        var bits: UInt64 = 0
        for index in 0..<count {
            if index & 15 == 0 { bits = random.next() }
            let digit = UInt8(bits & 15)
            text[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            bits >>= 4
        }
        return text
    }
}
