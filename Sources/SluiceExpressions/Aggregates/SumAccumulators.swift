import SluiceBase
import SluiceColumns

/// SUM of integers: wraps within the argument's type (A3). Also the sum and count of AVG over integers.
final class IntegerSumAccumulator<Value: StateValue & FixedWidthInteger>: Accumulator {
    struct State: BitwiseCopyable {
        var sum: Int64
        var count: Int64
    }

    private let argument: Int
    private let filter: Int?
    private let kind: TypeKind
    private let isAverage: Bool
    /// The average of a sum that wraps within the argument's type.
    private let wrapsSum: Bool
    private var states = StateArray<State>()

    init(_ call: AggregateCall, isAverage: Bool) {
        argument = call.arguments[0]
        filter = call.filter
        kind = call.type.kind
        self.isAverage = isAverage
        wrapsSum = isAverage && call.literals.first == .bool(true)
    }

    func resize(_ count: Int) { states.resize(count) }

    // Calls come through `any Accumulator`, where nothing is specialised by itself.
    @_specialize(where Value == Int32)
    @_specialize(where Value == Int64)
    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = Value.typed(batch.columns[argument])
        let states = self.states.pointer
        let values = column.base
        input.forEach(column.validity) { (row, group, weight) in
            states[group].sum &+= Int64(truncatingIfNeeded: values[row]) &* weight
            states[group].count &+= weight
        }
        withExtendedLifetime(column) {}
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? IntegerSumAccumulator<Value> else { return }
        let state = other.states.pointer[from]
        states.pointer[into].sum &+= state.sum
        states.pointer[into].count &+= state.count
    }

    @_specialize(where Value == Int32)
    @_specialize(where Value == Int64)
    func merge(_ other: any Accumulator, first: Int, into: UnsafeBufferPointer<UInt32>) {
        guard let other = other as? IntegerSumAccumulator<Value> else { return }
        let mine = states.pointer
        let theirs = other.states.pointer + first
        for at in 0..<into.count {
            mine[Int(into[at])].sum &+= theirs[at].sum
            mine[Int(into[at])].count &+= theirs[at].count
        }
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let state = states.pointer[group]
        guard state.count != 0 else { return out.appendNull() }
        var value = state.sum
        if isAverage {
            if wrapsSum { value = wrapped(value) }
            // The most negative sum by -1 has no quotient in range; wrap as Java does.
            value = state.count == -1 ? 0 &- value : value / state.count
        }
        value = wrapped(value)
        if kind == .bigint { return Int64.append(value, to: out) }
        Int32.append(Int32(truncatingIfNeeded: value), to: out)
    }

    private func wrapped(_ value: Int64) -> Int64 {
        switch kind {
        case .tinyint: return Int64(Int8(truncatingIfNeeded: value))
        case .smallint: return Int64(Int16(truncatingIfNeeded: value))
        case .int: return Int64(Int32(truncatingIfNeeded: value))
        default: return value
        }
    }

    func appendResults(_ groups: UnsafeBufferPointer<UInt32>, to out: ColumnBuilder) {
        guard kind == .bigint, !isAverage, let builder = Int64.builder(out) else {
            for at in 0..<groups.count { appendResult(Int(groups[at]), to: out) }
            return
        }
        let states = self.states.pointer
        builder.reserve(groups.count)
        let start = builder.count
        let target = builder.pointer + start
        builder.count += groups.count
        for at in 0..<groups.count {
            let state = states[Int(groups[at])]
            target[at] = state.sum
            if state.count == 0 { builder.markNull(start + at) }
        }
    }

    func reset(_ group: Int) { states.clear(group) }
    var byteCount: Int { states.byteCount }
}

/// SUM and AVG of FLOAT and DOUBLE. SUM adds in the argument's type, AVG always in DOUBLE.
final class FloatSumAccumulator<
    Value: StateValue & BinaryFloatingPoint, Sum: StateValue & BinaryFloatingPoint
>:
    Accumulator
{
    struct State: BitwiseCopyable {
        var sum: Sum
        var count: Int64
    }

    private let argument: Int
    private let filter: Int?
    private let isAverage: Bool
    private var states = StateArray<State>()

    init(_ call: AggregateCall, isAverage: Bool) {
        argument = call.arguments[0]
        filter = call.filter
        self.isAverage = isAverage
    }

    func resize(_ count: Int) { states.resize(count) }

    @_specialize(where Value == Double, Sum == Double)
    @_specialize(where Value == Float, Sum == Float)
    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = Value.typed(batch.columns[argument])
        let states = self.states.pointer
        let values = column.base
        input.forEach(column.validity) { (row, group, weight) in
            // The first value is taken as it is, so that a sum of -0.0 stays -0.0.
            if weight > 0 {
                states[group].sum =
                    states[group].count == 0 ? Sum(values[row]) : states[group].sum + Sum(values[row])
            } else {
                states[group].sum -= Sum(values[row])
            }
            states[group].count &+= weight
        }
        withExtendedLifetime(column) {}
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? FloatSumAccumulator<Value, Sum> else { return }
        let state = other.states.pointer[from]
        guard state.count != 0 else { return }
        let mine = states.pointer[into]
        states.pointer[into] = State(
            sum: mine.count == 0 ? state.sum : mine.sum + state.sum, count: mine.count &+ state.count)
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let state = states.pointer[group]
        guard state.count != 0 else { return out.appendNull() }
        let value: Sum = isAverage ? state.sum / Sum(state.count) : state.sum
        Value.append(Value(value), to: out)
    }

    func reset(_ group: Int) { states.clear(group) }
    var byteCount: Int { states.byteCount }
}

/// SUM and AVG of DECIMAL, in 38 digits. A sum that overflows is NULL, and the next row starts it anew; an average that
/// overflowed stays NULL (A3).
final class DecimalSumAccumulator<Value: StateValue & FixedWidthInteger>: Accumulator {
    struct State: BitwiseCopyable {
        var sum: Int128
        var count: Int64
        /// The sum overflowed and is NULL at the moment.
        var isBroken: Bool
    }

    private let argument: Int
    private let filter: Int?
    private let isAverage: Bool
    private let extraDigits: Int
    private var states = StateArray<State>()
    private static var limit: Int128 { DecimalDigits.power(38) }

    init(_ call: AggregateCall, isAverage: Bool) {
        argument = call.arguments[0]
        filter = call.filter
        self.isAverage = isAverage
        extraDigits = DecimalDigits.scale(call.type.kind) - DecimalDigits.scale(call.argumentTypes[0].kind)
    }

    func resize(_ count: Int) { states.resize(count) }

    @_specialize(where Value == Int64)
    @_specialize(where Value == Int128)
    func update(
        _ batch: RecordBatch, rows: UnsafeBufferPointer<Int32>, groups: UnsafeBufferPointer<UInt32>,
        weights: UnsafeBufferPointer<Int8>?
    ) {
        let input = AggregateInput(batch, filter, rows, groups, weights)
        let column = Value.typed(batch.columns[argument])
        let states = self.states.pointer
        let values = column.base
        let isAverage = self.isAverage
        input.forEach(column.validity) { (row, group, weight) in
            let value = weight > 0 ? Int128(values[row]) : 0 - Int128(values[row])
            DecimalSumAccumulator.add(value, weight, to: states + group, isAverage: isAverage)
        }
        withExtendedLifetime(column) {}
    }

    @inline(__always)
    private static func add(
        _ value: Int128, _ weight: Int64, to state: UnsafeMutablePointer<State>, isAverage: Bool
    ) {
        state.pointee.count &+= weight
        if state.pointee.isBroken {
            if isAverage { return }
            state.pointee.sum = value
            state.pointee.isBroken = false
            return
        }
        let (sum, overflow) = state.pointee.sum.addingReportingOverflow(value)
        state.pointee.sum = sum
        state.pointee.isBroken = overflow || sum >= limit || sum <= 0 - limit
    }

    func merge(_ other: any Accumulator, from: Int, into: Int) {
        guard let other = other as? DecimalSumAccumulator<Value> else { return }
        let state = other.states.pointer[from]
        guard state.count != 0 else { return }
        if state.isBroken {
            states.pointer[into].count &+= state.count
            if isAverage { states.pointer[into].isBroken = true }
            return
        }
        DecimalSumAccumulator.add(state.sum, state.count, to: states.pointer + into, isAverage: isAverage)
    }

    func appendResult(_ group: Int, to out: ColumnBuilder) {
        let state = states.pointer[group]
        guard state.count != 0, !state.isBroken else { return out.appendNull() }
        guard isAverage else { return Int128.append(state.sum, to: out) }
        guard let value = DecimalDigits.divide(state.sum, by: state.count, extraDigits: extraDigits) else {
            return out.appendNull()
        }
        Int128.append(value, to: out)
    }

    func reset(_ group: Int) { states.clear(group) }
    var byteCount: Int { states.byteCount }
}

/// Powers of ten and division for decimal sums.
enum DecimalDigits {
    private static let powers: [Int128] = {
        var list: [Int128] = [1]
        for _ in 0..<38 { list.append((list.last ?? 1) &* 10) }
        return list
    }()

    static func power(_ digits: Int) -> Int128 { powers[Swift.max(0, Swift.min(38, digits))] }

    static func scale(_ kind: TypeKind) -> Int {
        if case .decimal(_, let scale) = kind { return scale }
        return 0
    }

    /// sum / count with `extraDigits` more digits, half away from zero; nil beyond 38 digits.
    static func divide(_ sum: Int128, by count: Int64, extraDigits: Int) -> Int128? {
        let divisor = Int128(count)
        let (quotient, rest) = sum.quotientAndRemainder(dividingBy: divisor)
        let factor = power(extraDigits)
        let (whole, overflow) = quotient.multipliedReportingOverflow(by: factor)
        if overflow { return nil }
        let (digits, remainder) = (rest * factor).quotientAndRemainder(dividingBy: divisor)
        var value = whole + digits
        if remainder.magnitude * 2 >= divisor.magnitude {
            value += (sum < 0) == (count < 0) ? 1 : -1
        }
        return value >= power(38) || value <= 0 - power(38) ? nil : value
    }
}
