import SluiceBase
public import SluiceColumns

/// PERCENTILE: linear interpolation between the two values next to the place `(n - 1) * fraction`.
final class PercentileAccumulator: Accumulator {
    private let argument: Int
    private let argumentKind: TypeKind
    private let frequency: Int?
    private let filter: Int?
    private let fractions: [Double]
    private let wantsList: Bool
    private var states: [[Double: Int64]] = []
    private var held = 0

    init(_ call: AggregateCall) {
        argument = call.arguments[0]
        argumentKind = call.argumentTypes[0].kind
        frequency = call.arguments.count > 1 ? call.arguments[1] : nil
        filter = call.filter
        fractions = call.literals.first.flatMap { Percentiles.fractions($0, .double) } ?? []
        if case .array = call.type.kind { wantsList = true } else { wantsList = false }
    }

    func resize(_ count: Int) {
        while states.count > count { held -= states.popLast()?.count ?? 0 }
        while states.count < count { states.append([:]) }
    }

    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) throws(SQLError) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = DoubleConversion.doubles(batch.columns[argument], argumentKind)
        let times = frequency.map { batch.columns[$0] }
        try input.forEach(column.validity) { (row, group, weight) throws(SQLError) in
            var count = weight
            if let times {
                guard let wanted = times.datum(row).asInt64 else { return }
                guard wanted >= 0 else {
                    throw SQLError(.evaluation, "the frequency of \"PERCENTILE\" is negative: \(wanted)")
                }
                count = weight &* wanted
            }
            add(column[row], count, group)
        }
    }

    private func add(_ value: Double, _ count: Int64, _ group: Int) {
        if count == 0 { return }
        let before = states[group].count
        let sum = (states[group][value] ?? 0) &+ count
        states[group][value] = sum == 0 ? nil : sum
        held += states[group].count - before
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? PercentileAccumulator else { return }
        for (value, count) in other.states[from] { add(value, count, into) }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let sorted = states[group].filter { $0.value > 0 }.sorted { Comparison.doubles($0.key, $1.key) < 0 }
        guard !sorted.isEmpty else { return out.appendNull() }
        let results = fractions.map { Percentiles.value(sorted, $0) }
        if wantsList {
            out.append(.list(results.map { .float64($0) }))
        } else if let result = results.first {
            out.append(.float64(result))
        } else {
            out.appendNull()
        }
    }

    func reset(_ group: Int) {
        held -= states[group].count
        states[group] = [:]
    }

    var byteCount: Int { states.count * 32 + held * 32 }
}

/// Literal arguments of aggregates as accumulators take them.
public enum AggregateLiteral {
    /// Fractions of PERCENTILE become DOUBLE; all else stays as it is.
    public static func converted(_ value: Datum, _ type: DataType, of aggregate: String) -> Datum {
        guard aggregate.uppercased() == "PERCENTILE", let all = Percentiles.fractions(value, type) else {
            return value
        }
        if case .list = value { return .list(all.map { .float64($0) }) }
        return all.first.map { .float64($0) } ?? value
    }
}

/// The arithmetic of PERCENTILE.
enum Percentiles {
    /// The fractions of a literal: one number or a list of them; nil if it is neither.
    static func fractions(_ literal: Datum, _ type: DataType) -> [Double]? {
        if case .list(let values) = literal {
            var element = type
            if case .array(let inner) = type.kind { element = inner }
            var all: [Double] = []
            for value in values {
                guard let one = number(value, element) else { return nil }
                all.append(one)
            }
            return all
        }
        return number(literal, type).map { [$0] }
    }

    private static func number(_ value: Datum, _ type: DataType) -> Double? {
        switch value {
        case .float64(let value): return value
        case .float32(let value): return Double(value)
        case .int32, .int64, .int128:
            return value.asInt128.map { DoubleConversion.decimal($0, DecimalDigits.scale(type.kind)) }
        default: return nil
        }
    }

    static func value(_ sorted: [(key: Double, value: Int64)], _ fraction: Double) -> Double {
        let total = sorted.reduce(Int64(0)) { $0 &+ $1.value }
        let position = Double(total &- 1) * fraction
        let lower = position.rounded(.down)
        let higher = position.rounded(.up)
        let low = at(sorted, lower)
        if lower == higher { return low }
        return (higher - position) * low + (position - lower) * at(sorted, higher)
    }

    private static func at(_ sorted: [(key: Double, value: Int64)], _ place: Double) -> Double {
        var passed: Int64 = 0
        for entry in sorted {
            passed &+= entry.value
            if Double(passed) > place { return entry.key }
        }
        return sorted.last?.key ?? 0
    }
}
