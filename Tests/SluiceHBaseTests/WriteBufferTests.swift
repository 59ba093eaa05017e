import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceHBaseClient
import Testing

@testable import SluiceHBase

@Suite("rows of a write batch")
struct WriteBufferTests {
    private func table(_ options: [(String, String)] = []) -> ResolvedTable {
        let family = DataType(.row([Field("a", .string), Field("b", .string)]))
        let counters = DataType(.row([Field("n", .bigint)]))
        return ResolvedTable(
            name: "c.d.t",
            columns: [
                .init(name: "k", type: .string), .init(name: "f", type: family),
                .init(name: "c", type: counters),
            ],
            options: TableOptions(
                [.init("connector", "hbase"), .init("table-name", "t")] + options.map { .init($0.0, $0.1) }))
    }

    private struct Step {
        var kind = RowKind.insert
        var key: String
        var a: String?
        var b: String?
        var n: Int64?
    }

    private func fill(_ steps: [Step], ignoresNull: Bool, _ options: [(String, String)] = []) throws -> (
        WriteBuffer, SinkPlan
    ) {
        let table = table(options)
        let request = SinkRequest(columns: [0, 1, 2], input: .upsert)
        let plan = try SinkPlan(
            table, options.isEmpty ? request : SinkRequest(columns: [0, 1, 2], input: .appendOnly),
            HBaseEnvironment())
        let builder = BatchBuilder(table.schema, capacity: 8)
        for step in steps {
            let family = Datum.row([step.a.map { .string($0) } ?? .null, step.b.map { .string($0) } ?? .null])
            builder.appendRow(
                [.string(step.key), family, .row([step.n.map { .int64($0) } ?? .null])], kind: step.kind)
        }
        let batch = builder.finish()
        let rows = SinkRows(plan, batch)
        let buffer = WriteBuffer(columnCount: 3)
        var key: [UInt8] = []
        for row in 0..<batch.rowCount {
            guard try rows.encodeKey(row, into: &key) else { continue }
            if batch.kind(row) == .delete {
                buffer.delete(key, timestamp: WriteBuffer.none)
            } else {
                buffer.put(
                    key, rows, row, ignoresNull: ignoresNull, timestamp: WriteBuffer.none,
                    timeToLive: WriteBuffer.none)
            }
        }
        return (buffer, plan)
    }

    private func text(_ buffer: WriteBuffer, _ row: Int, _ column: Int) -> String? {
        buffer.value(row, column).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("B5a: partial updates of a row in one batch are joined, a later value wins")
    func merges() throws {
        let steps = [
            Step(key: "x", a: "1"), Step(key: "y", a: "2", b: "3"), Step(key: "x", b: "4"),
            Step(key: "x", a: "longer than before"), Step(key: "y", a: ""),
        ]
        let (buffer, _) = try fill(steps, ignoresNull: true)
        #expect(buffer.rowCount == 2)
        #expect(text(buffer, 0, 0) == "longer than before")
        #expect(text(buffer, 0, 1) == "4")
        #expect(text(buffer, 1, 0) == "")
        #expect(text(buffer, 1, 1) == "3")
        #expect(buffer.value(0, 2) == nil)
    }

    @Test("B5a: a partial update with another time to live is told apart")
    func timesToLive() throws {
        let (buffer, _) = try fill(
            [Step(key: "x", a: "1"), Step(kind: .delete, key: "y")], ignoresNull: true)
        func isOther(_ key: String, at timestamp: Int64 = WriteBuffer.none, _ timeToLive: Int64) -> Bool {
            buffer.hasOtherTimeToLive(Array(key.utf8), timestamp: timestamp, timeToLive: timeToLive)
        }
        #expect(isOther("x", 1000))
        #expect(!isOther("x", WriteBuffer.none))
        #expect(!isOther("x", at: 5, 1000))
        #expect(!isOther("y", 1000))
        #expect(!isOther("z", 1000))
    }

    @Test("B3: without ignored NULLs a row writes all of its columns")
    func writesNulls() throws {
        let (buffer, _) = try fill([Step(key: "x", a: "1"), Step(key: "x", b: "2")], ignoresNull: false)
        #expect(text(buffer, 0, 0) == "null")
        #expect(text(buffer, 0, 1) == "2")
        #expect(buffer.value(0, 2)?.count == 0)
    }

    @Test("a delete takes back what came before it, a put after it goes out behind it")
    func deletes() throws {
        let steps = [
            Step(key: "gone", a: "1"), Step(kind: .delete, key: "gone"),
            Step(kind: .delete, key: "back"), Step(key: "back", a: "2"),
            Step(key: "twice", a: "1"), Step(kind: .delete, key: "twice"), Step(key: "twice", a: "3"),
            Step(kind: .delete, key: "twice"),
        ]
        let (buffer, plan) = try fill(steps, ignoresNull: true)
        #expect(buffer.rows.map(\.isDelete) == [true, true, true])
        #expect(buffer.rows.map(\.hasPut) == [false, true, false])
        #expect(buffer.rows.map(\.isSecond) == [false, true, false])
        var ledger = LedgerIdentity(seed: 1, subtask: 0)
        let (first, second) = MutationEncoder(plan).encode(buffer, ledger: &ledger)
        #expect(first.count == 3)
        #expect(second.count == 1)
        #expect(second.row(of: 0) == Array("back".utf8))
        #expect(ledger.next == 1)
    }

    @Test("H14: 1000 times +1 on one cell are one +1000")
    func coalesces() throws {
        let option = ("sink.mutation.c.n", "increment")
        let steps = (0..<1000).map { _ in Step(key: "k", n: 1) }
        let (buffer, plan) = try fill(steps, ignoresNull: true, [option])
        #expect(buffer.rowCount == 1)
        #expect(buffer.sum(0, 2) == 1000)
        var ledger = LedgerIdentity(seed: 255, subtask: 3)
        #expect(String(decoding: ledger.name, as: UTF8.self) == "_sluice:ff:3")
        let (first, second) = MutationEncoder(plan).encode(buffer, ledger: &ledger)
        #expect(first.count == 1)
        #expect(second.isEmpty)
        #expect(ledger.next == 2)
    }

    @Test("many keys keep their entries, also when the buffer is used again")
    func manyKeys() throws {
        let steps = (0..<5000).map { Step(key: "key \($0 % 2500)", a: String($0)) }
        let (buffer, _) = try fill(steps, ignoresNull: true)
        #expect(buffer.rowCount == 2500)
        for row in 0..<2500 { #expect(text(buffer, row, 0) == String(row + 2500)) }
        buffer.removeAll()
        #expect(buffer.isEmpty)
        #expect(buffer.byteCount == 0)
    }
}

@Suite("cells in memory")
struct CellCacheTests {
    private func block(_ rows: [(String, [String?])]) -> CellBlock {
        let block = CellBlock(leafCount: 2)
        for (row, (key, values)) in rows.enumerated() {
            Array(key.utf8).withUnsafeBytes { block.beginRow(key: $0) }
            for (leaf, value) in values.enumerated() {
                guard let value else { continue }
                block.markFound(row)
                Array(value.utf8).withUnsafeBytes { block.set(row, leaf, $0) }
            }
        }
        return block
    }

    private func find(_ cache: CellCache, _ key: String, _ now: Int64 = 0) -> [String?]? {
        Array(key.utf8).withUnsafeBytes { bytes in
            guard let entry = cache.find(bytes, hash: CellCache.hash(bytes), nowMillis: now) else {
                return nil
            }
            let out = CellBlock(leafCount: 2)
            out.beginRow(key: bytes)
            cache.copy(entry, to: out, 0)
            return (0..<2).map { leaf in out.value(0, leaf).map { String(decoding: $0, as: UTF8.self) } }
        }
    }

    @Test("rows and misses come back, the least used row makes room")
    func leastRecentlyUsed() {
        var limits = CellCache.Limits()
        limits.maxRows = 2
        let cache = CellCache(limits, leafCount: 2)
        let rows = block([("a", ["1", nil]), ("b", [nil, ""]), ("c", [nil, nil])])
        cache.insert(rows, 0, nowMillis: 0)
        cache.insert(rows, 1, nowMillis: 0)
        #expect(find(cache, "a") == ["1", nil])
        cache.insert(rows, 2, nowMillis: 0)
        #expect(find(cache, "b") == nil)
        #expect(find(cache, "a") == ["1", nil])
        #expect(find(cache, "c") == [nil, nil])
        #expect(cache.count == 2)
        #expect(cache.hits == 3)
        #expect(cache.misses == 1)
    }

    @Test("rows age by writing and by use; misses are kept on demand")
    func ages() {
        var limits = CellCache.Limits()
        limits.expireAfterWriteMillis = 100
        limits.expireAfterAccessMillis = 30
        limits.keepsMissingKeys = false
        let cache = CellCache(limits, leafCount: 2)
        let rows = block([("a", ["1", "2"]), ("missing", [nil, nil])])
        cache.insert(rows, 0, nowMillis: 0)
        cache.insert(rows, 1, nowMillis: 0)
        #expect(find(cache, "missing", 0) == nil)
        for now in stride(from: Int64(25), to: 100, by: 25) { #expect(find(cache, "a", now) == ["1", "2"]) }
        #expect(find(cache, "a", 100) == nil)
        cache.insert(rows, 0, nowMillis: 200)
        #expect(find(cache, "a", 231) == nil)
        #expect(cache.count == 0)
    }

    @Test("a cache that is written over and over stays small and right")
    func churn() {
        var limits = CellCache.Limits()
        limits.maxRows = 100
        let cache = CellCache(limits, leafCount: 2)
        let long = String(repeating: "v", count: 2000)
        for number in 0..<5000 {
            cache.insert(block([("k\(number % 150)", ["\(number)", long])]), 0, nowMillis: 0)
        }
        #expect(cache.count == 100)
        for number in 4900..<5000 { #expect(find(cache, "k\(number % 150)") == ["\(number)", long]) }
    }
}

@Suite("salted keys")
struct SaltTests {
    @Test("H5: a salt is two digits of the hash that SQL computes too, and comes off again")
    func salts() {
        let salt = Salt(buckets: 16)
        var key = Array("N10156".utf8)
        // "N10156".hashCode() = -2015162235 in Java; floorMod 16 = 5.
        salt.apply(&key)
        #expect(String(decoding: key, as: UTF8.self) == "05_N10156")
        #expect(key.withUnsafeBytes { String(decoding: salt.strip($0), as: UTF8.self) } == "N10156")
        var plain = Array("x".utf8)
        Salt(buckets: 0).apply(&plain)
        #expect(plain == Array("x".utf8))
    }
}
