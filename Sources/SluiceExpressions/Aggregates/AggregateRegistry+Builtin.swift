public import SluiceBase
import SluiceColumns

extension AggregateRegistry {
    /// All built-in aggregates.
    ///
    /// How a call maps to `AggregateCall`: the first argument is always a column of the input. Of the others those
    /// that are literals go to `literals` in their order, the rest to `arguments`: `LISTAGG(x, ';')` has one of each,
    /// `PERCENTILE(x, 0.5, n)` the arguments `x` and `n` and the literal `0.5` as DOUBLE (or a list of DOUBLE).
    public static let builtin: AggregateRegistry = {
        var registry = AggregateRegistry()
        for definition in AggregateRegistry.definitions { registry.register(definition) }
        return registry
    }()

    /// The accumulator of a call, DISTINCT included.
    public func makeAccumulator(
        _ call: AggregateCall, retractable: Bool
    ) throws(SQLError) -> any Accumulator {
        guard let definition = find(call.name) else {
            throw SQLError(.unknownFunction, "aggregate \"\(call.name)\" does not exist")
        }
        return try definition.makeAccumulator(call, retractable)
    }

    /// The accumulators of one aggregation.
    ///
    /// An average whose sum and count are asked for too is their quotient, and so takes over a sum that wrapped.
    public func makeAccumulators(
        _ calls: [AggregateCall], retractable: Bool
    ) throws(SQLError) -> [any Accumulator] {
        var made: [any Accumulator] = []
        for call in calls {
            var call = call
            if call.name == "AVG",
                ["SUM", "COUNT"].allSatisfy({ AggregateRegistry.has(calls, $0, like: call) })
            {
                call.literals = [.bool(true)]
            }
            made.append(try makeAccumulator(call, retractable: retractable))
        }
        return made
    }

    private static func has(_ calls: [AggregateCall], _ name: String, like call: AggregateCall) -> Bool {
        calls.contains { other in
            other.name == name && other.arguments == call.arguments && other.filter == call.filter
                && other.isDistinct == call.isDistinct
        }
    }

    private typealias Rule = @Sendable (CallSite) throws(SQLError) -> DataType
    private typealias Maker = @Sendable (AggregateCall, Bool) throws(SQLError) -> any Accumulator

    private static func define(
        _ name: String, _ signature: String, distinctMatters: Bool = true, _ rule: @escaping Rule,
        _ maker: @escaping Maker
    ) -> AggregateDefinition {
        AggregateDefinition(
            name, signature: signature,
            resolve: { (site, _) throws(SQLError) in try rule(site) },
            makeAccumulator: { (call, retractable) throws(SQLError) in
                guard call.isDistinct, distinctMatters, !call.arguments.isEmpty else {
                    return try maker(call, retractable)
                }
                var inner = call
                inner.isDistinct = false
                inner.filter = nil
                return DistinctAccumulator(call, try maker(inner, retractable))
            })
    }

    private static var definitions: [AggregateDefinition] { basic + statistics + lists + bitmapAggregates }

    private static var basic: [AggregateDefinition] {
        [
            define("COUNT", "COUNT(*) | COUNT([DISTINCT] value)", AggregateTyping.count) {
                (call, _) throws(SQLError) in CountAccumulator(call)
            },
            define("SUM", "SUM([DISTINCT] number)", AggregateTyping.sum) {
                (call, _) throws(SQLError) in try AccumulatorFactory.sum(call)
            },
            define("AVG", "AVG([DISTINCT] number)", AggregateTyping.average) {
                (call, _) throws(SQLError) in try AccumulatorFactory.average(call)
            },
            define("MIN", "MIN(value)", AggregateTyping.extreme) {
                (call, retractable) throws(SQLError) in
                AccumulatorFactory.extreme(call, retractable, wantsMax: false)
            },
            define("MAX", "MAX(value)", AggregateTyping.extreme) {
                (call, retractable) throws(SQLError) in
                AccumulatorFactory.extreme(call, retractable, wantsMax: true)
            },
            define("SINGLE_VALUE", "SINGLE_VALUE(value)", distinctMatters: false, AggregateTyping.any) {
                (call, _) throws(SQLError) in SingleValueAccumulator(call)
            },
            define("APPROX_COUNT_DISTINCT", "APPROX_COUNT_DISTINCT(value)", AggregateTyping.count) {
                (call, _) throws(SQLError) in
                var inner = call
                inner.isDistinct = false
                inner.filter = nil
                return call.isDistinct
                    ? CountAccumulator(inner) : DistinctAccumulator(call, CountAccumulator(inner))
            },
        ]
    }

    private static var statistics: [AggregateDefinition] {
        let forms: [(String, Bool, Bool)] = [
            ("STDDEV_POP", false, true), ("STDDEV_SAMP", true, true), ("STDDEV", true, true),
            ("VAR_POP", false, false), ("VAR_SAMP", true, false), ("VARIANCE", true, false),
        ]
        var list = forms.map { form in
            define(form.0, "\(form.0)([DISTINCT] number)", AggregateTyping.average) {
                (call, _) throws(SQLError) in
                VarianceAccumulator(call, isSample: form.1, isDeviation: form.2)
            }
        }
        list.append(
            define(
                "PERCENTILE", "PERCENTILE(number, fraction [, frequency])", AggregateTyping.percentile
            ) { (call, _) throws(SQLError) in PercentileAccumulator(call) })
        return list
    }

    private static var lists: [AggregateDefinition] {
        [
            define("FIRST_VALUE", "FIRST_VALUE(value)", distinctMatters: false, AggregateTyping.any) {
                (call, retractable) throws(SQLError) in
                AccumulatorFactory.edge(call, retractable, wantsLast: false)
            },
            define("LAST_VALUE", "LAST_VALUE(value)", distinctMatters: false, AggregateTyping.any) {
                (call, retractable) throws(SQLError) in
                AccumulatorFactory.edge(call, retractable, wantsLast: true)
            },
            define("COLLECT", "COLLECT([DISTINCT] value)", AggregateTyping.collect) {
                (call, _) throws(SQLError) in CollectAccumulator(call)
            },
            define(
                "ARRAY_AGG", "ARRAY_AGG([DISTINCT] value [ORDER BY ...] [IGNORE NULLS])",
                AggregateTyping.arrayAggregate
            ) { (call, _) throws(SQLError) in ArrayAccumulator(call) },
            define("LISTAGG", "LISTAGG([DISTINCT] text [, separator])", AggregateTyping.listAggregate) {
                (call, retractable) throws(SQLError) in
                if retractable { return RetractableTextAccumulator(call) }
                return TextAccumulator(call)
            },
        ]
    }
}
