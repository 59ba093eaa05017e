import SluiceBase
import SluiceSyntax
import SluiceTestSupport
import Testing

/// Statements that parse and are wrong, with the message that people see.
///
/// The first block of a file is its setup. A case is a statement, `----`, the message, `====`.
@Suite struct ErrorGoldenTests {
    private static let files = CaseFiles(#filePath)

    struct Item {
        var statement: String
        var expected: String
        /// From 1.
        var line: Int
    }

    struct GoldenFile {
        var setup: String
        var items: [Item] = []

        init(_ text: String) {
            setup = ""
            var part: [String] = []
            var statement = ""
            var line = 1
            for (index, next) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                switch next {
                case "====":
                    if line == 1 {
                        setup = part.joined(separator: "\n")
                    } else {
                        items.append(
                            Item(statement: statement, expected: part.joined(separator: "\n"), line: line))
                    }
                    part = []
                    line = index + 2
                case "----":
                    statement = part.joined(separator: "\n")
                    part = []
                default: part.append(String(next))
                }
            }
        }

        var text: String {
            items.reduce(setup + "\n====\n") { $0 + "\($1.statement)\n----\n\($1.expected)\n====\n" }
        }
    }

    @Test("wrong statements have the recorded message", arguments: files.names(".txt"))
    func messages(_ name: String) throws {
        var file = GoldenFile(try Self.files.read(name))
        let scratch = try ScratchHome()
        let session = try ScriptSession(
            scratch.home, isStored: true, connectors: [MemoryTables()],
            settings: [("table.local-time-zone", "UTC")])
        session.timeoutMillis = 2000
        try session.run(file.setup)
        var changed = false
        for index in file.items.indices {
            let item = file.items[index]
            let found = Self.message(item.statement, session)
            if found == item.expected { continue }
            file.items[index].expected = found
            changed = true
            if !CaseFiles.records {
                Issue.record(
                    "\(name):\(item.line)\n\(item.statement)\n---- expected\n\(item.expected)\n---- found\n\(found)"
                )
            }
        }
        if CaseFiles.records, changed {
            try Self.files.write(file.text, to: name)
            Issue.record("\(name) was recorded; look at the difference and run again")
        }
    }

    @Test("there are many cases, all different, and each shows its place in the statement")
    func count() throws {
        var statements: Set<String> = []
        var count = 0
        for name in Self.files.names(".txt") {
            for item in GoldenFile(try Self.files.read(name)).items {
                count += 1
                statements.insert(item.statement)
                #expect(item.expected.hasPrefix("error[SLC-"), "\(name):\(item.line)")
                #expect(item.expected.contains("--> sql:"), "\(name):\(item.line)")
            }
        }
        #expect(count >= 500)
        #expect(statements.count == count)
    }

    private static func message(_ text: String, _ session: ScriptSession) -> String {
        let source = SourceText(name: "sql", text: text)
        do throws(SQLError) {
            let answers = try session.run(text)
            return "no error: \(answers.last?.rowLines ?? [])"
        } catch {
            return String(DiagnosticRenderer().render(error, source: source).dropLast())
        }
    }
}
