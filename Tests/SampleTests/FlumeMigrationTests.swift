import SluiceTestSupport
import Testing

/// The sample flume-migration, against its recorded output and against the events as Swift takes them apart.
@Suite struct FlumeMigrationTests {
    /// An event; its file has one form only, so the quotes are where its fields begin and end.
    private struct Event {
        var headers: [String: String] = [:]
        var body = ""

        init(_ line: String) {
            let parts = line.split(separator: "\"", omittingEmptySubsequences: false).map(String.init)
            var names: [String] = []
            for index in stride(from: 1, to: parts.count, by: 2) { names.append(parts[index]) }
            // headers, then names and values, then body and its text.
            body = names.last ?? ""
            for index in stride(from: 1, to: names.count - 2, by: 2) {
                headers[names[index]] = names[index + 1]
            }
        }
    }

    private let sample: SampleFolder
    private let events: [Event]
    private let answers: [StatementAnswer]

    init() throws {
        sample = try SampleFolder("flume-migration")
        events = try sample.lines("events.jsonl").map { Event($0) }
        answers = try sample.run()
        // A time that is written cannot be read as a column.
        try sample.session.run(
            "CREATE TABLE kept_events (id STRING, cf ROW<pCol STRING>) "
                + "WITH ('connector' = 'hbase', 'table-name' = 'sample_raw_events')")
    }

    private func rows(_ sql: String) throws -> [[String?]] {
        try #require(try sample.session.run(sql).last).rows
    }

    @Test("the output is the recorded one")
    func recorded() throws { try sample.checkRecorded(answers) }

    @Test("H13: every event is kept with its body and time, and counted once")
    func simple() throws {
        let found = try rows("SELECT id, r.cf.pCol FROM kept_events AS r ORDER BY id")
        let expected = events.map { ["default" + ($0.headers["id"] ?? ""), $0.body] }.sorted { $0[0] < $1[0] }
        #expect(events.count == 1500)
        #expect(found == expected)
        var counts = ["totalEvents": events.count]
        for event in events { counts["type/" + (event.headers["type"] ?? ""), default: 0] += 1 }
        let counters = try rows("SELECT id, c.cf.eventCount FROM counters AS c ORDER BY id")
        #expect(counters == counts.sorted { $0.key < $1.key }.map { [$0.key, String($0.value)] })
    }

    @Test("a log line is cut into its columns, a broken one is left out")
    func regular() throws {
        let found = try rows(
            """
            SELECT id, a.cf.client, a.cf.verb, a.cf.path, a.cf.status, a.cf.size, a.headers.host
            FROM access_log AS a ORDER BY id
            """)
        let lines = events.filter { $0.headers["type"] == "access" }
        let whole = lines.filter { $0.body.split(separator: " ").count == 5 }
        #expect(whole.count < lines.count)
        let expected = whole.map { event in
            [event.headers["id"] ?? ""] + event.body.split(separator: " ").map(String.init)
                + [event.headers["host"] ?? ""]
        }.sorted { $0[0] < $1[0] }
        #expect(found == expected)
    }

    @Test("H16, H17, H18: a charge is split into its columns under the key of its header")
    func splitting() throws {
        let found = try rows(
            "SELECT rowKey, c.cf.charges, c.cf.`date`, c.cf.priority FROM charges AS c ORDER BY rowKey")
        let expected = events.filter { $0.headers["type"] == "charge" }.map { event in
            [event.headers["rowKey"] ?? ""] + event.body.split(separator: ",").map(String.init)
        }.sorted { $0[0] < $1[0] }
        #expect(found == expected)
    }

    @Test("what is sent again changes no row but counts again, unless nothing is counted")
    func replay() throws {
        let before = try rows("SELECT COUNT(*) FROM kept_events")
        try sample.session.run(
            "INSERT INTO raw_events SELECT 'default' || headers.id, ROW(body), "
                + "TO_TIMESTAMP_LTZ(CAST(headers.`timestamp` AS BIGINT), 3) FROM flume_events")
        #expect(try rows("SELECT COUNT(*) FROM kept_events") == before)
        try sample.session.run(
            "INSERT INTO counters SELECT 'totalEvents', ROW(CAST(1 AS BIGINT)) FROM flume_events")
        #expect(
            try rows("SELECT c.cf.eventCount FROM counters AS c WHERE id = 'totalEvents'") == [
                ["\(2 * events.count)"]
            ])
    }
}
