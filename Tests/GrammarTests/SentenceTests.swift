import SluiceBase
import SluiceSyntax
import Testing

/// What is wrong with a text that should parse; nil if all is well.
func complaint(about text: String) -> String? {
    let script = Parser.parseScript(text)
    if let error = script.errors.first {
        let place = error.span.map { "\($0.lower)..<\($0.upper)" } ?? "nowhere"
        return "rejected: \(error.message) at \(place)\n\(text)"
    }
    for parsed in script.statements {
        let printed = SQLPrinter.text(parsed.statement)
        let again = Parser.parseScript(printed)
        if let error = again.errors.first {
            return "printed form is rejected: \(error.message)\n\(text)\n\(printed)"
        }
        guard again.statements.count == 1, again.statements[0].statement == parsed.statement else {
            return "printed form means something else\n\(text)\n\(printed)"
        }
        let second = SQLPrinter.text(again.statements[0].statement)
        if second != printed { return "printed form is not stable\n\(printed)\n\(second)" }
    }
    return nil
}

@Test("the parser accepts every sentence of the grammar, and printing and parsing again changes nothing")
func sentencesParse() throws {
    let count = GrammarFolder.count("SLUICE_SENTENCES", default: 20_000)
    let seed = UInt64(GrammarFolder.count("SLUICE_SEED", default: 1))
    var generator = SentenceGenerator(try GrammarFolder.grammar(), seed: seed)
    var failures = 0
    for index in 0..<count {
        let tokens = generator.tokens(of: index.isMultiple(of: 50) ? "script" : "statement")
        let text = generator.text(tokens)
        guard let complaint = complaint(about: text) else { continue }
        failures += 1
        if failures <= 10 { Issue.record("sentence \(index), seed \(seed): \(complaint)") }
    }
    // What chance did not reach.
    for target in generator.unused() {
        let text = generator.text(generator.tokens(of: "statement", using: target))
        if let complaint = complaint(about: text) {
            failures += 1
            Issue.record("\(complaint)")
        }
    }
    #expect(failures == 0)
    #expect(generator.unused().count <= 2, "only the script itself may be left")
}

@Test("mutated sentences are accepted or rejected at a place inside the text, and nothing crashes")
func mutationsHaveAPlace() throws {
    let count = GrammarFolder.count("SLUICE_MUTATIONS", default: 20_000)
    let seed = UInt64(GrammarFolder.count("SLUICE_SEED", default: 2))
    let grammar = try GrammarFolder.grammar()
    var generator = SentenceGenerator(grammar, seed: seed)
    var random = RandomSource(seed: seed ^ 0xabcdef)
    var pool: [String] = []
    for case .keyword(let word) in grammar.allNodes() { pool.append(word) }
    for case .symbol(let symbol) in grammar.allNodes() { pool.append(symbol) }
    for choices in SentenceGenerator.terminals.keys.sorted() {
        pool += SentenceGenerator.terminals[choices] ?? []
    }
    var rejected = 0
    for _ in 0..<count {
        var tokens = generator.tokens(of: "statement")
        for _ in 0...Int(random.next() % 2) { mutate(&tokens, pool, &random) }
        let text = tokens.joined(separator: " ")
        let script = Parser.parseScript(text)
        for error in script.errors {
            rejected += 1
            let span = try #require(error.span, "\(error.message): \(text)")
            try #require(
                span.lower >= 0 && span.lower < span.upper && span.upper <= text.utf8.count, "\(text)")
        }
        if script.errors.isEmpty, let complaint = complaint(about: text) { Issue.record("\(complaint)") }
    }
    #expect(rejected > count / 3)
}

private func mutate(_ tokens: inout [String], _ pool: [String], _ random: inout RandomSource) {
    guard !tokens.isEmpty else { return }
    let place = Int(random.next() % UInt64(tokens.count))
    switch random.next() % 5 {
    case 0: tokens.remove(at: place)
    case 1: tokens.insert(tokens[place], at: place)
    case 2: tokens.swapAt(place, Int(random.next() % UInt64(tokens.count)))
    case 3: tokens[place] = pool[Int(random.next() % UInt64(pool.count))]
    default: tokens.removeLast(tokens.count - place)
    }
}
