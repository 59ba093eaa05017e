import SluiceBase
import SluiceTestSupport
import Testing

/// Streams with the changelog they must give; one file is one case.
///
/// The changelog and the late rows are compared with one worker and every batch size. With more workers the order of
/// rows between keys is not defined, so only the rows in the end are compared; queries that drop late rows run with one
/// worker only.
@Suite struct StreamTests {
    private static let files = CaseFiles(#filePath)

    struct Variant: CustomStringConvertible {
        var parallelism: Int
        var batchRows: Int
        var description: String { "parallelism \(parallelism), batches of \(batchRows)" }
    }

    private static let variants: [Variant] =
        [1024, 7, 1].map { Variant(parallelism: 1, batchRows: $0) }
        + [2, 3].flatMap { parallelism in
            [1, 7, 1024].map { Variant(parallelism: parallelism, batchRows: $0) }
        }

    @Test("streams give the changelog that their file says", arguments: files.names(".stream"))
    func stream(_ name: String) throws {
        var file = try StreamFile(try Self.files.read(name), name: name)
        var changed = false
        for (number, query) in file.queries.enumerated() {
            let line = file.blocks.blocks[query.checks[0].block].line
            var folded: [String]?
            for variant in Self.variants where variant.parallelism == 1 || !query.dropsLateRows {
                let answer: StatementAnswer
                do {
                    answer = try Self.run(file, number, variant)
                } catch {
                    Issue.record("\(name):\(line) with \(variant)\n\(query.text)\n\(error)")
                    break
                }
                let rows = answer.rowLines.sorted()
                if let folded, folded != rows {
                    Issue.record(
                        "\(name):\(line) with \(variant)\n---- straight\n\(Self.text(folded))\n---- found\n\(Self.text(rows))"
                    )
                }
                if folded == nil { folded = rows }
                guard variant.parallelism == 1 else { continue }
                for item in query.checks {
                    let expected = file.blocks.blocks[item.block].lines
                    guard let found = Self.difference(answer, item.check, expected) else { continue }
                    if CaseFiles.records, !found.isEmpty, variant.batchRows == 1024 {
                        file.blocks.blocks[item.block].lines = found
                        changed = true
                    } else {
                        Issue.record(
                            """
                            \(name):\(file.blocks.blocks[item.block].line) with \(variant)
                            ---- expected
                            \(Self.text(expected))
                            ---- found
                            \(Self.text(found)) (late: \(answer.lateRows))
                            """)
                    }
                }
            }
        }
        if changed {
            try Self.files.write(file.blocks.text, to: name)
            Issue.record("\(name) was recorded; look at the difference and run again")
        }
    }

    private static func text(_ lines: [String]) -> String { lines.joined(separator: "\n") }

    private static func run(_ file: StreamFile, _ query: Int, _ variant: Variant) throws -> StatementAnswer {
        let memory = MemoryTables()
        for input in file.inputs { memory.set(input.table, input.text) }
        let scratch = try ScratchHome()
        let session = try ScriptSession(
            scratch.home, connectors: [memory],
            settings: [
                ("table.local-time-zone", "UTC"), ("pipeline.auto-watermark-interval", "0 ms"),
                ("parallelism.default", "\(variant.parallelism)"),
            ])
        session.batchRows = variant.batchRows
        try session.run(file.setup)
        guard let answer = try session.run(file.queries[query].text).last else {
            throw TextFileError("there is no query")
        }
        return answer
    }

    /// What came instead; nil: as expected. Empty for a number that differs.
    private static func difference(
        _ answer: StatementAnswer, _ check: StreamFile.Check, _ expected: [String]
    ) -> [String]? {
        let found: [String]
        switch check {
        case .late(let count): return count == answer.lateRows ? nil : []
        case .changelog(isOrdered: true): return answer.changeLines == expected ? nil : answer.changeLines
        case .changelog(isOrdered: false): found = answer.changeLines.sorted()
        case .table: found = answer.rowLines.sorted()
        }
        return found == expected.sorted() ? nil : found
    }
}
