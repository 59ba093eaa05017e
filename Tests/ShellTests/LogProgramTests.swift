import Glibc
import SluiceTestSupport
import Testing

/// Two programs and a log between them.
@Suite(.serialized) struct LogProgramTests {
    let folder = TemporaryFolder()

    private static let table = """
        CREATE TEMPORARY TABLE q (id BIGINT, s STRING, pos BIGINT METADATA FROM 'offset' VIRTUAL)
          WITH ('connector' = 'log', 'topic' = 'queue', 'format' = 'json');

        """

    private static let writer = """
        CREATE TEMPORARY TABLE made (id BIGINT, s STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '2000',
          'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000000000',
          'fields.s.length' = '50');

        """ + table + "INSERT INTO q SELECT id, s FROM made;"

    private func run(_ arguments: String...) throws -> Program.Result {
        try ProgramRun(arguments, in: folder).wait()
    }

    /// Lines of `id,length,offset`, whole ones.
    private func rows(_ output: String) -> [[Int]] {
        output.split(separator: "\n").dropFirst().map { line in
            line.split(separator: ",").compactMap { Int($0) }
        }
        .filter { $0.count == 3 }
    }

    @Test("H20 a job follows another's log, over a kill -9 of the writer, without gap, double or torn row")
    func killedWriter() throws {
        let follower = try ProgramRun(
            ["--format", "csv", "-c", Self.table + "SELECT id, CHAR_LENGTH(s), pos FROM q"], in: folder)
        defer { follower.signal(SIGKILL) }
        var count = 0
        for round in 1...3 {
            let writer = try ProgramRun(["-c", Self.writer], in: folder)
            let target = round * 1500
            for _ in 0..<1500 where count < target {
                usleep(20_000)
                count = rows(follower.output).count
            }
            writer.signal(SIGKILL)
            #expect(writer.wait().status == 128 + SIGKILL)
            #expect(count >= target, "round \(round)")
        }
        usleep(300_000)
        let all = rows(follower.output)
        #expect(all.map { $0[2] } == Array(0..<all.count))
        #expect(all.allSatisfy { $0[1] == 50 })
        // Each writer began with 1 and left no number out.
        var starts = 0
        for (number, row) in all.enumerated() {
            if row[0] == 1 {
                starts += 1
            } else if number > 0 {
                #expect(row[0] == all[number - 1][0] + 1)
            }
        }
        #expect(starts == 3)
        follower.signal(SIGKILL)
        _ = follower.wait()
        let again = try run(
            "--format", "csv", "-c",
            Self.table + "SELECT COUNT(*) AS n FROM q /*+ OPTIONS('scan.bounded.mode' = 'latest-offset') */",
            "--result-mode", "table")
        #expect(again.output.contains("\(all.count)") || again.output.split(separator: "\n").count > 1)
    }

    @Test("H20 the verbs of sluice log")
    func verbs() throws {
        #expect(try run("log", "ls").output == "0 topic(s)\n")
        let appended = try run("log", "append", "orders", "{\"id\":1}", "{\"id\":2}", "--key", "k")
        #expect(appended.output == "2 record(s) appended to partition 0 from offset 0 on\n")
        #expect(try run("log", "read", "orders").output == "0:0  k  {\"id\":1}\n0:1  k  {\"id\":2}\n")
        let json = try run("log", "read", "orders", "--from", "1", "--json").output
        #expect(json.hasPrefix("{\"partition\":0,\"offset\":1,\"timestamp\":"))
        #expect(json.hasSuffix(",\"key\":\"k\",\"value\":\"{\\\"id\\\":2}\"}\n"))
        let query = """
            CREATE TEMPORARY TABLE o (id INT) WITH ('connector' = 'log', 'topic' = 'orders', 'format' = 'json',
              'scan.bounded.mode' = 'latest-offset', 'properties.group.id' = 'g');
            SELECT id FROM o
            """
        #expect(try run("-c", query, "--format", "csv").output == "id\n1\n2\n")
        #expect(try run("log", "groups", "orders").output == "g  partition 0  position 2  behind 0\n")
        #expect(
            try run("log", "trim", "orders", "--before", "1").output == "partition 0 begins with offset 1\n")
        #expect(
            try run("log", "describe", "orders").output.hasSuffix(
                "partition 0  first offset 1  next offset 2\n"))
        #expect(
            try run("log", "ls", "--json").output == "{\"topic\":\"orders\",\"partitions\":1,\"records\":1}\n"
        )
        let wrong = try run("log", "read", "order")
        #expect(wrong.status == 5 && wrong.errors.contains("did you mean \"orders\"?"))
        #expect(try run("log", "read", "orders", "-p", "3").status == 5)
    }
}
