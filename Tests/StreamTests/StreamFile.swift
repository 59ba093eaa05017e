import SluiceTestSupport

/// A file of the stream dialect: a setup, inputs, and queries with what they must give.
///
/// Blocks: `--- setup` (statements), `--- input TABLE` (batch text), `--- query` (one SELECT), then one or more of
/// `--- expect` (the changelog, in order), `--- expect any` (the changelog as a set), `--- expect table` (the rows in the
/// end, as a set), `--- late N` (rows dropped behind the watermark).
struct StreamFile {
    enum Check {
        case changelog(isOrdered: Bool)
        case table
        case late(Int)
    }

    struct Query {
        var text: String
        /// With the block it came from.
        var checks: [(check: Check, block: Int)] = []

        /// With more workers, which rows are late depends on how far each of them is.
        var dropsLateRows: Bool {
            checks.contains { item in
                if case .late(let count) = item.check { return count > 0 }
                return false
            }
        }
    }

    var blocks: BlockFile
    let setup: String
    private(set) var inputs: [(table: String, text: String)] = []
    private(set) var queries: [Query] = []

    init(_ text: String, name: String) throws {
        blocks = BlockFile(text)
        var setup = ""
        for (index, block) in blocks.blocks.enumerated() {
            switch block.kind {
            case "setup": setup += block.text + "\n"
            case "input": inputs.append((block.argument, block.text))
            case "query": queries.append(Query(text: block.text))
            default:
                guard !queries.isEmpty, let check = Self.check(block) else {
                    throw TextFileError(
                        "\(name):\(block.line): \"\(block.head.joined(separator: " "))\" is no block")
                }
                queries[queries.count - 1].checks.append((check, index))
            }
        }
        self.setup = setup
        guard !queries.isEmpty, queries.allSatisfy({ !$0.checks.isEmpty }) else {
            throw TextFileError("\(name): a query without an expectation checks nothing")
        }
    }

    private static func check(_ block: BlockFile.Block) -> Check? {
        switch (block.kind, block.argument) {
        case ("expect", ""): return .changelog(isOrdered: true)
        case ("expect", "any"): return .changelog(isOrdered: false)
        case ("expect", "table"): return .table
        case ("late", let count): return Int(count).map { .late($0) }
        default: return nil
        }
    }
}
