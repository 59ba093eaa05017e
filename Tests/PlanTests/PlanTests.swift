import SluiceBase
import SluiceTestSupport
import Testing

/// EXPLAIN of statements; one file is one case.
///
/// Blocks: `--- setup` (statements), `--- explain` (an EXPLAIN statement), `--- expect` (its text).
@Suite struct PlanTests {
    private static let files = CaseFiles(#filePath)

    @Test("statements have the recorded plan", arguments: files.names(".plan"))
    func plans(_ name: String) throws {
        var file = BlockFile(try Self.files.read(name))
        let scratch = try ScratchHome()
        let session = try ScriptSession(scratch.home, settings: [("table.local-time-zone", "UTC")])
        var statement = ""
        var changed = false
        var count = 0
        for index in file.blocks.indices {
            let block = file.blocks[index]
            switch block.kind {
            case "setup": try session.run(block.text)
            case "explain": statement = block.text
            case "expect":
                count += 1
                let found = Self.explain(statement, session)
                if found == block.text { continue }
                if CaseFiles.records {
                    file.blocks[index].lines = found.split(separator: "\n", omittingEmptySubsequences: false)
                        .map(String.init)
                    changed = true
                } else {
                    Issue.record(
                        "\(name):\(block.line)\n\(statement)\n---- expected\n\(block.text)\n---- found\n\(found)"
                    )
                }
            default: Issue.record("\(name):\(block.line): \"\(block.kind)\" is no block")
            }
        }
        #expect(count > 0)
        if changed {
            try Self.files.write(file.text, to: name)
            Issue.record("\(name) was recorded; look at the difference and run again")
        }
    }

    private static func explain(_ statement: String, _ session: ScriptSession) -> String {
        do throws(SQLError) {
            let answer = try session.run(statement).last
            return (answer?.changes.first?.values.first ?? nil) ?? ""
        } catch {
            return "\(error.code): \(error.message)"
        }
    }
}
