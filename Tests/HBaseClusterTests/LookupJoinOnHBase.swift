import SluiceBase
import SluiceHBaseClient
import SluiceNet
import SluiceTestSupport
import Testing

/// A million rows enriched from a real cluster, in SQL.
extension RealHBaseTests {
    @Test func aMillionRowsAreJoinedWithATable() throws {
        let cluster = try RealHBase.cluster()
        let client = try cluster.client()
        defer { client.close() }
        let admin = client.admin(seed: UInt64.random(in: 0 ... .max))
        let table = HBaseTable(name: "dimension\(UInt32.random(in: 0 ... 99999))")
        let schema = TableSchema(table: table, families: [FamilySchema("f")])
        let splits = (1..<8).map { utf8("k\($0)") }
        try ask { admin.createTable(schema, splitKeys: splits, $0) } as Void
        let rows = 80_000
        try fillDimension(client, table, rows)

        let quorum = cluster.quorum.map(\.description).joined(separator: ",")
        let scratch = try ScratchHome()
        let session = try ScriptSession(
            scratch.home, settings: [("execution.runtime-mode", "batch"), ("table.local-time-zone", "UTC")])
        session.timeoutMillis = 300_000
        let answers = try session.run(
            """
            CREATE TABLE probes (id BIGINT, pt AS PROCTIME()) WITH (
              'connector' = 'datagen', 'number-of-rows' = '1000000', 'rows-per-second' = '1000000000',
              'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '999999');
            CREATE TABLE dimension (k STRING, f ROW<v BIGINT>, PRIMARY KEY (k) NOT ENFORCED) WITH (
              'connector' = 'hbase', 'table-name' = '\(table.name)', 'zookeeper.quorum' = '\(quorum)',
              'zookeeper.znode.parent' = '\(cluster.parent)');
            SELECT COUNT(*), COUNT(d.f.v), SUM(d.f.v) FROM (
              SELECT CONCAT('k', REVERSE(CAST(MOD(id * 7919, 100000) AS STRING))) AS k, pt FROM probes
            ) AS p LEFT JOIN dimension FOR SYSTEM_TIME AS OF p.pt AS d ON p.k = d.k;
            """)
        // Each of the numbers 0 to 99999 is asked for ten times; those below 80000 are there.
        let sum = 10 * (0..<rows).reduce(0) { $0 + $1 * 3 }
        #expect(answers.last?.rows == [["1000000", "\(10 * rows)", "\(sum)"]])
        try drop(admin, table)
    }

    /// Row `k` and the digits of n backwards holds 3 n.
    private func fillDimension(_ client: HBaseClient, _ table: HBaseTable, _ rows: Int) throws {
        let column = PreparedColumn(family: utf8("f"), qualifier: utf8("v"))
        for start in stride(from: 0, to: rows, by: 8000) {
            var builder = MutationBatchBuilder(table: table)
            for number in start..<min(start + 8000, rows) {
                builder.beginPut(utf8("k" + String(String(number).reversed())))
                withUnsafeBytes(of: Int64(number * 3).bigEndian) { builder.cell(column, value: $0) }
            }
            let results: MutationResults = try wait { client.mutate(builder.finish(), $0) }
            if let error = results.firstError { throw error }
        }
    }
}
