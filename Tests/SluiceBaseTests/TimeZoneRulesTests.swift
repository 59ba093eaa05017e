import SluiceBase
import Testing

/// Seconds since 1970-01-01 00:00 on the clock that shows the given date and time.
private func seconds(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> Int64 {
    Int64(CivilDate.days(year: year, month: month, day: day)) * 86_400 + Int64(hour * 3600 + minute * 60)
}

@Suite("Time zones")
struct TimeZoneRulesTests {
    @Test("dates convert to days and back over many centuries")
    func civilDates() {
        #expect(CivilDate.days(year: 1970, month: 1, day: 1) == 0)
        #expect(CivilDate.days(year: 2000, month: 2, day: 29) == 11_016)
        for days in stride(from: -800_000, through: 3_000_000, by: 997) {
            #expect(CivilDate(days: days).days == days)
        }
    }

    @Test("offset ids need no database")
    func fixedOffsets() throws {
        let table = [
            ("UTC", 0), ("Z", 0), ("GMT+08:00", 28_800), ("UTC+8", 28_800), ("-03:30", -12_600),
            ("+0530", 19_800),
            ("GMT", 0),
        ]
        for (id, offset) in table {
            let zone = try TimeZoneRules(id: id)
            #expect(zone.offset(atUTC: 0) == offset)
            #expect(zone.offset(atLocal: 1_700_000_000) == offset)
        }
    }

    @Test(
        "ids that are no zone are refused",
        arguments: [
            "", "Nowhere/City", "../etc/passwd", "Europe/../../../etc/passwd", "/etc/passwd", "zone.tab",
            "UTC+99",
            "GMT+08:75", "right/UTC", "Europe",
        ])
    func unknownIDs(_ id: String) {
        #expect(throws: SQLError.self) { try TimeZoneRules(id: id) }
    }

    @Test("Berlin keeps summer time by the rule of the file far into the future")
    func berlin() throws {
        let zone = try TimeZoneRules(id: "Europe/Berlin")
        #expect(zone.offset(atUTC: seconds(2024, 1, 15)) == 3600)
        #expect(zone.offset(atUTC: seconds(2024, 7, 15)) == 7200)
        #expect(zone.offset(atUTC: seconds(2024, 3, 31, 0, 59)) == 3600)
        #expect(zone.offset(atUTC: seconds(2024, 3, 31, 1)) == 7200)
        #expect(zone.offset(atUTC: seconds(2100, 7, 1)) == 7200)
        #expect(zone.offset(atUTC: seconds(2999, 1, 1)) == 3600)
        #expect(zone.offset(atUTC: seconds(9999, 7, 1)) == 7200)
        #expect(zone.offset(atUTC: seconds(1945, 7, 1)) == 10_800)
    }

    @Test("a reading in a gap moves forward, one in an overlap is earlier or later as asked")
    func gapsAndOverlaps() throws {
        let zone = try TimeZoneRules(id: "America/New_York")
        #expect(zone.offset(atLocal: seconds(2024, 3, 10, 2, 30)) == -18_000)
        #expect(zone.offset(atLocal: seconds(2024, 3, 10, 3)) == -14_400)
        #expect(zone.offset(atLocal: seconds(2024, 3, 10, 2, 30), laterInOverlap: true) == -18_000)
        #expect(zone.offset(atLocal: seconds(2024, 11, 3, 1, 30)) == -14_400)
        #expect(zone.offset(atLocal: seconds(2024, 11, 3, 1, 30), laterInOverlap: true) == -18_000)
        #expect(zone.offset(atLocal: seconds(2024, 11, 3, 2)) == -18_000)
        #expect(zone.offset(atLocal: seconds(2500, 7, 1)) == -14_400)
    }
}
