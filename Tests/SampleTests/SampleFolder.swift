import SluiceBase
import SluiceSQLite
import SluiceTestSupport
import Testing

/// A sample with an HBase job: its script, its recorded output, and its data in SQLite.
final class SampleFolder {
    let files: CaseFiles
    let session: ScriptSession
    private let scratch: ScratchHome

    init(_ name: String) throws {
        files = CaseFiles(CaseFiles.packageRoot + "/x", "samples/" + name)
        scratch = try ScratchHome()
        session = try ScriptSession(scratch.home)
    }

    /// Runs the job; the answers of its queries. Its paths are made absolute, and no row may be late or left out.
    func run() throws -> [StatementAnswer] {
        let text = try files.read("job.sql")
        let answers = try session.run(
            text.replacing("'samples/", with: "'\(CaseFiles.packageRoot)/samples/"))
        #expect(answers.map(\.lateRows).reduce(0, +) == 0)
        #expect(answers.map(\.skippedRows).reduce(0, +) == 0)
        return answers.filter { !$0.types.isEmpty }
    }

    /// Holds the answers against `expected.out`, which is what `run.sh --format csv` prints.
    func checkRecorded(_ answers: [StatementAnswer]) throws {
        var found: [String] = []
        for answer in answers {
            for row in [answer.columns] + answer.rows {
                found.append(row.map { $0 ?? "" }.joined(separator: ","))
            }
        }
        let expected = (try? files.read("expected.out").split(separator: "\n").map(String.init)) ?? []
        if CaseFiles.records, found != expected {
            try files.write(found.joined(separator: "\n") + "\n", to: "expected.out")
            Issue.record("expected.out was recorded; look at the difference and run again")
        } else {
            #expect(found == expected)
        }
    }

    /// A database with the sample's data: a table of one column `line` for every JSON file, and of columns `c0`, `c1`, … for
    /// every CSV file, named as the files.
    func database(json: [String], csv: [String]) throws -> SQLiteDatabase {
        let database = try SQLiteDatabase(
            path: ":memory:",
            options: SQLiteOptions(errorCode: .internalError, role: "the check", durability: .normal))
        for name in json {
            try database.execute("CREATE TABLE \(name) (line TEXT)")
            try fill(database, name, try lines(name + ".jsonl").map { [$0] })
        }
        for name in csv {
            let rows = try lines(name + ".csv").map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            let width = rows.first?.count ?? 0
            let columns = (0..<width).map { "c\($0)" }.joined(separator: ", ")
            try database.execute("CREATE TABLE \(name) (\(columns))")
            try fill(database, name, rows)
        }
        return database
    }

    func lines(_ file: String) throws -> [String] {
        try files.read("data/" + file).split(separator: "\n").map(String.init)
    }

    private func fill(_ database: SQLiteDatabase, _ table: String, _ rows: [[String]]) throws {
        let marks = Array(repeating: "?", count: rows.first?.count ?? 1).joined(separator: ", ")
        let insert = try database.prepare("INSERT INTO \(table) VALUES (\(marks))")
        for row in rows {
            for (index, value) in row.enumerated() { try insert.bind(value, at: index + 1) }
            try insert.run()
            insert.reset()
        }
    }

    /// The rows of a query, as text.
    static func rows(_ database: SQLiteDatabase, _ sql: String, columns: Int) throws -> [[String?]] {
        let statement = try database.prepare(sql)
        var rows: [[String?]] = []
        while try statement.step() { rows.append((0..<columns).map { statement.stringOrNil($0) }) }
        return rows
    }

    /// Equal but for the last digits of floating point numbers in the columns `inexact`.
    static func expectEqual(_ found: [[String?]], _ expected: [[String?]], inexact: Set<Int>) {
        #expect(found.count == expected.count)
        for (ours, theirs) in zip(found, expected) {
            let isEqual = zip(ours, theirs).enumerated().allSatisfy { index, pair in
                guard inexact.contains(index), let left = pair.0.flatMap({ Double($0) }),
                    let right = pair.1.flatMap({ Double($0) })
                else { return pair.0 == pair.1 }
                return abs(left - right) <= 1e-9 * Swift.max(1, abs(right))
            }
            if !isEqual {
                Issue.record("\(ours) is \(theirs) in SQLite")
                return
            }
        }
    }
}
