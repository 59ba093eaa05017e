import SluiceSQLite
import SluiceTestSupport
import Testing

/// The sample user-profiles, against its recorded output and against SQLite.
@Suite struct UserProfilesTests {
    @Test("every half hour of a country and tier is the one that SQLite computes")
    func activity() throws {
        let sample = try SampleFolder("user-profiles")
        try sample.checkRecorded(try sample.run())
        let answer = try sample.session.run(
            """
            SELECT id, a.grp.country, a.grp.tier, a.grp.half_hour, a.stats.events, a.stats.users, a.stats.checkouts,
                   a.stats.mean_millis
            FROM activity AS a ORDER BY id
            """)
        let found = try #require(answer.last).rows
        let database = try sample.database(json: ["events"], csv: ["profiles"])
        let expected = try SampleFolder.rows(
            database,
            """
            WITH e AS (
              SELECT line ->> 'user' AS user, line ->> 'page' AS page, line ->> 'millis' AS millis,
                     strftime('%Y-%m-%d %H:', line ->> 'at')
                       || CASE WHEN strftime('%M', line ->> 'at') < '30' THEN '00' ELSE '30' END AS half
              FROM events),
            j AS (SELECT e.*, coalesce(c2, 'unknown') AS country, coalesce(c4, 'guest') AS tier
                  FROM e LEFT JOIN profiles ON c0 = user)
            SELECT country || '/' || tier || '/' || half, country, tier, half || ':00.000', count(*), count(DISTINCT user),
                   sum(page = '/checkout'), avg(millis)
            FROM j GROUP BY country, tier, half ORDER BY 1
            """, columns: 8)
        #expect(found.count > 100)
        SampleFolder.expectEqual(found, expected, inexact: [7])
    }

    @Test("a profile without a birth year has no cell for it")
    func missingCell() throws {
        let sample = try SampleFolder("user-profiles")
        _ = try sample.run()
        let answer = try sample.session.run(
            "SELECT COUNT(*), COUNT(p.info.born), COUNT(p.info.name) FROM profiles AS p")
        let lines = try sample.lines("profiles.csv")
        let known = lines.filter { !$0.split(separator: ",", omittingEmptySubsequences: false)[3].isEmpty }
        #expect(known.count < lines.count)
        #expect(try #require(answer.last).rows == [["\(lines.count)", "\(known.count)", "\(lines.count)"]])
    }
}
