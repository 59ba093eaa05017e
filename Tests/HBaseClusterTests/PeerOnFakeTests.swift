import Glibc
import SluiceBase
import SluiceColumns
import SluiceHBaseFake
import SluiceNet
import SluiceTestSupport
import Testing

/// Changes of a cluster's table in SQL, from a fake cluster and a source that does to its shipments what networks do.
@Suite(.serialized) struct PeerOnFakeTests {
    /// A query over the changes of table `t`, on a thread of its own.
    private final class Run: Sendable {
        let answer = Lock<StatementAnswer?>(nil)
        let failure = Lock<String?>(nil)
        private let worker = BlockingWorker()

        init(
            _ server: FakeHBaseServer, _ options: String, rows: Int, home: HomeFolderBox, sets: Bool = true,
            metadata: String = ""
        ) throws {
            let keeper = server.layout.zooKeepers[0]
            let script = """
                CREATE TABLE t (k STRING, f ROW<v STRING, w STRING>\(metadata), PRIMARY KEY (k) NOT ENFORCED) WITH (
                  'connector' = 'hbase-cdc', 'table-name' = 't', 'zookeeper.quorum' = '\(keeper)',
                  'peer.host' = '127.0.0.1', 'peer.listen' = '127.0.0.1',
                  'peer.set-replication-scope' = '\(sets)'\(options));
                SELECT k, \(metadata.isEmpty ? "f.v, f.w" : "op_type, bulkload_files, wal_seq, region") FROM t;
                """
            try worker.submit { [self] in
                do throws(SQLError) {
                    let session = try ScriptSession(home.scratch.home)
                    session.enoughRows = rows
                    session.timeoutMillis = 60_000
                    let answers = try session.run(script)
                    answer.withLock { $0 = answers.last }
                } catch {
                    failure.withLock { $0 = error.message }
                }
            }
        }

        func wait() -> StatementAnswer? {
            for _ in 0..<700 {
                if let found = answer.withLock({ $0 }) { return found }
                if failure.withLock({ $0 != nil }) { return nil }
                usleep(100_000)
            }
            return nil
        }
    }

    /// `@unchecked Sendable`: the folder is made on one thread and then only read.
    final class HomeFolderBox: @unchecked Sendable {
        let scratch: ScratchHome
        init() throws { scratch = try ScratchHome() }
    }

    private func cluster() throws -> FakeHBaseServer {
        let server = try FakeHBaseServer(regionServers: 1, seed: 1)
        _ = server.perform { cluster in
            cluster.createTable(FakeTableName("t"), families: [FakeFamily("f"), FakeFamily("g")])
            return true
        }
        return server
    }

    private func until(_ run: Run, _ what: String, _ condition: () -> Bool) throws {
        for _ in 0..<600 {
            if condition() { return }
            if let failure = run.failure.withLock({ $0 }) { throw Subprocess.Failure(description: failure) }
            usleep(50_000)
        }
        throw Subprocess.Failure(description: "not \(what)")
    }

    /// Where the peer listens, once the cluster has enabled it.
    private func port(_ server: FakeHBaseServer, _ run: Run) throws -> UInt16 {
        try until(run, "enabled") { server.perform { $0.peers.values.contains { $0.isEnabled } } ?? false }
        let found: String? = server.perform { cluster in
            guard let peer = cluster.peers.values.first, let node = peer.clusterKey.split(separator: ":").last
            else {
                return ""
            }
            return cluster.keepers[0].children(of: "\(node)/rs")?.first ?? ""
        }
        let parts = (found ?? "").split(separator: ",")
        return parts.count > 1 ? UInt16(parts[1]) ?? 0 : 0
    }

    private func cell(
        _ row: String, _ qualifier: String, _ value: String, at time: Int64, family: String = "f",
        type: UInt8 = FakeCell.Kind.put
    ) -> FakeCell {
        FakeCell(
            row: Array(row.utf8), family: Array(family.utf8), qualifier: Array(qualifier.utf8),
            timestamp: time,
            type: type, value: Array(value.utf8))
    }

    /// C1, C7: shipments whose answer got lost come again, cut otherwise and from another server; the output has each
    /// once. C2: what an entry does to a row is one row of the output.
    @Test("C1, C2, C7: repeated shipments give each edit once, all cells of a row together")
    func C1_C2_C7_editsOnce() throws {
        let server = try cluster()
        defer { server.stop() }
        let options = ", 'changelog.mode' = 'edits', 'scan.startup.mode' = 'earliest'"
        let run = try Run(server, options, rows: 4, home: HomeFolderBox())
        let port = try port(server, run)
        let entries = [
            FakeShippedEntry(
                sequence: 5,
                cells: [
                    cell("a", "v", "1", at: 10), cell("b", "v", "2", at: 10), cell("a", "w", "3", at: 10),
                    cell("a", "x", "", at: 10, type: FakeCell.Kind.deleteColumn),
                ]), FakeShippedEntry(sequence: 9, cells: [cell("c", "v", "4", at: 11)]),
            FakeShippedEntry(region: "r2", sequence: 5, cells: [cell("d", "v", "5", at: 12, family: "f")]),
        ]
        try SocketSource(port: port).send(Array(entries[..<2]))
        let source = try SocketSource(port: port)
        #expect(try source.ship(entries) == nil)
        #expect(try source.ship([entries[1]]) == nil)
        let answer = try #require(run.wait(), "\(run.failure.withLock { $0 ?? "" })")
        #expect(answer.rows == [["a", "1", "3"], ["b", "2", nil], ["c", "4", nil], ["d", "5", nil]])
        try until(run, "removed") { server.perform { $0.peers.isEmpty } ?? false }
    }

    /// H31: rows that were there, then changes; what the snapshot has already changes nothing.
    @Test("H31: the snapshot and the edits that overlap it give each row once")
    func H31_snapshotThenEdits() throws {
        let server = try cluster()
        defer { server.stop() }
        let bench = ConnectorBench(cluster: [("zookeeper.quorum", server.layout.zooKeepers[0].description)])
        let table = bench.table("t", [ConnectorBench.key(), ConnectorBench.family("f", [("v", .string)])])
        try bench.write(
            table,
            [
                (.insert, [.string("a"), .row([.string("1")])]),
                (.insert, [.string("b"), .row([.string("2")])]),
            ])
        let stored: [FakeCell] =
            server.perform { cluster in
                guard let table = cluster.tables[FakeTableName("t")] else { return [] }
                return cluster.cells(of: Array("a".utf8), in: table)
            } ?? []
        let first = try #require(stored.first)
        let run = try Run(server, "", rows: 6, home: HomeFolderBox())
        let source = try SocketSource(port: port(server, run))
        let later = first.timestamp + 1000
        let entries = [
            FakeShippedEntry(sequence: 1, cells: [first]),
            FakeShippedEntry(sequence: 2, cells: [cell("b", "v", "3", at: later)]),
            FakeShippedEntry(
                sequence: 3, cells: [cell("a", "", "", at: later, type: FakeCell.Kind.deleteFamily)]),
            FakeShippedEntry(sequence: 4, cells: [cell("c", "v", "4", at: later)]),
        ]
        #expect(try source.ship(entries) == nil)
        let answer = try #require(run.wait(), "\(run.failure.withLock { $0 ?? "" })")
        let lines = answer.changes.map {
            "\($0.kind) \($0.values.map { $0 ?? "NULL" }.joined(separator: ","))"
        }
        #expect(
            lines.sorted() == [
                "+I a,1,NULL", "+I b,2,NULL", "+I c,4,NULL", "+U b,3,NULL", "-D a,1,NULL", "-U b,2,NULL",
            ])
    }

    /// C4: files that were loaded past the log are one row with their names, once.
    @Test("C4, C7: a marker of a bulk load is a row with the files; metadata tell where an edit comes from")
    func C4_bulkLoads() throws {
        let server = try cluster()
        defer { server.stop() }
        let metadata =
            ", op_type STRING METADATA, bulkload_files ARRAY<STRING> METADATA, wal_seq BIGINT METADATA, "
            + "region STRING METADATA"
        let options = ", 'changelog.mode' = 'edits', 'scan.startup.mode' = 'earliest'"
        let run = try Run(server, options, rows: 2, home: HomeFolderBox(), metadata: metadata)
        let source = try SocketSource(port: port(server, run))
        let load = FakeShipment.bulkLoad(table: "t", region: "r1", family: "f", files: ["x1", "x2"])
        let entries = [
            FakeShippedEntry(sequence: 7, cells: [load]),
            FakeShippedEntry(sequence: 8, cells: [cell("a", "v", "1", at: 10)]),
        ]
        #expect(try source.ship([entries[0]]) == nil)
        #expect(try source.ship(entries) == nil)
        let answer = try #require(run.wait(), "\(run.failure.withLock { $0 ?? "" })")
        #expect(answer.rows.map { $0[3] } == ["7", "8"] && answer.rows.map { $0[4] } == ["r1", "r1"])
        #expect(answer.rows[0][1] == "BULK_LOAD")
        let files = answer.rows[0][2] ?? ""
        #expect(files.contains("r1/f/x1") && files.contains("r1/f/x2"), "\(files)")
        #expect(answer.rows[1][0] == "a" && answer.rows[1][2] == nil)
    }

    /// A job that was killed could not remove its peer, for which the cluster keeps logs: the next job does.
    @Test("C1: the peer and the spool of a killed job are removed by the next one, others stay")
    func C1_leftovers() throws {
        let server = try cluster()
        defer { server.stop() }
        let home = try HomeFolderBox()
        let disk = SystemDisk()
        let folder = home.scratch.path + "/changes/of-jobs"
        let quorum = server.layout.zooKeepers[0]
        for (id, cluster) in [("sluice_1", "ZooKeeper \(quorum)"), ("sluice_2", "ZooKeeper other:2181")] {
            try disk.makeDirectory(folder + "/" + id + "/log")
            _ = try disk.lockFile(folder + "/" + id + "/in-use")
            try disk.replace(folder + "/\(id)/cluster", with: Array(cluster.utf8), temporary: folder + "/x")
        }
        _ = server.perform { cluster in
            for id in ["sluice_1", "sluice_2", "mine"] {
                cluster.peers[id] = FakeReplicationPeer(abandoned: id, clusterKey: "\(quorum):/sluice/\(id)")
            }
            return true
        }
        let options = ", 'changelog.mode' = 'edits', 'scan.startup.mode' = 'earliest'"
        let run = try Run(server, options, rows: 1, home: home)
        try until(run, "enabled") {
            server.perform {
                $0.peers.values.contains {
                    $0.isEnabled && !$0.clusterKey.contains("/sluice/mine") && $0.id.utf8.count > 10
                }
            } ?? false
        }
        try until(run, "removed") { server.perform { $0.peers["sluice_1"] == nil } ?? false }
        let port: UInt16 = try #require(
            server.perform { cluster in
                let key = cluster.peers.values.first { $0.id.utf8.count > 10 }?.clusterKey ?? ""
                let node = key.split(separator: ":").last ?? ""
                let child = cluster.keepers[0].children(of: "\(node)/rs")?.first ?? ""
                return UInt16(child.split(separator: ",").dropFirst().first ?? "")
            } ?? nil)
        let entry = FakeShippedEntry(sequence: 7, cells: [cell("a", "v", "1", at: 10)])
        #expect(try SocketSource(port: port).ship([entry]) == nil)
        #expect(run.wait()?.rows == [["a", "1", nil]])
        #expect(server.perform { $0.peers.keys.sorted() } == ["mine", "sluice_2"])
        #expect(try disk.list(folder) == ["sluice_2"])
    }

    @Test("families that the cluster does not ship, and missing ones, are errors that say what to do")
    func mistakes() throws {
        let server = try cluster()
        defer { server.stop() }
        let scope = try Run(
            server, ", 'peer-id' = 'p1', 'families' = 'f'", rows: 1, home: HomeFolderBox(), sets: false)
        #expect(scope.wait() == nil)
        let text = scope.failure.withLock { $0 ?? "" }
        #expect(
            text.contains("does not ship edits of the families \"f\" of \"t\": their REPLICATION_SCOPE is 0"),
            "\(text)")
        let family = try Run(server, ", 'families' = 'f,nope'", rows: 1, home: HomeFolderBox())
        #expect(family.wait() == nil)
        let missing = family.failure.withLock { $0 ?? "" }
        #expect(missing.contains("has no column family \"nope\""), "\(missing)")
        #expect(server.perform { $0.peers.isEmpty } ?? false)
    }
}
