import SluiceBase
import SluiceShell
import SluiceTestSupport
import Testing

/// The samples with parameters and without an end.
@Suite struct JobFileTests {
    private static func script(_ sample: String, _ values: [(key: String, value: String)] = []) throws
        -> String
    {
        let folder = CaseFiles(CaseFiles.packageRoot + "/x", "samples/" + sample)
        let read = try ScriptReader.read(
            name: "job.sql", text: try folder.read("job.sql"), folder: folder.folder,
            on: SystemDisk(), values: ParameterValues(commandLine: values), isStrict: true)
        return read.script.text.replacing("'samples/", with: "'\(CaseFiles.packageRoot)/samples/")
    }

    private static func rows(_ script: String) throws -> [[String?]] {
        let scratch = try ScratchHome()
        let session = try ScriptSession(scratch.home, settings: [("table.local-time-zone", "UTC")])
        return try #require(try session.run(script).last).rows
    }

    @Test("the parameters sample runs with its defaults")
    func defaults() throws {
        let rows = try Self.rows(try Self.script("parameters"))
        #expect(rows.count == 4)
        #expect(rows.first == ["UA468", "MCO", "2013-01-02 14:12:00.000", "334"])
    }

    @Test("the parameters sample takes other values, and quotes in them do no harm")
    func values() throws {
        let rows = try Self.rows(
            try Self.script("parameters", [("carrier", "DL"), ("origin", "JFK"), ("min_delay", "120")]))
        #expect(rows.count == 2)
        for row in rows {
            let delay = try #require(row[3].flatMap { Int($0) })
            #expect(delay >= 120)
            #expect(row[0]?.hasPrefix("DL") == true)
        }
        #expect(try Self.rows(try Self.script("parameters", [("carrier", "x' OR 'a' = 'a")])).isEmpty)
    }

    @Test("a parameter's value must have its type")
    func wrongType() throws {
        #expect(throws: ScriptError.self) { try Self.script("parameters", [("min_delay", "soon")]) }
    }

    @Test("the endless sample gives rows for every region until it is stopped")
    func endless() throws {
        let scratch = try ScratchHome()
        let session = try ScriptSession(scratch.home, settings: [("table.local-time-zone", "UTC")])
        session.enoughRows = 4
        let answer = try #require(try session.run(try Self.script("endless")).last)
        #expect(answer.columns == ["window_start", "region", "orders", "revenue"])
        #expect(Set(answer.rows.map { $0[1] }).isSuperset(of: ["1", "2", "3", "4"]))
        for row in answer.rows { #expect((row[2].flatMap { Int($0) } ?? 0) > 0) }
    }
}
