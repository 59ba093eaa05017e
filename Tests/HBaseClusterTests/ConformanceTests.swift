import SluiceBase
import SluiceBuiltins
import SluiceColumns
import SluiceConnect
import SluiceFiles
import SluiceFormats
import SluiceHBase
import SluiceHBaseFake
import SluiceNet
import SluiceTableStore
import SluiceTestSupport
import Testing

/// What every connector must do, whatever it connects to: the life of writers (open, write and poll, flush, finish,
/// close) and of readers (splits, poll, position, close).
@Suite(.serialized) struct ConformanceTests {
    /// A connector with a table of one key and one family, and whether rows can be read back.
    struct Subject: CustomTestStringConvertible, Sendable {
        enum Kind: String, CaseIterable { case filesystem, blackhole, print, embedded, cluster }

        var kind: Kind
        var testDescription: String { kind.rawValue }
        var isReadable: Bool { kind == .filesystem || kind == .embedded || kind == .cluster }

        static let all = Kind.allCases.map { Subject(kind: $0) }
    }

    private let scratch: ScratchHome
    private let server: FakeHBaseServer
    private let bench: ConnectorBench

    init() throws {
        scratch = try ScratchHome()
        server = try FakeHBaseServer(regionServers: 1, seed: 2)
        bench = ConnectorBench(cluster: [("zookeeper.quorum", server.layout.zooKeepers[0].description)])
        _ = server.perform { cluster in
            cluster.createTable(FakeTableName("t"), families: [FakeFamily("f")], splits: [Array("k3".utf8)])
            return true
        }
    }

    private func connector(_ subject: Subject) -> any Connector {
        switch subject.kind {
        case .filesystem:
            return FilesystemConnector(disk: SystemDisk(), random: SeededRandom(seed: 1), formats: .standard)
        case .blackhole: return BlackholeConnector()
        case .print: return PrintConnector()
        case .embedded:
            return HBaseConnector(store: TableStore(folder: scratch.path + "/store", clock: SystemClock()))
        case .cluster: return bench.connector
        }
    }

    private func table(_ subject: Subject) -> ResolvedTable {
        var options: [(String, String)]
        switch subject.kind {
        case .filesystem:
            options = [("connector", "filesystem"), ("path", scratch.path + "/files"), ("format", "json")]
        case .blackhole, .print: options = [("connector", subject.kind.rawValue)]
        case .embedded: options = [("connector", "hbase"), ("table-name", "t")]
        case .cluster: options = [("connector", "hbase"), ("table-name", "t")] + bench.options
        }
        return ResolvedTable(
            name: "c.d.t", columns: [ConnectorBench.key(), ConnectorBench.family("f", [("a", .string)])],
            options: TableOptions(options.map { TableOptions.Entry($0.0, $0.1) }))
    }

    private func open(_ subject: Subject) throws -> any SinkWriter {
        let table = table(subject)
        try connector(subject).validate(table)
        let request = SinkRequest(columns: [0, 1], input: .appendOnly)
        return try connector(subject).makeSink(table, request).open(subtask: 0, of: 1, bench.context)
    }

    private func rows(_ numbers: Range<Int>) -> [(RowKind, [Datum])] {
        numbers.map { (.insert, [.string("k\($0)"), .row([.string("v\($0)")])]) }
    }

    private func read(_ subject: Subject) throws -> Set<[Datum]> {
        let source = try connector(subject).makeSource(table(subject), ScanRequest(projection: [0, 1]))
        var found: Set<[Datum]> = []
        for split in try source.discoverSplits(bench.context) {
            let reader = try source.open(split, bench.context)
            for row in try bench.read(reader) { found.insert(row) }
            reader.close()
        }
        return found
    }

    @Test("H27: a writer is opened, takes batches, flushes, finishes; then all rows are there", arguments: Subject.all)
    func writes(subject: Subject) throws {
        defer { server.stop() }
        let writer = try open(subject)
        let table = table(subject)
        for part in [0..<3, 3..<6] { try bench.write(writer, bench.batch(table, rows(part))) }
        #expect(writer.bufferedBytes >= 0)
        try bench.finish(writer)
        // Closed again, as by an owner that cleans up in any case.
        writer.close()
        if subject.isReadable { #expect(try read(subject) == Set(rows(0..<6).map { $0.1 })) }
    }

    @Test("H27: a writer without rows finishes, and one that is closed early does not fail", arguments: Subject.all)
    func empties(subject: Subject) throws {
        defer { server.stop() }
        try bench.finish(try open(subject))
        let abandoned = try open(subject)
        try bench.write(abandoned, bench.batch(table(subject), rows(0..<2)))
        abandoned.close()
        // Files are seen only when they are whole; a table of HBase may have the rows or not.
        if subject.kind == .filesystem { #expect(try read(subject) == []) }
        if subject.isReadable { #expect(try read(subject).isSubset(of: Set(rows(0..<2).map { $0.1 }))) }
    }

    @Test(
        "H27: a reader goes on behind its position, and stays finished",
        arguments: Subject.all.filter(\.isReadable))
    func positions(subject: Subject) throws {
        defer { server.stop() }
        let writer = try open(subject)
        try bench.write(writer, bench.batch(table(subject), rows(0..<6)))
        try bench.finish(writer)
        let source = try connector(subject).makeSource(table(subject), ScanRequest(projection: [0, 1]))
        let splits = try source.discoverSplits(bench.context)
        #expect(Set(splits.map(\.id)).count == splits.count)
        #expect(try source.discoverSplits(bench.context).map(\.id) == splits.map(\.id))
        var found: [[Datum]] = []
        for split in splits {
            let first = try source.open(split, bench.context)
            found += try bench.read(first, atMost: 1)
            let position = first.position()
            first.close()
            let second = try source.open(SourceSplit(id: split.id, detail: position), bench.context)
            found += try bench.read(second)
            if case .finished = try second.poll(maxRows: 10) {} else { Issue.record("not finished") }
            second.close()
        }
        #expect(found.count == 6)
        #expect(Set(found) == Set(rows(0..<6).map { $0.1 }))
    }
}
