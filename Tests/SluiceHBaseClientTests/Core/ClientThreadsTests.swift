import Dispatch
import Glibc
import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// One client used by many threads at once, on real sockets, while regions move. What they share is guarded: under
/// ThreadSanitizer (`make tsan`) this test is where that shows.
@Suite(.serialized) struct ClientThreadsTests {
    private let server: FakeHBaseServer
    private let table = HBaseTable(name: "t")

    init() throws {
        server = try FakeHBaseServer(regionServers: 3, seed: 5)
        _ = server.perform { cluster in
            let splits = ["1", "2", "3"].map { Array($0.utf8) }
            cluster.createTable(FakeTableName("t"), families: [FakeFamily("f")], splits: splits)
            return true
        }
    }

    private func wait<Value: Sendable>(
        _ body: (@escaping @Sendable (Value) -> Void) -> Void
    ) throws -> Value {
        let box = Lock<Value?>(nil)
        let done = DispatchSemaphore(value: 0)
        body { value in
            box.withLock { $0 = value }
            done.signal()
        }
        #expect(done.wait(timeout: .now() + .seconds(60)) == .success)
        return try #require(box.withLock { $0 })
    }

    private func settings() -> ClientSettings {
        ClientSettings(
            registry: .zooKeeper(quorum: server.layout.zooKeepers, parent: "/hbase"), user: "tester")
    }

    private func key(_ thread: Int, _ round: Int, _ row: Int) -> [UInt8] {
        Array("\(thread)-\(round)-\(row)".utf8)
    }

    /// Writes, reads and scans rows of its own.
    private func work(_ client: HBaseClient, _ thread: Int, rounds: Int, rows: Int) throws {
        for round in 0..<rounds {
            var builder = MutationBatchBuilder(table: table)
            var keys = RowKeys()
            for row in 0..<rows {
                let key = key(thread, round, row)
                keys.append(key)
                builder.beginPut(key)
                builder.cell(family: [0x66], qualifier: [0x71], value: key)
            }
            let batch = builder.finish()
            let written: MutationResults = try wait { client.mutate(batch, $0) }
            #expect(written.firstError == nil)
            let read: RowResults = try wait { client.get(GetBatch(table: table, keys: keys), $0) }
            #expect(read.firstError == nil)
            var found = 0
            for row in 0..<rows {
                let key = key(thread, round, row)
                read.forEachCell(ofKey: row) { cell in found += cell.value.elementsEqual(key) ? 1 : 0 }
            }
            #expect(found == rows)
            _ = try wait { client.metrics($0) } as ClientMetrics
        }
        var spec = TableScanSpec(table: table)
        spec.startRow = Array("\(thread)-".utf8)
        spec.stopRow = Array("\(thread).".utf8)
        let handle = client.scan(spec)
        var scanned = 0
        while let block = try wait({ handle.next($0) }).get() as ScanBlock? { scanned += block.count }
        #expect(scanned == rounds * rows)
    }

    @Test func manyThreadsShareAClientWhileRegionsMove() throws {
        let client = try HBaseClient(settings())
        let failures = Lock<[String]>([])
        let keepGoing = Lock(true)
        _ = server.perform { cluster in
            guard let table = cluster.tables[FakeTableName("t")] else { return false }
            cluster.startChaos(on: table, every: 100_000_000) { keepGoing.withLock { $0 } }
            return true
        }
        DispatchQueue.concurrentPerform(iterations: 5) { thread in
            do {
                if thread == 4 {
                    for _ in 0..<20 { try disturb(client) }
                } else {
                    try work(client, thread, rounds: 8, rows: 25)
                }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        keepGoing.withLock { $0 = false }
        #expect(failures.withLock { $0 } == [])
        client.close()
        server.stop()
    }

    /// Closes connections, and asks for the regions meanwhile.
    private func disturb(_ client: HBaseClient) throws {
        _ = server.perform { cluster in
            for fake in cluster.servers { fake.dropConnections() }
            return true
        }
        let found: Result<[RegionLocation], HBaseError> = try wait { client.regions(of: table, $0) }
        #expect(try !found.get().isEmpty)
    }

    /// Everything that was submitted is completed once, whoever closes the client.
    @Test func closingCompletesWhatIsUnderWay() throws {
        for round in 0..<10 {
            let client = try HBaseClient(settings())
            let completed = Lock(0)
            DispatchQueue.concurrentPerform(iterations: 4) { thread in
                if thread == 3 { return client.close() }
                for row in 0..<10 {
                    let batch = GetBatch(table: table, keys: RowKeys([key(thread, round, row)]))
                    client.get(batch) { _ in completed.withLock { $0 += 1 } }
                }
            }
            for _ in 0..<500 where completed.withLock({ $0 }) < 30 { usleep(10_000) }
            #expect(completed.withLock { $0 } == 30)
        }
        server.stop()
    }
}
