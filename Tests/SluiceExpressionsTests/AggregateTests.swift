import SluiceBase
import SluiceColumns
import SluiceExpressions
import Testing

/// Aggregates by themselves: typing, NULLs, overflow, DISTINCT, FILTER, retraction, merging.
@Suite struct AggregateTests {
    static func call(
        _ name: String, _ argument: DataType, distinct: Bool = false, filter: Bool = false,
        literals: [Datum] = []
    ) throws -> AggregateCall {
        var arguments = [BoundExpr.column(0, argument)]
        for literal in literals {
            arguments.append(.literal(literal, literal.asString == nil ? .double : .string))
        }
        let definition = try #require(AggregateRegistry.builtin.find(name))
        let type = try definition.resolve(CallSite(name: name, arguments: arguments, span: nil), distinct)
        return AggregateCall(
            name: name, arguments: [0], argumentTypes: [argument], literals: literals, isDistinct: distinct,
            filter: filter ? 1 : nil, type: type)
    }

    /// The result over values with weights; each value passes the filter unless it is in `refused`.
    static func run(
        _ call: AggregateCall, _ values: [Datum], weights: [Int8]? = nil, refused: Set<Int> = [],
        split: Bool = false
    ) throws -> Datum {
        let accumulator = try AggregateRegistry.builtin.makeAccumulator(call, retractable: weights != nil)
        accumulator.resize(2)
        let filter = Column(values.indices.map { .bool(!refused.contains($0)) }, type: .boolean)
        let batch = RecordBatch(
            columns: [Column(values, type: call.argumentTypes[0]), filter], rowCount: values.count)
        let rows = values.indices.map { Int32($0) }
        let groups = values.indices.map { UInt32(split && $0 % 2 == 1 ? 1 : 0) }
        try rows.withUnsafeBufferPointer { rows in
            try groups.withUnsafeBufferPointer { groups in
                guard let weights else {
                    return try accumulator.update(batch, rows: rows, groups: groups, weights: nil)
                }
                try weights.withUnsafeBufferPointer {
                    try accumulator.update(batch, rows: rows, groups: groups, weights: $0)
                }
            }
        }
        if split { try accumulator.merge(accumulator, from: 1, into: 0) }
        let builder = ColumnBuilder(call.type, capacity: 1)
        accumulator.appendResult(0, to: builder)
        return builder.finish().datum(0)
    }

    static let ints: [Datum] = [.int32(2_147_483_647), .null, .int32(1), .int32(1)]

    @Test("an integer sum wraps within its type, an average is truncated")
    func integers() throws {
        #expect(try Self.run(Self.call("SUM", .int), Self.ints) == .int32(-2_147_483_647))
        #expect(try Self.run(Self.call("AVG", .int), Self.ints) == .int32(715_827_883))
        #expect(try Self.run(Self.call("AVG", .int), [.int32(-3), .int32(-4)]) == .int32(-3))
        #expect(try Self.run(Self.call("SUM", .tinyint), [.int32(100), .int32(100)]) == .int32(-56))
        #expect(try Self.run(Self.call("COUNT", .int), Self.ints) == .int64(3))
        #expect(try Self.run(Self.call("SUM", .int), [.null]) == .null)
    }

    @Test("an average whose sum and count are asked for shares the sum that wrapped")
    func sharedAverage() throws {
        let calls = try ["SUM", "COUNT", "AVG"].map { try Self.call($0, .int) }
        let made = try AggregateRegistry.builtin.makeAccumulators(calls, retractable: false)
        let batch = RecordBatch(
            columns: [Column([.int32(2_147_483_647), .int32(1)], type: .int)], rowCount: 2)
        let average = made[2]
        average.resize(1)
        try [Int32(0), 1].withUnsafeBufferPointer { rows in
            try [UInt32(0), 0].withUnsafeBufferPointer { groups in
                try average.update(batch, rows: rows, groups: groups, weights: nil)
            }
        }
        let builder = ColumnBuilder(.int, capacity: 1)
        average.appendResult(0, to: builder)
        #expect(builder.finish().datum(0) == .int32(-1_073_741_824))
    }

    @Test("a decimal sum that overflows is NULL, the next row starts it anew (A3)")
    func decimals() throws {
        let type = DataType.decimal(38, 0)
        let nines = Int128("99999999999999999999999999999999999999") ?? 0
        let call = try Self.call("SUM", type)
        #expect(try Self.run(call, [.int128(nines), .int128(nines)]) == .null)
        #expect(try Self.run(call, [.int128(nines), .int128(nines), .int128(5)]) == .int128(5))
        let average = try Self.call("AVG", .decimal(5, 2))
        #expect(average.type.kind == .decimal(precision: 38, scale: 6))
        #expect(try Self.run(average, [.int64(100), .int64(100), .int64(201)]) == .int128(1_336_667))
        #expect(try Self.run(average, [.int64(-100), .int64(-100), .int64(-201)]) == .int128(-1_336_667))
    }

    @Test("variances of integers are truncated, of decimals they have six digits (A2)")
    func variances() throws {
        let call = try Self.call("STDDEV_POP", .tinyint)
        #expect(try Self.run(call, [.int32(7), .int32(-128)]) == .int32(67))
        #expect(try Self.run(Self.call("VAR_SAMP", .int), [.int32(70_000), .int32(.min)]) == .int32(.max))
        #expect(try Self.run(Self.call("VAR_SAMP", .int), [.int32(1)]) == .null)
        let decimal = try Self.call("STDDEV_POP", .decimal(5, 2))
        #expect(
            try Self.run(decimal, [.int64(1234), .int64(-99_999), .int64(99_999)]) == .int128(816_509_138))
    }

    @Test("MIN and MAX over strings and numbers, NULLs apart", arguments: [false, true])
    func extremes(retractable: Bool) throws {
        let texts: [Datum] = [.string("b"), .null, .string("ab"), .string("b ")]
        let weights: [Int8]? = retractable ? [1, 1, 1, 1] : nil
        #expect(try Self.run(Self.call("MIN", .string), texts, weights: weights) == .string("ab"))
        #expect(try Self.run(Self.call("MAX", .string), texts, weights: weights) == .string("b "))
        #expect(
            try Self.run(Self.call("MAX", .boolean), [.bool(false), .bool(true)], weights: nil) == .bool(true)
        )
    }

    @Test("a value that is taken away gives way to the next one")
    func retraction() throws {
        let values: [Datum] = [.int32(3), .int32(9), .int32(9), .int32(9), .int32(9), .int32(5)]
        let weights: [Int8] = [1, 1, 1, -1, -1, 1]
        #expect(try Self.run(Self.call("MAX", .int), values, weights: weights) == .int32(5))
        #expect(try Self.run(Self.call("FIRST_VALUE", .int), values, weights: weights) == .int32(3))
        #expect(try Self.run(Self.call("LAST_VALUE", .int), values, weights: weights) == .int32(5))
        #expect(try Self.run(Self.call("SUM", .int, distinct: true), values, weights: weights) == .int32(8))
        #expect(try Self.run(Self.call("COUNT", .int), values, weights: weights) == .int64(2))
        let texts: [Datum] = [.string("a"), .string("b"), .string("a"), .string("a")]
        #expect(
            try Self.run(Self.call("LISTAGG", .string), texts, weights: [1, 1, 1, -1]) == .string("b,a"))
    }

    @Test("lists keep the order of arrival")
    func lists() throws {
        let texts: [Datum] = [.string("x"), .null, .string("y"), .string("x")]
        #expect(try Self.run(Self.call("LISTAGG", .string), texts) == .string("x,y,x"))
        #expect(
            try Self.run(Self.call("LISTAGG", .string, literals: [.string("; ")]), texts)
                == .string("x; y; x"))
        #expect(try Self.run(Self.call("LISTAGG", .string, distinct: true), texts) == .string("x,y"))
        #expect(try Self.run(Self.call("LISTAGG", .string), [.null]) == .null)
        #expect(try Self.run(Self.call("ARRAY_AGG", .string), texts) == .list(texts))
        #expect(try Self.run(Self.call("ARRAY_AGG", .string), []) == .null)
        #expect(
            try Self.run(Self.call("COLLECT", .string), texts)
                == .map([.init(.string("x"), .int32(2)), .init(.string("y"), .int32(1))]))
        #expect(try Self.run(Self.call("COLLECT", .string), [.null]) == .map([]))
    }

    @Test("PERCENTILE interpolates")
    func percentile() throws {
        let values: [Datum] = [.int32(1), .int32(4), .int32(10), .null]
        #expect(try Self.run(Self.call("PERCENTILE", .int, literals: [.float64(0.5)]), values) == .float64(4))
        #expect(
            try Self.run(Self.call("PERCENTILE", .int, literals: [.float64(0.75)]), values) == .float64(7))
    }

    @Test("FILTER and DISTINCT meet", arguments: [false, true])
    func filters(distinct: Bool) throws {
        let call = try Self.call("COUNT", .int, distinct: distinct, filter: true)
        let values: [Datum] = [.int32(1), .int32(1), .int32(2), .null]
        #expect(try Self.run(call, values, refused: [2]) == .int64(distinct ? 1 : 2))
    }

    @Test(
        "a state that is merged from parts is that of the whole",
        arguments: [
            "COUNT", "SUM", "AVG", "MIN", "MAX", "VAR_POP", "COLLECT",
        ])
    func merging(name: String) throws {
        for distinct in [false, true] {
            let call = try Self.call(name, .bigint, distinct: distinct)
            let values: [Datum] = (0..<40).map { $0 % 7 == 0 ? .null : .int64(Int64($0 % 11)) }
            let whole = try Self.run(call, values)
            let merged = try Self.run(call, values, split: true)
            if case .map(let a) = whole, case .map(let b) = merged {
                #expect(Set(a) == Set(b))
            } else {
                #expect(whole == merged)
            }
        }
    }

    @Test("argument types that do not fit are refused")
    func refusals() {
        for (name, type) in [
            ("SUM", DataType.string), ("AVG", .timestamp(3)), ("VAR_SAMP", .boolean),
            ("MAX", DataType(.map(.string, .int))), ("PERCENTILE", .date), ("LISTAGG", .int),
        ] {
            #expect(throws: SQLError.self) {
                try Self.call(name, type, literals: name == "PERCENTILE" ? [.float64(0.5)] : [])
            }
        }
        #expect(throws: SQLError.self) { try Self.call("PERCENTILE", .int, literals: [.float64(1.5)]) }
    }
}
