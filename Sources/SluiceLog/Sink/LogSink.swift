import SluiceBase
import SluiceConnect
import SluiceLogStore

/// Appends rows to a topic.
struct LogSink: Sink {
    let table: LogTable
    let request: SinkRequest
    let store: LogStore
    /// Tells the transactions of this sink from others.
    let id: UInt64
    /// Transactions are owned until they are committed, after their writers have gone.
    private let transactions = OpenTransactions()

    init(table: LogTable, request: SinkRequest, store: LogStore, id: UInt64) {
        self.table = table
        self.request = request
        self.store = store
        self.id = id
    }

    func open(
        subtask: Int, of parallelism: Int, _ context: ConnectorContext
    ) throws(JobError) -> any SinkWriter {
        let topic = try topic()
        let rows: RecordWriter
        do throws(SQLError) { rows = try RecordWriter(table, request, context.zone) } catch {
            throw JobError(error)
        }
        let places = RecordPlaces(table.partitioner, topic.partitions.count, subtask)
        guard table.guarantee == .exactlyOnce else {
            return LogSinkWriter(table, rows, places, topic.partitions, transaction: nil, context)
        }
        let transaction = try inLog { () throws(LogError) in
            try topic.begin(transaction: "\(String(id, radix: 16))-\(subtask)")
        }
        transactions.add(transaction)
        return LogSinkWriter(table, rows, places, transaction.partitions, transaction: transaction, context)
    }

    private func topic() throws(JobError) -> LogTopic {
        let topic = try table.open(table.topics[0], store)
        try inLog { () throws(LogError) in try topic.recover() }
        return topic
    }

    func commit(_ tokens: [[UInt8]], _ context: ConnectorContext) throws(JobError) {
        let names = tokens.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
        guard !names.isEmpty else { return }
        let topic = try table.open(table.topics[0], store)
        try inLog { () throws(LogError) in try topic.commit(transactions: names) }
        transactions.close()
    }

    func abort(_ token: [UInt8], _ context: ConnectorContext) {
        transactions.abandon(String(decoding: token, as: UTF8.self))
    }
}

/// The transactions of a sink's writers.
private final class OpenTransactions: Sendable {
    private let all = Lock<[LogTransaction]>([])

    func add(_ transaction: LogTransaction) { all.withLock { $0.append(transaction) } }

    func abandon(_ name: String) {
        all.withLock { all in
            for transaction in all where transaction.name == name { transaction.abandon() }
            all.removeAll { $0.name == name }
        }
    }

    func close() {
        all.withLock { all in
            for transaction in all { transaction.close() }
            all.removeAll()
        }
    }
}

/// Chooses the partition of a record.
struct RecordPlaces {
    private let partitioner: LogTable.Partitioner
    private let count: Int
    private let subtask: Int
    private var turn: Int

    init(_ partitioner: LogTable.Partitioner, _ count: Int, _ subtask: Int) {
        self.partitioner = partitioner
        self.count = count
        self.subtask = subtask
        turn = subtask % count
    }

    /// Records without a key stay together for a batch, and the next batch goes elsewhere.
    mutating func nextBatch() {
        if partitioner == .byKey { turn = (turn + 1) % count }
    }

    mutating func place(_ key: UnsafeRawBufferPointer?) -> Int {
        switch partitioner {
        case .fixed: return subtask % count
        case .roundRobin:
            turn = (turn + 1) % count
            return turn
        case .byKey:
            guard let key else { return turn }
            return KafkaHash.partition(key, of: count)
        }
    }
}
