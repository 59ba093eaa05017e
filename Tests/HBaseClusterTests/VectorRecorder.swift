import Glibc
import SluiceBase
import SluiceHBaseClient
import SluiceNet
import Testing

/// Records conversations of this client with a real HBase as `Tests/Vectors/hbase.txt`, which other tests read
/// without a cluster. Runs when SLUICE_RECORD_VECTORS is set: to make the file anew after a change of what is sent.
extension RealHBaseTests {
    private static var isRecording: Bool { getenv("SLUICE_RECORD_VECTORS") != nil }

    @Test(.enabled(if: isRecording)) func recordVectors() throws {
        let cluster = try RealHBase.cluster()
        let log = ConversationLog()
        let (client, loop) = try recordingClient(cluster, log)
        defer {
            client.close()
            loop.stop()
        }
        let admin = client.admin(seed: 11)
        let table = HBaseTable(name: "vectors")
        log.title("create a table")
        let schema = TableSchema(
            table: table, families: [FamilySchema("f", ["VERSIONS": "3"]), FamilySchema("g")])
        try ask { admin.createTable(schema, splitKeys: [utf8("m")], $0) } as Void
        try recordBatches(client, log, table)
        try recordScans(client, log, table)
        log.title("describe a table")
        _ = try ask { admin.describe(table, $0) } as TableSchema
        log.title("state of a table")
        _ = try ask { admin.state(of: table, $0) } as TableStateKind
        log.title("cluster status")
        _ = try ask { admin.clusterStatus($0) } as ClusterStatus
        log.title("tables")
        _ = try ask { admin.tables($0) } as [HBaseTable]
        log.title("namespaces")
        _ = try ask { admin.namespaces($0) } as [NamespaceDescriptor]
        log.title("flush a table")
        try ask { admin.flush(table, $0) } as Void
        log.title("drop a table")
        try drop(admin, table)
        log.title("state of an unknown table")
        #expect(try failure { admin.state(of: table, $0) }?.kind == .tableNotFound)
        try write(log.text)
    }

    private func recordBatches(_ client: HBaseClient, _ log: ConversationLog, _ table: HBaseTable) throws {
        var builder = MutationBatchBuilder(table: table)
        for row in ["a", "b", "n"] {
            builder.beginPut(utf8(row))
            builder.cell(family: utf8("f"), qualifier: utf8("q1"), value: utf8("\(row)1"), timestamp: 1000)
            builder.cell(family: utf8("g"), qualifier: utf8("x"), value: [], timestamp: 1001)
        }
        builder.beginDelete(utf8("z"), timestamp: 900)
        log.title("puts and a delete of a row")
        #expect(!(try wait { client.mutate(builder.finish(), $0) } as MutationResults).hasErrors)
        log.title("gets")
        let keys = RowKeys(["a", "c", "n"].map { utf8($0) })
        _ = try wait { client.get(GetBatch(table: table, keys: keys), $0) } as RowResults
        log.title("gets of an unknown family")
        let read = ReadSpec(columns: [ReadSpec.Column(family: utf8("nope"))])
        _ = try wait { client.get(GetBatch(table: table, keys: keys, read: read), $0) } as RowResults
        log.title("questions of existence")
        let exists = ReadSpec(existenceOnly: true)
        _ = try wait { client.get(GetBatch(table: table, keys: keys, read: exists), $0) } as RowResults
        log.title("an increment")
        var counter = MutationBatchBuilder(table: table)
        counter.beginIncrement(utf8("a"))
        counter.increment(family: utf8("f"), qualifier: utf8("n"), by: 5)
        _ = try wait { client.mutate(counter.finish(), $0) } as MutationResults
    }

    private func recordScans(_ client: HBaseClient, _ log: ConversationLog, _ table: HBaseTable) throws {
        log.title("a scan of two rows an answer")
        var spec = TableScanSpec(table: table)
        spec.rowsPerBlock = 2
        #expect(try scanned(client, spec).count == 3)
        log.title("a scan with a limit")
        spec.rowsPerBlock = nil
        spec.limit = 1
        #expect(try scanned(client, spec).count == 1)
        log.title("a scan with filters")
        spec.limit = nil
        let filter = Filter.list(.all, [.prefix(utf8("a")), .firstKeyOnly, .keyOnly()])
        spec.read = ReadSpec(cacheBlocks: false, filter: filter.encoded())
        #expect(try scanned(client, spec).count == 1)
        log.title("a row in parts")
        spec.read = ReadSpec(cacheBlocks: false)
        spec.blockBytes = 1
        spec.stopRow = utf8("b")
        #expect(try scanned(client, spec).count == 1)
    }

    private func recordingClient(
        _ cluster: RealHBase, _ log: ConversationLog
    ) throws -> (HBaseClient, LoopThread) {
        let settings = ClientSettings(
            registry: .zooKeeper(quorum: cluster.quorum, parent: cluster.parent), user: "tester")
        let box = Lock<(client: HBaseClient?, loop: LoopThread?)>((nil, nil))
        let loop = try LoopThread(name: "recorder") { transport in
            let recorder = RecordingTransport(transport, log)
            let made = HBaseClient.on(recorder, settings, seed: 7) { box.withLock { $0.loop }?.wake() }
            recorder.handler = made.handler
            box.withLock { $0.client = made.client }
            return recorder
        }
        box.withLock { $0.loop = loop }
        while true {
            if let client = box.withLock({ $0.client }) { return (client, loop) }
            usleep(1000)
        }
    }

    private func write(_ text: String) throws {
        var path = #filePath
        for _ in 0..<2 { path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
        guard let file = fopen(path + "/Vectors/hbase.txt", "w") else {
            throw Subprocess.Failure(description: "\(path)/Vectors cannot be written")
        }
        fputs(text, file)
        fclose(file)
    }
}

/// What was said, as text: `## title`, then per frame `> method, N bytes` (client) or `< method, N bytes` (server) and
/// the frame as hex.
final class ConversationLog: Sendable {
    private let lines = Lock<[String]>([])

    func title(_ text: String) { lines.withLock { $0.append("\n## \(text)") } }

    func frame(_ mark: String, _ name: String, _ bytes: ArraySlice<UInt8>) {
        var text = ["\(mark) \(name), \(bytes.count) bytes"]
        var rest = bytes
        while !rest.isEmpty {
            text.append(
                rest.prefix(50).map { byte in
                    byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
                }
                .joined())
            rest = rest.dropFirst(50)
        }
        lines.withLock { $0 += text }
    }

    var text: String {
        let head = "# Conversations with HBase, written by recordVectors() in Tests/HBaseClusterTests"
        return ([head] + lines.withLock { $0 }).joined(separator: "\n") + "\n"
    }
}

/// Writes down what goes over the connections of a transport that speak HBase's protocol.
private final class RecordingTransport: Transport, TransportHandler {
    private struct Stream {
        var isHBase = false
        var sent: [UInt8] = []
        var received: [UInt8] = []
        var opened = false
        var methods: [UInt32: String] = [:]
    }

    private let inner: LoopTransport
    private let log: ConversationLog
    var handler: (any TransportHandler)?
    private var streams: [ConnectionID: Stream] = [:]

    init(_ inner: LoopTransport, _ log: ConversationLog) {
        self.inner = inner
        self.log = log
    }

    var now: Int64 { inner.now }
    func connect(_ endpoint: Endpoint, tls: TLSConfiguration?, timeoutNanos: Int64) -> ConnectionID {
        inner.connect(endpoint, tls: tls, timeoutNanos: timeoutNanos)
    }
    func unsentBytes(on connection: ConnectionID) -> Int { inner.unsentBytes(on: connection) }
    func close(_ connection: ConnectionID) { inner.close(connection) }
    func startTimer(at nanos: Int64) -> TimerID { inner.startTimer(at: nanos) }
    func cancelTimer(_ timer: TimerID) { inner.cancelTimer(timer) }

    func send(_ bytes: consuming [UInt8], on connection: ConnectionID) {
        let copy = bytes
        inner.send(bytes, on: connection)
        var stream = streams[connection] ?? Stream()
        stream.sent += copy
        if !stream.opened, stream.sent.starts(with: utf8("HBas")) {
            stream.isHBase = true
            log.frame(">", "preamble", stream.sent[0..<6])
            stream.sent.removeFirst(6)
        }
        if stream.isHBase { while takeRequest(&stream) {} }
        streams[connection] = stream
    }

    private func takeRequest(_ stream: inout Stream) -> Bool {
        guard let frame = RecordingTransport.frame(stream.sent) else { return false }
        stream.sent.removeFirst(frame.count)
        guard stream.opened else {
            stream.opened = true
            log.frame(">", "connection header", frame[...])
            return true
        }
        let header = RecordingTransport.header(frame)
        stream.methods[header.callID] = header.method
        log.frame(">", header.method, frame[...])
        return true
    }

    private static func frame(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 4 else { return nil }
        let length = bytes[0..<4].reduce(0) { $0 << 8 | Int($1) }
        return bytes.count >= 4 + length ? Array(bytes[0..<4 + length]) : nil
    }

    /// Number and method of a request.
    private static func header(_ frame: [UInt8]) -> (callID: UInt32, method: String) {
        var callID: UInt32 = 0
        var method = ""
        Array(frame[5..<min(frame.count, 5 + Int(frame[4]))]).withUnsafeBytes { raw in
            var reader = ProtobufReader(raw)
            while let field = try? reader.next() {
                switch field {
                case 1: callID = (try? reader.uint32()) ?? 0
                case 3: method = (try? reader.string()) ?? ""
                default: try? reader.skip()
                }
            }
        }
        return (callID, method)
    }

    func opened(_ connection: ConnectionID) { handler?.opened(connection) }
    func closed(_ connection: ConnectionID, _ error: NetworkError?) { handler?.closed(connection, error) }
    func fired(_ timer: TimerID) { handler?.fired(timer) }
    func woken() { handler?.woken() }

    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID) {
        if var stream = streams[connection], stream.isHBase {
            stream.received += bytes
            while let frame = RecordingTransport.frame(stream.received) {
                stream.received.removeFirst(frame.count)
                let callID = (try? ResponseFrame(frame, 4..<frame.count))?.callID ?? 0
                log.frame("<", stream.methods[callID] ?? "?", frame[...])
            }
            streams[connection] = stream
        }
        handler?.received(bytes, on: connection)
    }
}
