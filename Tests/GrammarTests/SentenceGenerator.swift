import SluiceBase

/// Derives random sentences, preferring alternatives that were used least.
struct SentenceGenerator {
    let grammar: Grammar
    private let heights: [String: Int]
    private var random: RandomSource
    /// How often each alternative of each choice was taken.
    private(set) var used: [Int: [Int]] = [:]
    private var tokens: [String] = []

    /// Deeper than this, and behind this many tokens, only the shortest way out is taken.
    private var maximumDepth = 0
    private var maximumTokens = 0

    init(_ grammar: Grammar, seed: UInt64) {
        self.grammar = grammar
        heights = grammar.heights()
        random = RandomSource(seed: seed)
    }

    mutating func tokens(of rule: String) -> [String] {
        tokens = []
        maximumDepth = 12 + number(34)
        maximumTokens = 15 + number(110)
        derive(.rule(rule), depth: 0)
        return tokens
    }

    /// An alternative of a choice, or (1) the inside of an option or repetition.
    struct Target: Hashable {
        var id: Int
        var alternative: Int
    }

    /// Alternatives that were never taken.
    func unused() -> [Target] {
        var targets: [Target] = []
        for node in grammar.allNodes() {
            switch node {
            case .choice(let id, let parts):
                for index in parts.indices where (used[id]?[index] ?? 0) == 0 {
                    targets.append(Target(id: id, alternative: index))
                }
            case .optional(let id, _), .repetition(let id, _):
                if (used[id]?[1] ?? 0) == 0 { targets.append(Target(id: id, alternative: 1)) }
            default: break
            }
        }
        return targets
    }

    /// A short sentence that uses the alternative.
    mutating func tokens(of rule: String, using target: Target) -> [String] {
        tokens = []
        maximumDepth = 0
        maximumTokens = 0
        var distances: [String: Int] = [:]
        var changed = true
        while changed {
            changed = false
            for name in grammar.order {
                guard let node = grammar.rules[name], let found = distance(node, target, distances) else {
                    continue
                }
                if found + 1 < distances[name] ?? Int.max {
                    distances[name] = found + 1
                    changed = true
                }
            }
        }
        seek(.rule(rule), target, distances)
        return tokens
    }

    /// How many rules lie between the node and the target; nil where the node does not lead to it.
    private func distance(_ node: Grammar.Node, _ target: Target, _ distances: [String: Int]) -> Int? {
        switch node {
        case .choice(target.id, _), .optional(target.id, _), .repetition(target.id, _): return 0
        case .sequence(let parts), .choice(_, let parts):
            return parts.compactMap { distance($0, target, distances) }.min()
        case .optional(_, let part), .repetition(_, let part): return distance(part, target, distances)
        case .rule(let name): return distances[name]
        default: return nil
        }
    }

    /// Derives the shortest way to the target, everything beside it as short as it can be.
    private mutating func seek(_ node: Grammar.Node, _ target: Target, _ distances: [String: Int]) {
        switch node {
        case .choice(target.id, let parts):
            used[target.id, default: [Int](repeating: 0, count: parts.count)][target.alternative] += 1
            derive(parts[target.alternative], depth: 0)
        case .optional(target.id, let part), .repetition(target.id, let part):
            used[target.id, default: [0, 0]][1] += 1
            derive(part, depth: 0)
        case .sequence(let parts), .choice(_, let parts):
            let near = parts.map { distance($0, target, distances) ?? Int.max }
            let way = near.firstIndex(of: near.min() ?? 0) ?? 0
            if case .choice = node {
                seek(parts[way], target, distances)
                return
            }
            for (index, part) in parts.enumerated() {
                if index == way { seek(part, target, distances) } else { derive(part, depth: 0) }
            }
        case .optional(_, let part), .repetition(_, let part): seek(part, target, distances)
        case .rule(let name):
            if let body = grammar.rules[name] { seek(body, target, distances) }
        default: break
        }
    }

    // MARK: Derivation

    private mutating func derive(_ node: Grammar.Node, depth: Int) {
        switch node {
        case .sequence(let parts):
            for part in parts { derive(part, depth: depth) }
        case .choice(let id, let parts): derive(parts[choose(id, parts, depth)], depth: depth)
        case .optional(let id, let part):
            if takes(id, depth) { derive(part, depth: depth) }
        case .repetition(let id, let part):
            var count = 0
            while count < 3, takes(id, depth) {
                derive(part, depth: depth)
                count += 1
            }
        case .keyword(let word): tokens.append(number(4) == 0 ? word.lowercased() : word)
        case .symbol(let symbol): tokens.append(symbol)
        case .terminal(let name): tokens.append(terminal(name))
        case .rule(let name):
            if let body = grammar.rules[name] { derive(body, depth: depth + 1) }
        }
    }

    private func isAtLimit(_ depth: Int) -> Bool { depth >= maximumDepth || tokens.count >= maximumTokens }

    private mutating func takes(_ id: Int, _ depth: Int) -> Bool {
        if isAtLimit(depth) { return false }
        var counts = used[id] ?? [0, 0]
        let takes: Bool
        if counts[1] < 3 { takes = number(2) == 0 } else { takes = number(10) < 3 }
        counts[takes ? 1 : 0] += 1
        used[id] = counts
        return takes
    }

    private mutating func choose(_ id: Int, _ parts: [Grammar.Node], _ depth: Int) -> Int {
        var counts = used[id] ?? [Int](repeating: 0, count: parts.count)
        var chosen = number(parts.count)
        if isAtLimit(depth) {
            let heights = parts.map { grammar.height($0, self.heights) ?? Int.max }
            let low = heights.indices.filter { heights[$0] <= (heights.min() ?? 0) + 2 }
            chosen = low[number(low.count)]
        } else if number(10) < 6 {
            let least = counts.min() ?? 0
            let rare = counts.indices.filter { counts[$0] == least }
            chosen = rare[number(rare.count)]
        }
        counts[chosen] += 1
        used[id] = counts
        return chosen
    }

    private mutating func number(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    private mutating func terminal(_ name: String) -> String {
        let choices = SentenceGenerator.terminals[name] ?? []
        return choices.isEmpty ? "<\(name)>" : choices[number(choices.count)]
    }

    static let terminals: [String: [String]] = [
        "identifier": [
            "a", "b", "t1", "orders", "region", "ts", "Amount", "_x", "größe", "列", "`order`", "`a``b`",
            "`select`",
            "`two words`", "`1`", "$v",
        ],
        "string": [
            "'x'", "''", "'it''s'", "'a b'", "'-- no comment'", "'日本'", "U&'\\00e9'", "_UTF8'u'", "N'n'",
            "E'a\\n\\''",
        ],
        "integer": ["0", "1", "2", "10", "42", "007"],
        "decimal": ["1.5", ".5", "2.", "0.001"],
        "approximate": ["1e3", "1.5E-2", ".5e+7", "1.e2"],
        "binary": ["X'00ff'", "x''", "X'AB'"],
        "time-unit": [
            "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "minute", "SECOND", "MILLISECOND",
            "MICROSECOND",
            "NANOSECOND", "DOW", "DOY", "ISODOW", "ISOYEAR", "EPOCH", "DECADE", "CENTURY", "MILLENNIUM",
        ],
        "interval-unit": [
            "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "years", "MONTHS", "DAYS",
            "HOURS",
            "MINUTES", "SECONDS", "WEEKS", "QUARTERS",
        ],
    ]

    /// The tokens with space between them, sometimes a line end or a comment.
    mutating func text(_ tokens: [String]) -> String {
        var text = ""
        for (index, token) in tokens.enumerated() {
            if index > 0 {
                switch number(40) {
                case 0: text += " /* note */ "
                case 1: text += " -- note\n"
                case 2: text += "\n\t"
                default: text += " "
                }
            }
            text += token
        }
        return text
    }
}
