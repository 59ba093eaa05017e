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
        if retractable { return RetractableExtremeAccumulator(call, wantsMax: wantsMax) }
        switch call.argumentTypes[0].physical {
        case .bool: return ExtremeAccumulator<Bool>(call, wantsMax: wantsMax)
        case .int32: return ExtremeAccumulator<Int32>(call, wantsMax: wantsMax)
        case .int64: return ExtremeAccumulator<Int64>(call, wantsMax: wantsMax)
        case .int128: return ExtremeAccumulator<Int128>(call, wantsMax: wantsMax)
        case .float32: return ExtremeAccumulator<Float>(call, wantsMax: wantsMax)
        case .float64: return ExtremeAccumulator<Double>(call, wantsMax: wantsMax)
        case .bytes: return BytesStateAccumulator(call, wantsMax ? .largest : .smallest)
        case .list, .map, .row: return RetractableExtremeAccumulator(call, wantsMax: wantsMax)
        }
    }

    /// FIRST_VALUE and LAST_VALUE.
    static func edge(_ call: AggregateCall, _ retractable: Bool, wantsLast: Bool) -> any Accumulator {
        if retractable { return RetractableEdgeAccumulator(call, wantsLast: wantsLast) }
        switch call.argumentTypes[0].physical {
        case .bool: return EdgeAccumulator<Bool>(call, wantsLast: wantsLast)
        case .int32: return EdgeAccumulator<Int32>(call, wantsLast: wantsLast)
        case .int64: return EdgeAccumulator<Int64>(call, wantsLast: wantsLast)
        case .int128: return EdgeAccumulator<Int128>(call, wantsLast: wantsLast)
        case .float32: return EdgeAccumulator<Float>(call, wantsLast: wantsLast)
        case .float64: return EdgeAccumulator<Double>(call, wantsLast: wantsLast)
        case .bytes: return BytesStateAccumulator(call, wantsLast ? .last : .first)
        case .list, .map, .row: return RetractableEdgeAccumulator(call, wantsLast: wantsLast)
        }
    }
}
