import Glibc
import SluiceBase
import SluiceHBaseClient
import SluiceNet
import SluiceTestSupport
import Synchronization
import Testing

/// Tables of changes in SQL, of a real cluster: the program as users run it.
extension RealHBaseTests {
    /// `@unchecked Sendable`: the folder is used by the test's own thread only.
    private struct Job: @unchecked Sendable {
        let cluster: RealHBase
        let client: HBaseClient
        let admin: AdminClient
        let source: HBaseTable
        let target: HBaseTable
        let folder = TemporaryFolder()

        /// What both sides of the job have in common.
        private var place: String {
            let quorum = cluster.quorum.map(\.description).joined(separator: ",")
            return "'zookeeper.quorum' = '\(quorum)', 'zookeeper.znode.parent' = '\(cluster.parent)'"
        }

        func start(columns: String, select: String, target targetColumns: String, _ options: String = "")
            throws
            -> ProgramRun
        {
            let job = folder.write(
                "job.sql",
                """
                CREATE TABLE changes (\(columns), PRIMARY KEY (k) NOT ENFORCED) WITH (
                  'connector' = 'hbase-cdc', 'table-name' = '\(source.name)', \(place), 'peer.host' = '127.0.0.1',
                  'peer.listen' = '127.0.0.1', 'peer.set-replication-scope' = 'true'\(options));
                CREATE TABLE target (\(targetColumns), PRIMARY KEY (k) NOT ENFORCED) WITH (
                  'connector' = 'hbase', 'table-name' = '\(target.name)', \(place),
                  'sink.flush-buffer.timeout' = '100ms', 'sink.delete.mode' = 'row');
                INSERT INTO target \(select);
                """)
            return try ProgramRun(["run", job], in: folder)
        }

        /// Every cell: `row column=value`.
        func cells(_ table: HBaseTable) throws -> [String] {
            let scan = client.scan(TableScanSpec(table: table))
            var lines: [String] = []
            while let block: ScanBlock = try ask({ scan.next($0) }) {
                try block.forEachCell { _, cell in
                    lines.append(
                        "\(text(cell.row)) \(text(cell.family)):\(text(cell.qualifier))=\(text(cell.value))")
                }
            }
            return lines
        }

        func write(_ body: (inout MutationBatchBuilder) -> Void) throws {
            var builder = MutationBatchBuilder(table: source)
            body(&builder)
            let results: MutationResults = try wait { client.mutate(builder.finish(), $0) }
            if let error = results.firstError { throw error }
        }

        func until(seconds: Int = 60, _ run: ProgramRun, _ what: String, _ condition: () throws -> Bool)
            throws
        {
            for _ in 0..<seconds * 10 {
                if try condition() { return }
                usleep(100_000)
            }
            throw Subprocess.Failure(description: "not \(what) within \(seconds) s: \(run.errors)")
        }
    }

    private func withJob(_ body: (Job) throws -> Void) throws {
        let cluster = try RealHBase.cluster()
        let client = try cluster.client()
        defer { client.close() }
        let admin = client.admin(seed: UInt64.random(in: 0 ... .max))
        let number = UInt32.random(in: 0...99999)
        let job = Job(
            cluster: cluster, client: client, admin: admin, source: HBaseTable(name: "source\(number)"),
            target: HBaseTable(name: "target\(number)"))
        let splits = [utf8("row-1030")]
        for table in [job.source, job.target] {
            let schema = TableSchema(table: table, families: [FamilySchema("f")])
            try ask { admin.createTable(schema, splitKeys: splits, $0) } as Void
        }
        try body(job)
        let left: [ReplicationPeerDescription] = try ask { admin.peers($0) }
        #expect(left.filter { $0.config.tables.contains { $0.table == job.source } }.isEmpty)
        for table in [job.source, job.target] { try drop(admin, table) }
    }

    private func key(_ row: Int) -> [UInt8] { utf8("row-\(1000 + row)") }

    /// H31: the rows that were there, then their changes, without a gap or a double between, though somebody writes
    /// all the time.
    @Test func H31_snapshotAndChangesMakeACopy() throws {
        try withJob { (job) throws in
            let f = utf8("f")
            try job.write { builder in
                for row in 0..<60 {
                    builder.beginPut(key(row))
                    builder.cell(family: f, qualifier: utf8("v"), value: utf8("old \(row)"))
                    builder.cell(family: f, qualifier: utf8("w"), value: utf8("first"))
                }
            }
            let isOver = Atomic<Bool>(false)
            let ended = Lock<String?>(nil)
            let worker = BlockingWorker()
            try worker.submit { [self] in
                var round = 0
                var failure = ""
                while !isOver.load(ordering: .relaxed), failure.isEmpty {
                    do {
                        try job.write { builder in
                            for row in stride(from: round % 7, to: 80, by: 7) {
                                if (row + round) % 5 == 0 {
                                    builder.beginDelete(key(row))
                                } else {
                                    builder.beginPut(key(row))
                                    builder.cell(family: f, qualifier: utf8("v"), value: utf8("new \(round)"))
                                }
                            }
                        }
                    } catch { failure = "\(error)" }
                    round += 1
                    usleep(10_000)
                }
                ended.withLock { [failure] in $0 = failure }
            }
            let columns = "k STRING, f ROW<v STRING, w STRING>"
            let run = try job.start(columns: columns, select: "SELECT k, f FROM changes", target: columns)
            usleep(8_000_000)
            isOver.store(true, ordering: .relaxed)
            try job.until(run, "written") { ended.withLock { $0 != nil } }
            #expect(ended.withLock { $0 } == "")
            // Something that is surely last.
            try job.write { builder in
                builder.beginPut(utf8("the-end"))
                builder.cell(family: f, qualifier: utf8("v"), value: utf8("x"))
            }
            // A NULL is written as the text that stands for it.
            func copied() throws -> [String] { try job.cells(job.target).filter { !$0.hasSuffix("=null") } }
            try job.until(run, "copied") { try copied().contains("the-end f:v=x") }
            let source = try job.cells(job.source)
            // Regions ship on their own: the last edit of one says nothing of another.
            try job.until(run, "equal to its source") { try copied() == source }
            #expect(source.count > 20)
            run.signal(SIGINT)
            let result = run.wait()
            #expect(result.status == 130, "\(result.errors)")
        }
    }

    /// H30: an index that is kept by the edits of its table, over updates and deletes.
    @Test func H30_anIndexIsKeptExact() throws {
        try withJob { (job) throws in
            let f = utf8("f")
            func set(_ row: String, _ mail: String) throws {
                try job.write { builder in
                    builder.beginPut(utf8(row))
                    builder.cell(family: f, qualifier: utf8("mail"), value: utf8(mail))
                }
            }
            for row in 0..<5 { try set("u\(row)", "m\(row)") }
            let run = try job.start(
                columns: "k STRING, f ROW<mail STRING>",
                select: "SELECT f.mail, ROW(k) FROM changes WHERE f.mail IS NOT NULL",
                target: "k STRING, f ROW<owner STRING>")
            try job.until(run, "indexed") { try job.cells(job.target).count == 5 }
            try set("u1", "changed")
            try job.write { $0.beginDelete(utf8("u2")) }
            try set("u9", "m9")
            let expected = [
                "changed f:owner=u1", "m0 f:owner=u0", "m3 f:owner=u3", "m4 f:owner=u4", "m9 f:owner=u9",
            ]
            try job.until(run, "as it should be (\(try job.cells(job.target)))") {
                try job.cells(job.target) == expected
            }
            run.signal(SIGINT)
            _ = run.wait()
        }
    }

    /// C3: a table that writes past its log has no edits, and the job says so.
    @Test func C3_aTableWithoutALogIsTold() throws {
        try withJob { (job) throws in
            try ask { job.admin.alterTable(job.source, { $0["DURABILITY"] = "SKIP_WAL" }, $0) } as Void
            let columns = "k STRING, f ROW<v STRING>"
            let run = try job.start(columns: columns, select: "SELECT k, f FROM changes", target: columns)
            try job.until(run, "added") {
                let peers: [ReplicationPeerDescription] = try ask { job.admin.peers($0) }
                return peers.contains { $0.isEnabled && $0.config.tables.contains { $0.table == job.source } }
            }
            run.signal(SIGINT)
            let result = run.wait()
            #expect(result.errors.contains("has DURABILITY SKIP_WAL"), "\(result.errors)")
        }
    }

    /// C1: killed with a named peer, what was written meanwhile comes when it is back, and the copy is exact.
    @Test func C1_aKilledJobGoesOn() throws {
        try withJob { (job) throws in
            let f = utf8("f")
            let id = "c1_\(UInt32.random(in: 0 ... 99999))"
            func put(_ rows: Range<Int>, _ value: String) throws {
                try job.write { builder in
                    for row in rows {
                        builder.beginPut(key(row))
                        builder.cell(family: f, qualifier: utf8("v"), value: utf8(value))
                    }
                }
            }
            let columns = "k STRING, f ROW<v STRING>"
            let options =
                ", 'peer-id' = '\(id)', 'changelog.mode' = 'edits', 'scan.startup.mode' = 'earliest'"
            func start() throws -> ProgramRun {
                try job.start(columns: columns, select: "SELECT k, f FROM changes", target: columns, options)
            }
            let first = try start()
            try job.until(first, "added") {
                let peer: ReplicationPeerDescription? = try ask { job.admin.peer(id, $0) }
                return peer?.isEnabled ?? false
            }
            try put(0..<40, "one")
            try job.until(first, "copied") { try job.cells(job.target).count == 40 }
            try put(20..<60, "two")
            first.signal(SIGKILL)
            _ = first.wait()
            try put(40..<80, "three")
            let second = try start()
            try job.until(second, "copied") { try job.cells(job.target).count == 80 }
            try job.until(second, "equal") { try job.cells(job.target) == job.cells(job.source) }
            second.signal(SIGINT)
            let result = second.wait()
            #expect(
                result.errors.contains("keeps its logs for the replication peer \"\(id)\""),
                "\(result.errors)")
            try ask { job.admin.removePeer(id, $0) } as Void
        }
    }
}
