import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// The whole client core against a fake cluster, on virtual time.
final class ModelClient {
    static let table = HBaseTable(name: "t")
    static let fakeTable = FakeTableName("t")
    static let second: Int64 = 1_000_000_000

    let transport: SimulatedTransport
    let cluster: FakeHBaseCluster
    let mailbox = ClientMailbox()
    let core: ClientCore
    var random: RandomSource

    /// Splits the table `t` (families f, of three versions, and l) into `regions` of rows that begin with two hex
    /// digits.
    init(
        seed: UInt64, regionServers: Int = 3, regions: Int = 8, rpcRegistry: Bool = false,
        configure: (inout ClientSettings) -> Void = { _ in }
    ) {
        transport = SimulatedTransport(seed: seed)
        cluster = FakeHBaseCluster(on: transport, regionServers: regionServers, seed: seed &+ 1)
        random = RandomSource(seed: seed &+ 2)
        cluster.createTable(
            Self.fakeTable, families: [FakeFamily("f", versions: 3), FakeFamily("l")],
            splits: (1..<max(regions, 1)).map { Array(twoDigits(UInt8($0 * 256 / regions)).utf8) })
        let registry: ClientSettings.Registry =
            rpcRegistry
            ? .servers(cluster.layout.regionServers)
            : .zooKeeper(quorum: cluster.layout.zooKeepers, parent: "/hbase")
        var settings = ClientSettings(registry: registry, user: "tester")
        settings.rpcTimeoutNanos = 2 * Self.second
        settings.operationTimeoutNanos = 300 * Self.second
        settings.maxRetries = 200
        configure(&settings)
        core = ClientCore(settings, transport: transport, mailbox: mailbox, seed: seed &+ 3)
        transport.handler = core
    }

    var table: FakeTable {
        guard let table = cluster.tables[Self.fakeTable] else { preconditionFailure("the table is gone") }
        return table
    }

    /// The row of a number: rows are spread over all regions.
    static func row(_ number: Int) -> [UInt8] {
        let first = UInt8(truncatingIfNeeded: number &* 151)
        return Array("\(twoDigits(first))-\(number)".utf8)
    }

    // MARK: Submitting

    /// The answer, when it comes.
    final class Answer<Value: Sendable>: Sendable {
        private let storage = Lock<(value: Value?, count: Int)>((nil, 0))
        var value: Value? { storage.withLock { $0.value } }
        /// How often it was answered; anything but one is an error.
        var count: Int { storage.withLock { $0.count } }

        func set(_ value: Value) {
            storage.withLock {
                $0.value = value
                $0.count += 1
            }
        }
    }

    func mutate(
        timeoutNanos: Int64? = nil, _ build: (inout MutationBatchBuilder) -> Void
    ) -> Answer<MutationResults> {
        var builder = MutationBatchBuilder(table: Self.table)
        build(&builder)
        let answer = Answer<MutationResults>()
        post(.mutate(builder.finish(), timeoutNanos) { answer.set($0) })
        return answer
    }

    func get(
        _ rows: [[UInt8]], timeoutNanos: Int64? = nil, read: ReadSpec = ReadSpec()
    ) -> Answer<RowResults> {
        let answer = Answer<RowResults>()
        let batch = GetBatch(table: Self.table, keys: RowKeys(rows), read: read)
        post(.get(batch, timeoutNanos) { answer.set($0) })
        return answer
    }

    func post(_ post: ClientMailbox.Post) {
        if mailbox.post(post) { transport.wake() }
    }

    /// Runs until the answer is there.
    func wait<Value>(_ answer: Answer<Value>, seconds: Int64 = 400) -> Value? {
        _ = transport.run(withinNanos: seconds * Self.second) { answer.value != nil }
        return answer.value
    }

    /// What the table holds in a column, row by row.
    func column(_ family: String, _ qualifier: String) -> [[UInt8]: [UInt8]] {
        var values: [[UInt8]: [UInt8]] = [:]
        for (row, cells) in cluster.rows(of: table) {
            for cell in cells
            where cell.family == Array(family.utf8) && cell.qualifier == Array(qualifier.utf8) {
                values[row] = cell.value
            }
        }
        return values
    }

    deinit {
        post(.close)
        transport.run(forNanos: Self.second)
    }
}

func twoDigits(_ byte: UInt8) -> String {
    let digits = Array("0123456789abcdef")
    return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
}

func bigEndian(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

func number(_ bytes: [UInt8]?) -> Int64? {
    guard let bytes, bytes.count == 8 else { return nil }
    return bytes.reduce(0) { $0 << 8 | Int64($1) }
}
