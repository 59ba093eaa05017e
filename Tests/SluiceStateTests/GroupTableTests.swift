import SluiceColumns
import SluiceState
import Testing

/// The group table against a dictionary, with keys that come and go.
@Suite struct GroupTableTests {
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    static func batch(_ keys: [[Datum]], _ types: [DataType]) -> [Column] {
        types.indices.map { at in Column(keys.map { $0[at] }, type: types[at]) }
    }

    static func locate(_ table: GroupTable, _ keys: [[Datum]], _ types: [DataType], creates: Bool = true)
        -> [UInt32]
    {
        let rows = (0..<Int32(keys.count)).map { $0 }
        var groups = [UInt32](repeating: 0, count: keys.count)
        let columns = batch(keys, types)
        rows.withUnsafeBufferPointer { rows in
            groups.withUnsafeMutableBufferPointer { groups in
                guard let base = groups.baseAddress else { return }
                if creates {
                    table.locate(columns, rows: rows, into: base)
                } else {
                    table.find(columns, rows: rows, into: base)
                }
            }
        }
        return groups
    }

    static func key(_ types: [DataType], _ random: inout Generator) -> [Datum] {
        types.map { type in
            let value = Int.random(in: 0..<400, using: &random)
            if value % 37 == 0 { return .null }
            switch type.physical {
            case .int32: return .int32(Int32(value) - 200)
            case .int64: return .int64(Int64(value) << 40)
            case .bytes: return .string(String(repeating: "x", count: value % 23) + String(value))
            default: return .float64(Double(value) / 3)
            }
        }
    }

    static let layouts: [[DataType]] = [
        [.int], [.bigint], [.string], [.double], [.string, .int], [.bigint, .double, .string],
    ]

    @Test("numbers agree with a dictionary while keys come and go", arguments: layouts)
    func model(types: [DataType]) {
        var random = Generator(state: 42)
        let table = GroupTable(types)
        var model: [[Datum]: UInt32] = [:]
        for _ in 0..<60 {
            let keys = (0..<100).map { _ in Self.key(types, &random) }
            let known = Self.locate(table, keys, types, creates: false)
            for (key, group) in zip(keys, known) { #expect(model[key] ?? GroupTable.missing == group) }
            for (key, group) in zip(keys, Self.locate(table, keys, types)) {
                if let number = model[key] {
                    #expect(number == group)
                } else {
                    #expect(!model.values.contains(group))
                    model[key] = group
                }
            }
            for (key, group) in model where Int.random(in: 0..<4, using: &random) == 0 {
                table.remove(Int(group))
                model[key] = nil
            }
            #expect(table.count == model.count)
        }
        for (key, group) in model {
            let builders = types.map { ColumnBuilder($0, capacity: 1) }
            table.appendKey(Int(group), to: builders)
            #expect(builders.map { $0.finish().datum(0) } == key)
        }
        table.removeAll()
        #expect(table.count == 0)
    }

    @Test("without key columns there is one group")
    func global() {
        let table = GroupTable([])
        #expect(
            Self.locate(table, [[], []], [], creates: false) == [GroupTable.missing, GroupTable.missing])
        #expect(Self.locate(table, [[], []], []) == [0, 0])
        table.remove(0)
        #expect(Self.locate(table, [[]], [], creates: false) == [GroupTable.missing])
        #expect(Self.locate(table, [[]], []) == [0])
    }

    @Test("encoded orders compare like the values", arguments: [false, true])
    func order(descending: Bool) {
        let values: [[Datum]] = [
            [.null, .string("b")], [.float64(-.infinity), .string("")], [.float64(-1.5), .string("a")],
            [.float64(-1.5), .string("a\u{0}")], [.float64(-1.5), .string("ab")], [.float64(0), .null],
            [.float64(2), .string("x")], [.float64(.infinity), .string("x")], [.float64(.nan), .string("x")],
        ]
        let types: [DataType] = [.double, .string]
        let encoder = RowEncoder(
            order: types.map { .init($0, descending: descending, nullsFirst: !descending) })
        let encoded = EncodedRows()
        let rows = (0..<Int32(values.count)).map { $0 }
        rows.withUnsafeBufferPointer { encoder.encode(Self.batch(values, types), rows: $0, into: encoded) }
        for at in 1..<values.count {
            let order = Comparison.bytes(encoded[at - 1], encoded[at])
            #expect(order == (descending ? 1 : -1))
        }
    }

    @Test("encoded keys decode to themselves, nested values included")
    func decode() {
        let types: [DataType] = [
            .boolean, .decimal(30, 2), DataType(.array(.string)), DataType(.map(.string, .int)),
            DataType(.row([Field("a", .int), Field("b", .string)])),
        ]
        let rows: [[Datum]] = [
            [
                .bool(true), .int128(-12_345), .list([.string("x"), .null]),
                .map([.init(.string("k"), .null)]),
                .row([.int32(1), .null]),
            ],
            [.null, .null, .null, .null, .null],
            [.bool(false), .int128(Int128(1) << 90), .list([]), .map([]), .row([.null, .string("é")])],
        ]
        let encoder = RowEncoder(types)
        let encoded = EncodedRows()
        [Int32(0), 1, 2].withUnsafeBufferPointer {
            encoder.encode(Self.batch(rows, types), rows: $0, into: encoded)
        }
        let builders = types.map { ColumnBuilder($0, capacity: 3) }
        for at in 0..<3 { encoder.decode(encoded[at], into: builders) }
        let columns = builders.map { $0.finish() }
        for at in 0..<3 { #expect(columns.map { $0.datum(at) } == rows[at]) }
    }
}
