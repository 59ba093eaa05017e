import SluiceSQLite
import SluiceTestSupport
import Testing

/// The sample iot-sensors, against its recorded output and against SQLite.
@Suite struct IotSensorsTests {
    private static let located = """
        WITH r AS (
          SELECT line ->> 'sensor' AS sensor, line ->> 'celsius' AS celsius, line ->> 'humidity' AS humidity,
                 CAST(strftime('%s', line ->> 'at') AS INTEGER) / 300 * 300 AS start, c1 AS place,
                 CAST(c2 AS INTEGER) / 100.0 AS hot_above
          FROM readings JOIN devices ON c0 = line ->> 'sensor')
        """

    @Test("every window of every sensor is the one that SQLite computes")
    func windows() throws {
        let sample = try SampleFolder("iot-sensors")
        try sample.checkRecorded(try sample.run())
        let answer = try sample.session.run(
            """
            SELECT id, m.quality.readings, m.quality.hot, m.quality.without_humidity, m.celsius.low, m.celsius.high,
                   m.celsius.mean, m.humidity.mean
            FROM climate AS m ORDER BY id
            """)
        let found = try #require(answer.last).rows
        let database = try sample.database(json: ["readings"], csv: ["devices"])
        let expected = try SampleFolder.rows(
            database,
            Self.located + """
                SELECT sensor || '/' || strftime('%Y-%m-%d %H:%M', start, 'unixepoch'), count(*),
                       sum(celsius > hot_above), count(*) - count(humidity), min(celsius), max(celsius), avg(celsius),
                       avg(humidity)
                FROM r GROUP BY sensor, start ORDER BY 1
                """, columns: 8)
        #expect(expected.count == 120)
        SampleFolder.expectEqual(found, expected, inexact: [4, 5, 6, 7])
    }

    @Test("the counters of the places add up to all readings, and double when the job runs again")
    func counters() throws {
        let sample = try SampleFolder("iot-sensors")
        let answers = try sample.run()
        let database = try sample.database(json: ["readings"], csv: ["devices"])
        let expected = try SampleFolder.rows(
            database,
            Self.located
                + "SELECT place, count(*), sum(celsius > hot_above) FROM r GROUP BY place ORDER BY place",
            columns: 3)
        #expect(try #require(answers.last).rows == expected)
        try sample.session.run("INSERT INTO places SELECT place, ROW(readings, hot) FROM windows")
        let again = try sample.session.run(
            "SELECT p.place, p.total.readings, p.total.hot FROM places AS p ORDER BY place")
        let doubled = expected.map { row in
            [row[0]] + row.dropFirst().map { $0.flatMap { Int($0) }.map { String(2 * $0) } }
        }
        #expect(try #require(again.last).rows == doubled)
    }
}
