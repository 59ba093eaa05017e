import Foundation
import SluiceSyntax
import Testing

@Test("every rule is reachable and every rule that is used exists")
func rulesAreConnected() throws {
    let grammar = try GrammarFolder.grammar()
    let reachable = grammar.reachable(from: "script")
    #expect(grammar.order.filter { !reachable.contains($0) } == [])
    #expect(reachable.filter { grammar.rules[$0] == nil }.sorted() == [])
    let heights = grammar.heights()
    #expect(grammar.order.filter { heights[$0] == nil } == [], "rules without a finite sentence")
}

@Test("every keyword of the grammar stands in exactly one list")
func keywordsAreListed() throws {
    let grammar = try GrammarFolder.grammar()
    let reserved = try GrammarFolder.words("reserved")
    let free = try GrammarFolder.words("nonreserved")
    var used: Set<String> = []
    for case .keyword(let word) in grammar.allNodes() { used.insert(word) }
    #expect(reserved == reserved.sorted() && free == free.sorted())
    #expect(Set(reserved).intersection(free).isEmpty)
    // Units of time are terminals, because they are no keywords outside their places.
    #expect(used.subtracting(reserved).subtracting(free) == [])
    #expect(
        Set(free).subtracting(used).subtracting(["FORMAT"]) == [],
        "only the grammar needs words that are not reserved")
}

@Test("the lexer knows the words of the lists, and which may be called")
func lexerKnowsTheLists() throws {
    let reserved = try GrammarFolder.words("reserved")
    let free = try GrammarFolder.words("nonreserved")
    let callable = try GrammarFolder.words("functions")
    #expect(Keyword.allCases.map(\.text) == reserved + free)
    #expect(Keyword.allCases.filter(\.isReserved).map(\.text) == reserved)
    #expect(Keyword.allCases.filter { $0.isReserved && $0.isCallable }.map(\.text) == callable)
    for keyword in Keyword.allCases {
        #expect(Keyword(keyword.text.lowercased()) == keyword)
    }
    #expect(Keyword("selec") == nil)
    let grammar = try GrammarFolder.grammar()
    let special = ["EXTRACT", "FLOOR", "CEIL", "CEILING", "POSITION", "OVERLAY", "SUBSTRING", "TRIM"]
    let json = [
        "JSON_EXISTS", "JSON_VALUE", "JSON_QUERY", "JSON_OBJECT", "JSON_ARRAY", "JSON_OBJECTAGG",
        "JSON_ARRAYAGG",
    ]
    #expect(grammar.keywords(of: "reserved_function").union(special).union(json) == Set(callable))
}

@Test("the generated keyword file is up to date")
func keywordFileIsCurrent() throws {
    let path = "Sources/SluiceSyntax/Lexer/Generated/Keyword.swift"
    let wanted = try KeywordFile.text(
        reserved: GrammarFolder.words("reserved"), free: GrammarFolder.words("nonreserved"),
        callable: GrammarFolder.words("functions"))
    let found = try GrammarFolder.text(path)
    if GrammarFolder.records, wanted != found {
        try wanted.write(
            to: GrammarFolder.package.appendingPathComponent(path), atomically: true, encoding: .utf8)
    }
    #expect(wanted == found, "run once with SLUICE_RECORD=1")
}

@Test("every statement has a help text, whose first line names its rule")
func helpTextsExist() throws {
    let grammar = try GrammarFolder.grammar()
    let folder = GrammarFolder.package.appendingPathComponent("grammar/help")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
        $0.hasSuffix(".md")
    }
    let names = Set(files.map { String($0.dropLast(3)) })
    guard case .choice(_, let statements)? = grammar.rules["statement"] else {
        Issue.record("statement is no choice")
        return
    }
    for case .rule(let name) in statements {
        #expect(names.contains(name), "grammar/help/\(name).md is missing")
    }
    for name in names {
        let text = try GrammarFolder.text("grammar/help/\(name).md")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first.map(String.init) == name, "first line of \(name).md")
        #expect(grammar.rules[name] != nil, "\(name).md describes no rule")
        #expect(lines.count > 3 && lines.allSatisfy { $0.count <= 110 })
    }
}
