import SluiceBase
import SluiceColumns

/// Chooses the accumulator for the layout of an argument.
enum AccumulatorFactory {
    static func sum(_ call: AggregateCall) throws(SQLError) -> any Accumulator {
        try additive(call, isAverage: false)
    }

    static func average(_ call: AggregateCall) throws(SQLError) -> any Accumulator {
        try additive(call, isAverage: true)
    }

    private static func additive(_ call: AggregateCall, isAverage: Bool) throws(SQLError) -> any Accumulator {
        let kind = call.argumentTypes[0].kind
        switch kind {
        case .tinyint, .smallint, .int: return IntegerSumAccumulator<Int32>(call, isAverage: isAverage)
        case .bigint: return IntegerSumAccumulator<Int64>(call, isAverage: isAverage)
        case .float:
            if isAverage { return FloatSumAccumulator<Float, Double>(call, isAverage: true) }
            return FloatSumAccumulator<Float, Float>(call, isAverage: false)
        case .double: return FloatSumAccumulator<Double, Double>(call, isAverage: isAverage)
        case .decimal:
            if kind.physical == .int64 { return DecimalSumAccumulator<Int64>(call, isAverage: isAverage) }
            return DecimalSumAccumulator<Int128>(call, isAverage: isAverage)
        default: throw SQLError(.typeMismatch, "\"\(call.name)\" needs a number, not \(kind)")
        }
    }

    static func extreme(_ call: AggregateCall, _ retractable: Bool, wantsMax: Bool) -> any Accumulator {
        if !retractable, let chosen = choice(call, wantsMax ? .largest : .smallest) { return chosen }
        return RetractableExtremeAccumulator(call, wantsMax: wantsMax)
    }

    /// FIRST_VALUE and LAST_VALUE.
    static func edge(_ call: AggregateCall, _ retractable: Bool, wantsLast: Bool) -> any Accumulator {
        if !retractable, let chosen = choice(call, wantsLast ? .last : .first) { return chosen }
        return RetractableEdgeAccumulator(call, wantsLast: wantsLast)
    }

    /// Nil for nested values.
    private static func choice(_ call: AggregateCall, _ choice: ValueChoice) -> (any Accumulator)? {
        switch call.argumentTypes[0].physical {
        case .bool: return ChoiceAccumulator<Bool>(call, choice)
        case .int32: return ChoiceAccumulator<Int32>(call, choice)
        case .int64: return ChoiceAccumulator<Int64>(call, choice)
        case .int128: return ChoiceAccumulator<Int128>(call, choice)
        case .float32: return ChoiceAccumulator<Float>(call, choice)
        case .float64: return ChoiceAccumulator<Double>(call, choice)
        case .bytes: return BytesChoiceAccumulator(call, choice)
        case .list, .map, .row: return nil
        }
    }
}
