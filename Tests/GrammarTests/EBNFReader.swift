/// Reads `rule = … ;` definitions. The notation is explained in grammar/README.md.
struct EBNFReader {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private enum Token: Equatable {
        case name(String)
        case keyword(String)
        case symbol(String)
        case terminal(String)
        case mark(Character)
    }

    private var tokens: [Token] = []
    private var index = 0
    private var grammar: Grammar

    static func read(_ text: String, into grammar: inout Grammar) throws {
        var reader = EBNFReader(grammar: grammar)
        reader.tokens = try reader.tokens(of: Array(text))
        while reader.index < reader.tokens.count { try reader.rule() }
        grammar = reader.grammar
    }

    private init(grammar: Grammar) { self.grammar = grammar }

    // MARK: Tokens

    private func tokens(of text: [Character]) throws -> [Token] {
        var tokens: [Token] = []
        var position = 0
        while position < text.count {
            let character = text[position]
            if character.isWhitespace {
                position += 1
            } else if character == "(", position + 1 < text.count, text[position + 1] == "*" {
                position = skipComment(text, position)
            } else if character == "\"" {
                let end = try find("\"", in: text, from: position + 1)
                tokens.append(.symbol(String(text[(position + 1)..<end])))
                position = end + 1
            } else if character == "<" {
                let end = try find(">", in: text, from: position + 1)
                tokens.append(.terminal(String(text[(position + 1)..<end])))
                position = end + 1
            } else if character.isLetter {
                var end = position
                while end < text.count, text[end].isLetter || text[end].isNumber || text[end] == "_" {
                    end += 1
                }
                let word = String(text[position..<end])
                tokens.append(word == word.uppercased() ? .keyword(word) : .name(word))
                position = end
            } else {
                tokens.append(.mark(character))
                position += 1
            }
        }
        return tokens
    }

    private func skipComment(_ text: [Character], _ start: Int) -> Int {
        var position = start + 2
        while position + 1 < text.count, !(text[position] == "*" && text[position + 1] == ")") {
            position += 1
        }
        return position + 2
    }

    private func find(_ wanted: Character, in text: [Character], from start: Int) throws -> Int {
        guard let end = text[start...].firstIndex(of: wanted) else {
            throw Failure(description: "no closing \(wanted)")
        }
        return end
    }

    // MARK: Rules

    private var current: Token? { index < tokens.count ? tokens[index] : nil }

    private mutating func accept(_ mark: Character) -> Bool {
        guard current == .mark(mark) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ mark: Character) throws {
        guard accept(mark) else {
            throw Failure(description: "expected \(mark) before token \(index): \(near())")
        }
    }

    private func near() -> String {
        tokens[max(0, index - 5)..<min(tokens.count, index + 5)].map { "\($0)" }.joined(separator: " ")
    }

    private mutating func rule() throws {
        guard case .name(let name)? = current else {
            throw Failure(description: "expected a rule name: \(near())")
        }
        index += 1
        try expect("=")
        guard grammar.rules[name] == nil else { throw Failure(description: "rule \(name) is defined twice") }
        grammar.rules[name] = try choice()
        grammar.order.append(name)
        try expect(";")
    }

    private mutating func nextID() -> Int {
        grammar.choiceCount += 1
        return grammar.choiceCount - 1
    }

    private mutating func choice() throws -> Grammar.Node {
        _ = accept("|")
        var alternatives = [try sequence()]
        while accept("|") { alternatives.append(try sequence()) }
        return alternatives.count == 1 ? alternatives[0] : .choice(id: nextID(), alternatives)
    }

    private mutating func sequence() throws -> Grammar.Node {
        var parts: [Grammar.Node] = []
        while let part = try factor() { parts.append(part) }
        if parts.isEmpty { throw Failure(description: "empty alternative: \(near())") }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func factor() throws -> Grammar.Node? {
        guard let token = current else { return nil }
        switch token {
        case .name(let name):
            index += 1
            return .rule(name)
        case .keyword(let word):
            index += 1
            return .keyword(word)
        case .symbol(let symbol):
            index += 1
            return .symbol(symbol)
        case .terminal(let terminal):
            index += 1
            return .terminal(terminal)
        case .mark(let mark): return try bracketed(mark)
        }
    }

    private mutating func bracketed(_ mark: Character) throws -> Grammar.Node? {
        switch mark {
        case "(":
            index += 1
            let node = try choice()
            try expect(")")
            return node
        case "[":
            index += 1
            let node = Grammar.Node.optional(id: nextID(), try choice())
            try expect("]")
            return node
        case "{":
            index += 1
            let node = Grammar.Node.repetition(id: nextID(), try choice())
            try expect("}")
            return node
        default: return nil
        }
    }
}
