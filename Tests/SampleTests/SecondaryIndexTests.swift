import SluiceSQLite
import SluiceTestSupport
import Testing

/// The sample secondary-index, against its recorded output and against SQLite.
@Suite struct SecondaryIndexTests {
    @Test("C13, C15, H30: scores and index are those of each vehicle's last reading")
    func index() throws {
        let sample = try SampleFolder("secondary-index")
        try sample.checkRecorded(try sample.run())
        let database = try sample.database(json: ["readings"], csv: [])
        try database.execute(
            """
            CREATE TABLE last AS
            SELECT line ->> 'vehicle' AS vehicle, line ->> 'road' AS road, line ->> 'speed' AS speed,
                   line ->> 'low' AS low, line ->> 'high' AS high, max(rowid)
            FROM readings GROUP BY 1;
            CREATE TABLE judged AS
            SELECT *, CASE WHEN speed > high THEN 'fast' WHEN speed < low THEN 'slow' ELSE 'ok' END AS level,
                   max(speed - high, low - speed, 0) AS excess
            FROM last
            """)
        let entries = try sample.session.run(
            "SELECT entry, i.car.vehicle, i.car.speed, i.car.excess FROM by_level AS i ORDER BY entry")
        let expected = try SampleFolder.rows(
            database,
            """
            SELECT level || '/' || road || '/' || vehicle, vehicle, speed, excess FROM judged
            ORDER BY 1
            """, columns: 4)
        #expect(expected.count > 200)
        SampleFolder.expectEqual(try #require(entries.last).rows, expected, inexact: [])
        let scores = try sample.session.run(
            "SELECT vehicle, s.score.level, s.score.excess FROM scores AS s ORDER BY vehicle")
        let judged = try SampleFolder.rows(
            database, "SELECT vehicle, level, excess FROM judged ORDER BY vehicle", columns: 3)
        SampleFolder.expectEqual(try #require(scores.last).rows, judged, inexact: [])
    }

    @Test("H32: the scoring job into the family that it reads is refused")
    func loop() throws {
        let sample = try SampleFolder("secondary-index")
        _ = try sample.run()
        #expect(throws: (any Error).self) {
            try sample.session.run(
                "SET 'execution.runtime-mode' = 'streaming'; INSERT INTO traffic SELECT vehicle, seen FROM seen_changes"
            )
        }
    }
}
