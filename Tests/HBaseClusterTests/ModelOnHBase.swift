import SluiceBase
import SluiceHBaseClient
import Synchronization
import Testing

/// A hundred thousand random mutations on a real cluster against a model, and against HBase's own client.
extension RealHBaseTests {
    /// What the table must hold.
    private struct Model {
        struct Row {
            var values: [String: [UInt8]] = [:]
            var count: Int64 = 0
        }

        var rows: [[UInt8]: Row] = [:]
    }

    private static let mutations = 100_000
    private static let perBatch = 1000

    @Test func aHundredThousandMutationsAgreeWithAModelAndWithHBasesOwnClient() throws {
        let cluster = try RealHBase.cluster()
        let client = try cluster.client()
        defer { client.close() }
        let admin = client.admin(seed: UInt64.random(in: 0 ... .max))
        let table = HBaseTable(name: "model\(UInt32.random(in: 0 ... 99999))")
        let schema = TableSchema(table: table, families: [FamilySchema("f"), FamilySchema("n")])
        try ask { admin.createTable(schema, splitKeys: [[0x40], [0x80], [0xc0, 0xff]], $0) } as Void

        var random = RandomSource(seed: 20_260_101)
        var model = Model()
        let failure = Lock<HBaseError?>(nil)
        let batches = Self.mutations / Self.perBatch
        let left = Atomic<Int>(batches)
        // All batches are submitted at once: mutations of a row overlap, and must keep their order.
        _ =
            try wait(seconds: 240) { (done: @escaping @Sendable (Bool) -> Void) in
                let keys = randomKeys(30_000, &random)
                for batch in 0..<batches {
                    var builder = MutationBatchBuilder(table: table)
                    for i in 0..<Self.perBatch {
                        let row = keys[Int(random.next() % UInt64(keys.count))]
                        add(row, Int64(1_000_000 + batch * Self.perBatch + i), &builder, &model, &random)
                    }
                    client.mutate(builder.finish()) { results in
                        if let error = results.firstError { failure.withLock { $0 = error } }
                        if left.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
                            done(true)
                        }
                    }
                }
            } as Bool
        #expect(failure.withLock { $0 } == nil)

        let found = try lines(client, table, model)
        #expect(found.rows == model.rows.values.filter { !$0.values.isEmpty || $0.count != 0 }.count)
        if cluster.folder != nil {
            let own = try cluster.tool("scan", table.name, seconds: 240)
            // Byte for byte what HBase's own client reads, timestamps included.
            #expect(own == found.text, "\(own.utf8.count) and \(found.text.utf8.count) bytes")
        }
        try drop(admin, table)
    }

    private func randomKeys(_ count: Int, _ random: inout RandomSource) -> [[UInt8]] {
        var keys: Set<[UInt8]> = []
        while keys.count < count {
            let length = Int(random.next() % 12) + 1
            keys.insert((0..<length).map { _ in UInt8(truncatingIfNeeded: random.next() >> 17) })
        }
        return keys.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private func add(
        _ row: [UInt8], _ time: Int64, _ builder: inout MutationBatchBuilder, _ model: inout Model,
        _ random: inout RandomSource
    ) {
        var state = model.rows[row] ?? Model.Row()
        switch random.next() % 10 {
        case 0:
            builder.beginDelete(row)
            builder.deleteColumn(PreparedColumn(family: utf8("f"), qualifier: utf8("a")), timestamp: time)
            state.values["a"] = nil
        case 1:
            builder.beginDelete(row)
            builder.deleteFamily(utf8("f"), timestamp: time)
            state.values = [:]
        case 2, 3:
            let delta = Int64(random.next() % 100) + 1
            builder.beginIncrement(row)
            builder.increment(family: utf8("n"), qualifier: utf8("c"), by: delta)
            builder.withoutResult()
            state.count += delta
        default:
            builder.beginPut(row)
            for qualifier in ["", "a", "b"] where random.next() % 2 == 0 || qualifier == "b" {
                let value = (0..<Int(random.next() % 20)).map { _ in
                    UInt8(truncatingIfNeeded: random.next() >> 9)
                }
                builder.cell(family: utf8("f"), qualifier: utf8(qualifier), value: value, timestamp: time)
                state.values[qualifier] = value
            }
        }
        model.rows[row] = state
    }

    /// Scans the table, compares each row with the model, and gives the lines that HBase's tool prints for it.
    private func lines(
        _ client: HBaseClient, _ table: HBaseTable, _ model: Model
    ) throws -> (rows: Int, text: String) {
        var text: [UInt8] = []
        var rows = 0
        var wrong = 0
        var last: [UInt8] = []
        let scan = client.scan(TableScanSpec(table: table))
        while let block: ScanBlock = try ask({ scan.next($0) }) {
            for index in 0..<block.count {
                let key = try block.rowKey(index)
                if rows > 0, !last.lexicographicallyPrecedes(key) { wrong += 1 }
                last = key
                rows += 1
                var found = Model.Row()
                var cells: [[UInt8]] = []
                try block.forEachCell(ofRow: index) { cell in
                    let value = [UInt8](cell.value)
                    let qualifier = String(decoding: cell.qualifier, as: UTF8.self)
                    if cell.family.first == UInt8(ascii: "n") {
                        found.count = value.reduce(0) { $0 << 8 | Int64($1) }
                    } else {
                        found.values[qualifier] = value
                    }
                    let column = [UInt8](cell.family) + utf8(":") + [UInt8](cell.qualifier)
                    cells.append(
                        utf8("{\"column\": ") + quoted(column)
                            + utf8(", \"timestamp\": \(cell.timestamp), \"value\": ")
                            + quoted(value) + utf8("}"))
                }
                let expected = model.rows[key]
                if found.values != expected?.values || found.count != expected?.count { wrong += 1 }
                text += utf8("{\"row\": ") + quoted(key) + utf8(", \"cells\": [")
                text += Array(cells.joined(separator: utf8(", "))) + utf8("]}\n")
            }
        }
        #expect(wrong == 0)
        return (rows, String(decoding: text, as: UTF8.self))
    }

    /// As HBase writes bytes, inside of a JSON string.
    private func quoted(_ bytes: [UInt8]) -> [UInt8] {
        let digits = utf8("0123456789ABCDEF")
        var result = utf8("\"")
        for byte in bytes {
            if byte == UInt8(ascii: "\"") {
                result += utf8("\\\"")
            } else if byte >= 0x20, byte <= 0x7e, byte != UInt8(ascii: "\\") {
                result.append(byte)
            } else {
                result += utf8("\\\\x") + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return result + utf8("\"")
    }
}
