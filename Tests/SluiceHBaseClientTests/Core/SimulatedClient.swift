import SluiceBase
import SluiceHBaseFake
import SluiceNet

@testable import SluiceHBaseClient

/// A client and a fake cluster on one simulated transport: virtual time, one thread.
final class SimulatedClient {
    let transport: SimulatedTransport
    let cluster: FakeHBaseCluster
    let client: HBaseClient
    private let handler: any TransportHandler

    static let second: Int64 = 1_000_000_000

    init(
        servers: Int = 2, seed: UInt64 = 1, bootstrap: Bool = false,
        _ adjust: (inout ClientSettings) -> Void = { _ in }
    ) {
        let transport = SimulatedTransport(seed: seed)
        let cluster = FakeHBaseCluster(on: transport, regionServers: servers, seed: seed)
        var settings = ClientSettings(
            registry: bootstrap
                ? .servers(cluster.layout.masters)
                : .zooKeeper(quorum: cluster.layout.zooKeepers, parent: "/hbase"), user: "test")
        adjust(&settings)
        let wake = Waker(transport)
        let made = HBaseClient.on(transport, settings, seed: seed) { wake.wake() }
        self.transport = transport
        self.cluster = cluster
        client = made.client
        handler = made.handler
        transport.handler = handler
    }

    /// `@unchecked Sendable`: a simulation has one thread.
    private final class Waker: @unchecked Sendable {
        private let transport: SimulatedTransport
        init(_ transport: SimulatedTransport) { self.transport = transport }
        func wake() { transport.wake() }
    }

    @discardableResult
    func table(_ name: String = "t", splits: [String] = [], families: [FakeFamily] = [FakeFamily("f")])
        -> FakeTable
    {
        cluster.createTable(
            FakeTableName(name), families: families, splits: splits.map { Array($0.utf8) })
    }

    // MARK: batches, waited for

    func get(
        _ rows: [String], from table: String = "t", read: ReadSpec = ReadSpec(), seconds: Int64 = 600
    ) -> RowResults? {
        let box = Lock<RowResults?>(nil)
        let keys = RowKeys(rows.map { Array($0.utf8) })
        client.get(GetBatch(table: HBaseTable(table), keys: keys, read: read)) { results in
            box.withLock { $0 = results }
        }
        _ = transport.run(withinNanos: seconds * Self.second) { box.withLock { $0 != nil } }
        return box.withLock { $0 }
    }

    func mutate(_ batch: MutationBatch, seconds: Int64 = 600) -> MutationResults? {
        let box = Lock<MutationResults?>(nil)
        client.mutate(batch) { results in box.withLock { $0 = results } }
        _ = transport.run(withinNanos: seconds * Self.second) { box.withLock { $0 != nil } }
        return box.withLock { $0 }
    }

    func put(_ row: String, _ value: String, table: String = "t") -> MutationResults? {
        var builder = MutationBatchBuilder(table: HBaseTable(table))
        builder.put(row, value)
        return mutate(builder.finish())
    }

    /// The newest value of f:q, past the client.
    func stored(_ row: String, _ table: FakeTable) -> String? {
        cluster.cells(of: Array(row.utf8), in: table).first.map { String(decoding: $0.value, as: UTF8.self) }
    }

    func counter(_ row: String, _ table: FakeTable, qualifier: String = "n") -> Int64? {
        let cells = cluster.cells(of: Array(row.utf8), in: table)
        guard let cell = cells.first(where: { $0.qualifier == Array(qualifier.utf8) }) else { return nil }
        return cell.value.reduce(0) { $0 << 8 | Int64($1) }
    }

    func metrics() -> ClientMetrics {
        let box = Lock<ClientMetrics?>(nil)
        client.metrics { metrics in box.withLock { $0 = metrics } }
        _ = transport.run(withinNanos: Self.second) { box.withLock { $0 != nil } }
        return box.withLock { $0 } ?? ClientMetrics()
    }
}

let familyF = [UInt8]("f".utf8)
let columnQ = PreparedColumn(family: familyF, qualifier: [UInt8]("q".utf8))
let columnN = PreparedColumn(family: familyF, qualifier: [UInt8]("n".utf8))

extension MutationBatchBuilder {
    mutating func put(_ row: String, _ value: String) {
        beginPut(Array(row.utf8))
        Array(value.utf8).withUnsafeBytes { cell(columnQ, value: $0) }
    }

    mutating func count(_ row: String, by delta: Int64 = 1) {
        beginIncrement(Array(row.utf8))
        increment(columnN, by: delta)
    }

    mutating func ledger(_ row: String, by delta: Int64, offset: Int64) {
        beginLedgerIncrement(Array(row.utf8))
        increment(columnN, by: delta)
        endLedgerIncrement(family: familyF, qualifier: Array("_s".utf8), offset: offset)
    }
}

extension RowResults {
    func text(_ index: Int) -> String? {
        var found: String?
        forEachCell(ofKey: index) { cell in
            if found == nil { found = String(decoding: cell.value, as: UTF8.self) }
        }
        return found
    }
}

func rowName(_ number: Int) -> String {
    let digits = String(number)
    return "row-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
}
