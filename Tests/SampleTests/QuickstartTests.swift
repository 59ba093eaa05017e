import SluiceBase
import SluiceSQLite
import SluiceTestSupport
import Testing

/// The quickstart, against its recorded output and against SQLite.
@Suite struct QuickstartTests {
    private static let files = CaseFiles(CaseFiles.packageRoot + "/x", "samples/quickstart")

    private let scratch: ScratchHome
    private let session: ScriptSession

    init() throws {
        scratch = try ScratchHome()
        session = try ScriptSession(scratch.home)
    }

    /// The script's answers; its paths are made absolute, as tests have no folder of their own to run in.
    private func run() throws -> [StatementAnswer] {
        let text = try Self.files.read("job.sql")
        return try session.run(text.replacing("'samples/", with: "'\(CaseFiles.packageRoot)/samples/"))
    }

    @Test("the quickstart prints what samples/quickstart/expected.out holds and drops no row")
    func recorded() throws {
        let answers = try run()
        #expect(answers.map(\.lateRows).reduce(0, +) == 0)
        let last = try #require(answers.last)
        let found = ([last.columns] + last.rows).map { Self.csv($0.map { $0 ?? "" }) }
        let expected = try Self.files.read("expected.out").split(separator: "\n").map(String.init)
        if CaseFiles.records, found != expected {
            try Self.files.write(found.joined(separator: "\n") + "\n", to: "expected.out")
            Issue.record("expected.out was recorded; look at the difference and run again")
        } else {
            #expect(found == expected)
        }
    }

    private static func csv(_ cells: [String]) -> String {
        cells.map { cell in
            let isQuoted = cell.contains { $0 == "," || $0 == "\"" }
            return isQuoted ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
        }.joined(separator: ",")
    }

    @Test("every hour of the quickstart's result is the one that SQLite computes from the same files")
    func independent() throws {
        _ = try run()
        let answer = try session.run(
            """
            SELECT id, h.stats.window_start, h.stats.airline, h.stats.manufacturer, h.stats.departures,
                   h.stats.mean_delay, h.stats.worst_delay
            FROM hourly AS h
            """)
        let rows = try #require(answer.last).rows
        let found = try rows.map { try Hour($0) }.sorted { $0.id < $1.id }
        let expected = try Self.computeWithSQLite().sorted { $0.id < $1.id }
        #expect(found.count == expected.count)
        #expect(found.count > 1000)
        for (ours, theirs) in zip(found, expected) where ours != theirs {
            Issue.record("\(ours) is \(theirs) in SQLite")
            break
        }
    }

    /// A row of the table `hourly`.
    struct Hour: Equatable {
        var id: String
        var start: String
        var airline: String
        var manufacturer: String?
        var departures: Int
        /// Of all delays, in thousandths.
        var mean: Int?
        var worst: Int?

        init(_ cells: [String?]) throws {
            id = cells[0] ?? ""
            start = cells[1] ?? ""
            airline = cells[2] ?? ""
            manufacturer = cells[3]
            departures = Int(cells[4] ?? "") ?? -1
            mean = cells[5].flatMap { Double($0) }.map { Int(($0 * 1000).rounded()) }
            worst = cells[6].flatMap { Int($0) }
        }
    }

    private static func computeWithSQLite() throws -> [Hour] {
        let database = try SQLiteDatabase(
            path: ":memory:",
            options: SQLiteOptions(errorCode: .internalError, role: "the check", durability: .normal))
        try database.execute(
            """
            CREATE TABLE departures (line TEXT);
            CREATE TABLE airlines (carrier TEXT PRIMARY KEY, name TEXT);
            CREATE TABLE planes (tailnum TEXT PRIMARY KEY, manufacturer TEXT);
            """)
        try fill(database, "INSERT INTO departures VALUES (?)", "departures.jsonl") { [$0] }
        try fill(database, "INSERT OR REPLACE INTO airlines VALUES (?, ?)", "airlines.csv") { line in
            let fields = csvFields(line)
            return [fields[0], fields[1]]
        }
        try fill(database, "INSERT OR REPLACE INTO planes VALUES (?, ?)", "planes.csv") { line in
            let fields = csvFields(line)
            return [fields[0], fields[3]]
        }
        let statement = try database.prepare(
            """
            SELECT strftime('%Y-%m-%d %H', d.line ->> 'departed') || '/' || a.name || '/' || coalesce(p.manufacturer, 'unknown'),
                   strftime('%Y-%m-%d %H:00:00.000', d.line ->> 'departed'), a.name, p.manufacturer, count(*),
                   avg(d.line ->> 'dep_delay'), max(d.line ->> 'dep_delay')
            FROM departures AS d
            JOIN airlines AS a ON a.carrier = d.line ->> 'carrier'
            LEFT JOIN planes AS p ON p.tailnum = d.line ->> 'tailnum'
            GROUP BY 1, 2, 3, 4
            """)
        var hours: [Hour] = []
        while try statement.step() {
            var cells: [String?] = (0..<5).map { statement.stringOrNil($0) }
            cells.append(statement.isNull(5) ? nil : "\(statement.double(5))")
            cells.append(statement.stringOrNil(6))
            hours.append(try Hour(cells))
        }
        return hours
    }

    private static func fill(
        _ database: SQLiteDatabase, _ sql: String, _ file: String, _ fields: (String) -> [String]
    ) throws {
        let insert = try database.prepare(sql)
        for line in try files.read("data/" + file).split(whereSeparator: \.isNewline) {
            for (index, field) in fields(String(line)).enumerated() { try insert.bind(field, at: index + 1) }
            try insert.run()
            insert.reset()
        }
    }

    /// The fields of a line without quotes inside quotes.
    private static func csvFields(_ line: String) -> [String] {
        var fields = [""]
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                fields.append("")
            } else {
                fields[fields.count - 1].append(character)
            }
        }
        return fields
    }
}
