import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceFormats
import SluiceLogStore
import Testing

@testable import SluiceLog

@Suite("H20 the connector log")
struct LogConnectorTests {
    let fixture = LogFixture()

    @Test("H20 a reader follows the log, batch by batch, and goes on from a position")
    func follows() throws {
        let source = try fixture.source(fixture.table())
        let reader = try fixture.readers(source)[0]
        #expect(try fixture.drain(reader).rows.isEmpty)
        try fixture.write(0..<10)
        var seen: [Int] = []
        guard case .rows(let first) = try reader.poll(maxRows: 3) else {
            Issue.record("no rows")
            return
        }
        seen += fixture.ids((0..<first.rowCount).map { first.row($0) })
        let position = reader.position()
        #expect(fixture.ids(try fixture.drain(reader, maxRows: 4).rows) == Array(3..<10))
        let resumed = try source.open(SourceSplit(id: "t/0", detail: position), fixture.context)
        try fixture.write(10..<12)
        seen += fixture.ids(try fixture.drain(resumed, maxRows: 1).rows)
        #expect(seen == Array(0..<12))
        #expect(fixture.ids(try fixture.drain(reader).rows) == [10, 11])
        #expect(throws: JobError.self) {
            try source.open(SourceSplit(id: "t/7", detail: position), fixture.context)
        }
        #expect(throws: JobError.self) {
            try source.open(SourceSplit(id: "t/0", detail: [1]), fixture.context)
        }
    }

    @Test("a silent log is looked at again after ever longer pauses")
    func pauses() throws {
        let reader = try fixture.readers(try fixture.source(fixture.table()))[0]
        var waits: [Int64] = []
        for _ in 0..<8 {
            guard case .wait(.at(let nanos)) = try reader.poll(maxRows: 1) else {
                Issue.record("no pause")
                return
            }
            waits.append((nanos - fixture.clock.monotonicNanos()) / 1_000_000)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 50, 50])
        try fixture.write(0..<1)
        #expect(try fixture.drain(reader).rows.count == 1)
    }

    @Test("a bounded reader ends where the log ended when it began")
    func bounded() throws {
        try fixture.write(0..<5)
        let source = try fixture.source(fixture.table(["scan.bounded.mode": "latest-offset"]))
        let reader = try fixture.readers(source)[0]
        try fixture.write(5..<9)
        let (rows, ended) = try fixture.drain(reader, maxRows: 2)
        #expect(fixture.ids(rows) == Array(0..<5) && ended)
        guard case .finished = try reader.poll(maxRows: 1) else {
            Issue.record("it goes on")
            return
        }
    }

    @Test("positions of a group move when the job has ended, or now and then while it reads")
    func groups() throws {
        try fixture.write(0..<5)
        let options = ["properties.group.id": "g", "scan.bounded.mode": "latest-offset"]
        let source = try fixture.source(fixture.table(options))
        let splits = try source.discoverSplits(fixture.context)
        let reader = try source.open(splits[0], fixture.context)
        _ = try fixture.drain(reader)
        let topic = try #require(try fixture.store.topic("t"))
        #expect(try topic.position(of: "g", partition: 0) == nil)
        for _ in 0..<2 {
            try source.committed([SourceSplit(id: splits[0].id, detail: reader.position())], fixture.context)
        }
        #expect(try topic.position(of: "g", partition: 0) == 5)

        var auto = options
        auto["properties.group.id"] = "h"
        auto["properties.enable.auto.commit"] = "true"
        auto["properties.auto.commit.interval.ms"] = "100"
        let second = try fixture.readers(try fixture.source(fixture.table(auto)))[0]
        _ = try second.poll(maxRows: 2)
        _ = try second.poll(maxRows: 2)
        #expect(try topic.position(of: "h", partition: 0) == nil)
        fixture.clock.advance(micros: 200_000)
        // What was given before this call has left the reader.
        _ = try second.poll(maxRows: 1)
        #expect(try topic.position(of: "h", partition: 0) == 4)
        #expect(throws: JobError.self) {
            let none = ["properties.group.id": "new", "properties.auto.offset.reset": "none"]
            _ = try fixture.source(fixture.table(none)).discoverSplits(fixture.context)
        }
        #expect(throws: SQLError.self) {
            try fixture.source(fixture.table(["scan.startup.mode": "group-offsets"]))
        }
    }

    @Test("records that retention took before they were read are an error, or counted")
    func overtaken() throws {
        try fixture.write(0..<6)
        let strict = try fixture.readers(try fixture.source(fixture.table()))[0]
        let lax = try fixture.readers(
            try fixture.source(fixture.table(["properties.auto.offset.reset": "earliest"])))[0]
        try #require(try fixture.store.topic("t")).partitions[0].trim(below: 6)
        try fixture.write(6..<8)
        #expect(throws: JobError.self) { try strict.poll(maxRows: 10) }
        #expect(fixture.ids(try fixture.drain(lax).rows) == [6, 7])
        #expect(
            fixture.skipped.withLock { $0 } == [
                "offsets 0 to 5 of partition 0 were removed before they were read"
            ])
    }

    @Test("a writer gives way to another process, and takes no more rows until it may write")
    func busy() throws {
        let writer = try fixture.writer(fixture.table())
        let large = BatchBuilder([Field("id", .int), Field("s", .string)], capacity: 16)
        large.appendRow([.int32(1), .string(String(repeating: "x", count: 300_000))])
        #expect(try writer.write(large.finish()) == nil)
        let lock = try fixture.disk.lockFile("/home/log/t/0/lock")
        #expect(try lock.acquire(waits: false))
        guard case .at(let nanos)? = try writer.write(fixture.batch(0..<1)) else {
            Issue.record("rows were taken")
            return
        }
        #expect(nanos > fixture.clock.monotonicNanos())
        lock.release()
        #expect(try writer.write(fixture.batch(0..<1)) == nil)
        try writer.finish()
        try writer.flush()
        writer.close()
        let reader = try fixture.readers(try fixture.source(fixture.table()))[0]
        #expect(fixture.ids(try fixture.drain(reader).rows) == [1, 0])
    }

    @Test("rows of one call may be more than a batch of the log takes")
    func manyLargeRows() throws {
        let columns = [ResolvedTable.Column(name: "v", type: .bytes)]
        let table = fixture.table(columns, ["format": "raw"])
        let builder = BatchBuilder([Field("v", .bytes)], capacity: 16)
        for byte in 0..<9 as Range<UInt8> {
            builder.appendRow([.bytes([UInt8](repeating: byte, count: 8 << 20))])
        }
        let writer = try fixture.writer(table)
        #expect(try writer.write(builder.finish()) == nil)
        try writer.flush()
        let topic = try #require(try fixture.store.topic("t"))
        #expect(try topic.partitions[0].bounds() == 0..<9)
        #expect(try topic.partitions[0].read(from: 8).first?.value?.first == 8)
    }

    @Test("at least once, what was flushed survives the machine; without a guarantee it may not")
    func durability() throws {
        for (guarantee, kept) in [("at-least-once", 3), ("none", 0)] {
            let fixture = LogFixture()
            let writer = try fixture.writer(fixture.table(["sink.delivery-guarantee": guarantee]))
            _ = try writer.write(fixture.batch(0..<3))
            try writer.flush()
            fixture.disk.crash()
            let topic = try #require(try fixture.store.topic("t"))
            #expect(try topic.partitions[0].bounds().count == kept)
        }
    }

    @Test("H20 exactly once: seen after the commit, gone after an abort or a crash")
    func exactlyOnce() throws {
        let table = fixture.table(["sink.delivery-guarantee": "exactly-once", "partitions": "2"])
        #expect(try fixture.connector.sinkTraits(table, input: .appendOnly)?.batchOnly != nil)
        let sink = try fixture.connector.makeSink(table, SinkRequest(columns: [0, 1], input: .appendOnly))
        func prepared(_ ids: Range<Int>, subtask: Int) throws -> [UInt8] {
            let writer = try sink.open(subtask: subtask, of: 2, fixture.context)
            _ = try writer.write(fixture.batch(ids))
            try writer.flush()
            try writer.finish()
            let token = try writer.prepareCommit()
            writer.close()
            return token
        }
        func count() throws -> Int {
            let topic = try #require(try fixture.store.topic("t"))
            return try topic.partitions.reduce(0) { try $0 + $1.bounds().count }
        }
        let tokens = [try prepared(0..<3, subtask: 0), try prepared(3..<5, subtask: 1)]
        #expect(try count() == 0)
        fixture.disk.fail("write", after: 2, code: 5)
        #expect(throws: JobError.self) { try sink.commit(tokens, fixture.context) }
        // The job fails then, and takes back what it can: not a commit that is decided.
        for token in tokens { sink.abort(token, fixture.context) }
        for _ in 0..<2 { try sink.commit(tokens, fixture.context) }
        #expect(try count() == 5)
        sink.abort(try prepared(5..<7, subtask: 0), fixture.context)
        // A process that dies leaves its transaction to the next.
        _ = try prepared(7..<9, subtask: 1)
        fixture.disk.crash()
        try fixture.write(9..<10, ["partitions": "2"])
        #expect(try count() == 6)
        #expect(try fixture.disk.list("/home/log/t/transactions") == ["lock"])
    }
}
