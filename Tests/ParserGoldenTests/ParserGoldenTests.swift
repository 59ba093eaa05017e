import Foundation
import SluiceBase
import SluiceSyntax
import Testing

/// The normal form of every statement of a text, or its errors as people see them.
private func outcome(of text: String) -> String {
    let script = Parser.parseScript(text)
    if !script.errors.isEmpty {
        let rendered = DiagnosticRenderer().render(script.errors, source: SourceText(name: "sql", text: text))
        return String(rendered.dropLast())
    }
    return script.statements.map { SQLPrinter.text($0.statement) }.joined(separator: ";\n")
}

@Test("statements have the recorded normal form or the recorded error", arguments: GoldenFile.names())
func goldens(_ name: String) throws {
    var file = try GoldenFile(name)
    let records = ProcessInfo.processInfo.environment["SLUICE_RECORD"] == "1"
    var changed = false
    for index in file.cases.indices {
        let item = file.cases[index]
        let found = outcome(of: item.input)
        if found == item.expected { continue }
        changed = true
        file.cases[index].expected = found
        if !records {
            Issue.record(
                "\(name):\(item.line)\n\(item.input)\n---- expected\n\(item.expected)\n---- found\n\(found)")
        }
    }
    if records, changed {
        try file.write()
        Issue.record("\(name) was recorded; look at the difference and run again")
    }
}

@Test("the goldens hold at least two hundred rejected statements, each with a place")
func rejectedStatements() throws {
    var rejected = 0
    for name in GoldenFile.names() {
        for item in try GoldenFile(name).cases {
            let errors = Parser.parseScript(item.input).errors
            if errors.isEmpty { continue }
            rejected += 1
            for error in errors {
                let span = try #require(error.span, "\(item.input)")
                #expect(span.lower < span.upper && span.upper <= item.input.utf8.count, "\(item.input)")
            }
        }
    }
    #expect(rejected >= 200)
}
