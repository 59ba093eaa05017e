import SluiceBase
import SluiceTestSupport
import Testing

/// Bounded statements with the rows or the error they must give; one file is one case.
@Suite struct SQLLogicTests {
    private static let files = CaseFiles(#filePath)

    @Test("statements give the rows or errors that their file says", arguments: files.names(".slt"))
    func logic(_ name: String) throws {
        var file = try LogicFile(try Self.files.read(name), name: name)
        let scratch = try ScratchHome()
        let session = try ScriptSession(
            scratch.home, isStored: true,
            settings: [("execution.runtime-mode", "batch"), ("table.local-time-zone", "UTC")])
        var changed = false
        for index in file.records.indices {
            let record = file.records[index]
            let statement = record.statement.replacing("@HOME@", with: scratch.path)
            let found = Self.outcome(statement, record.expectation, session).map { rows in
                rows.map { $0.replacing(scratch.path, with: "@HOME@") }
            }
            guard let problem = Self.compare(found, record) else { continue }
            if CaseFiles.records, case .query = record.expectation, case .success(let rows) = found {
                file.records[index].rows = rows
                changed = true
            } else {
                Issue.record("\(name):\(record.line)\n\(record.statement)\n\(problem)")
            }
        }
        if changed {
            try Self.files.write(file.text, to: name)
            Issue.record("\(name) was recorded; look at the difference and run again")
        }
    }

    @Test("the files hold a good number of queries")
    func size() throws {
        var queries = 0
        for name in Self.files.names(".slt") {
            for record in try LogicFile(try Self.files.read(name), name: name).records {
                if case .query = record.expectation { queries += 1 }
            }
        }
        #expect(queries >= 250)
    }

    private static func outcome(
        _ statement: String, _ expectation: LogicFile.Expectation, _ session: ScriptSession
    ) -> Result<[String], SQLError> {
        do throws(SQLError) {
            let answer = try session.run(statement).last
            var rows = answer?.rowLines ?? []
            guard case .query(let isOrdered, let showsTypes) = expectation else { return .success(rows) }
            if !isOrdered { rows.sort() }
            if showsTypes { rows.insert(answer?.types.joined(separator: "|") ?? "", at: 0) }
            return .success(rows)
        } catch {
            return .failure(error)
        }
    }

    /// nil: as expected.
    private static func compare(_ found: Result<[String], SQLError>, _ record: LogicFile.Record) -> String? {
        switch (record.expectation, found) {
        case (.ok, .success): return nil
        case (.error(let code), .success): return "expected an error \(code), and it worked"
        case (.error(let code), .failure(let error)):
            return "\(error.code)" == code
                ? nil : "expected an error \(code), found \(error.code): \(error.message)"
        case (_, .failure(let error)):
            return "\(error.code): \(error.message)" + (error.hint.map { "\n\($0)" } ?? "")
        case (.query(let isOrdered, let showsTypes), .success(let rows)):
            var expected = record.rows
            if !isOrdered {
                expected =
                    expected.prefix(showsTypes ? 1 : 0) + expected.dropFirst(showsTypes ? 1 : 0).sorted()
            }
            if rows == expected { return nil }
            return
                "---- expected\n\(expected.joined(separator: "\n"))\n---- found\n\(rows.joined(separator: "\n"))"
        }
    }
}
