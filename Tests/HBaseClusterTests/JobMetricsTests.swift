import SluiceBase
import SluiceHBaseFake
import SluiceTestSupport
import Testing

/// What SHOW tells of jobs that read and write a cluster, against the fake one.
@Suite(.serialized) struct JobMetricsTests {
    private let server: FakeHBaseServer
    private let scratch: ScratchHome
    private let session: ScriptSession

    init() throws {
        server = try FakeHBaseServer(regionServers: 2, seed: 9)
        scratch = try ScratchHome()
        session = try ScriptSession(scratch.home)
        _ = server.perform { cluster in
            let families = ["f", "c"].map { FakeFamily($0) }
            let splits = ["1", "2", "3"].map { Array($0.utf8) }
            cluster.createTable(FakeTableName("t"), families: families, splits: splits)
            return true
        }
        try session.run(
            """
            CREATE TABLE t (k STRING, f ROW<v STRING>, PRIMARY KEY (k) NOT ENFORCED) WITH (
              'connector' = 'hbase', 'table-name' = 't', 'zookeeper.quorum' = '\(server.layout.zooKeepers[0])',
              'sink.batch.max-size' = '50');
            CREATE TABLE s (n INT, proc AS PROCTIME()) WITH (
              'connector' = 'datagen', 'number-of-rows' = '4000', 'fields.n.kind' = 'sequence',
              'fields.n.start' = '0', 'fields.n.end' = '3999');
            CREATE TABLE o (n INT, v STRING) WITH ('connector' = 'blackhole')
            """)
    }

    private func column(_ answer: StatementAnswer, _ name: String) -> [String?] {
        guard let index = answer.columns.firstIndex(of: name) else { return [] }
        return answer.rows.map { $0[index] }
    }

    private func metric(_ answer: StatementAnswer, _ name: String) -> [Int64] {
        answer.rows.filter { $0[2] == name }.compactMap { $0[3].flatMap { Int64($0) } }
    }

    @Test("H24: a delayed region is named by SHOW HBASE REGIONS FOR JOB, and no other")
    func delayedRegion() throws {
        defer { server.stop() }
        _ = server.perform { cluster in
            cluster.faults.add("slow", on: "Multi", .always, .slow(nanos: 300_000_000)) { call in
                call.startKeys().contains(Array("2".utf8))
            }
            return true
        }
        try session.run(
            "INSERT INTO t SELECT CAST(n / 1000 AS STRING) || '-' || CAST(n AS STRING), ROW('v') FROM s")
        let regions = try session.run("SHOW HBASE REGIONS FOR JOB '1'")[0]
        #expect(column(regions, "start key") == ["", "1", "2", "3"])
        #expect(column(regions, "verdict") == [nil, nil, "slow", nil], "\(regions.rowLines)")
        #expect(column(regions, "writes") == ["1000", "1000", "1000", "1000"])
        #expect(column(regions, "share") == ["25.0 %", "25.0 %", "25.0 %", "25.0 %"])
        #expect((server.perform { $0.faults.fired("slow") } ?? 0) > 5)
        let jobs = try session.run("SHOW JOBS")[0]
        #expect(column(jobs, "status") == ["FINISHED"])
        #expect(throws: SQLError.self) { try session.run("SHOW HBASE REGIONS FOR JOB '7'") }
    }

    @Test("H24: look-ups and sinks show their counters under Flink's names")
    func counters() throws {
        defer { server.stop() }
        try session.run(
            """
            INSERT INTO t SELECT CAST(n AS STRING), ROW('v') FROM s;
            INSERT INTO o SELECT s.n, t.f.v
            FROM s JOIN t /*+ OPTIONS('lookup.cache' = 'PARTIAL', 'lookup.partial-cache.max-rows' = '7') */
              FOR SYSTEM_TIME AS OF s.proc ON CAST(MOD(s.n, 10) AS STRING) = t.k
            """)
        let written = try session.run("SHOW METRICS FOR JOB '1'")[0]
        #expect(metric(written, "numRecordsSend") == [4000])
        #expect((metric(written, "numBytesSend").first ?? 0) > 4000 * 4)
        #expect(metric(written, "numRecordsRetried") == [0])
        #expect(metric(written, "currentSendTime").count == 1)
        let read = try session.run("SHOW METRICS FOR JOB '2'")[0]
        #expect(metric(read, "numCachedRecord") == [7])
        let (hits, misses) = (metric(read, "hitCount"), metric(read, "missCount"))
        #expect((misses.first ?? 0) >= 10, "\(read.rowLines)")
        #expect(hits.count == 1 && metric(read, "numEvictions").first ?? 0 >= 3)
        #expect((metric(read, "loadCount").first ?? 0) >= 1 && metric(read, "numLoadFailures") == [0])
        #expect(metric(read, "latestLoadTime").count == 1)
        #expect((metric(read, "numCachedBytes").first ?? 0) > 0)
        #expect(Set(try session.run("SHOW METRICS")[0].rows.map { $0[0] }) == ["1", "2"])
    }
}
