/// A grammar read from the EBNF files.
struct Grammar {
    /// What stands at the right of a rule.
    indirect enum Node: Hashable {
        case sequence([Node])
        /// `id` tells the choices of a grammar apart, for counting.
        case choice(id: Int, [Node])
        case optional(id: Int, Node)
        case repetition(id: Int, Node)
        case keyword(String)
        case symbol(String)
        case terminal(String)
        case rule(String)
    }

    var rules: [String: Node] = [:]
    var order: [String] = []
    /// One more than the largest id of a choice.
    var choiceCount = 0

    /// Every node of the grammar, in no particular order.
    func allNodes() -> [Node] {
        var nodes: [Node] = []
        for name in order {
            if let node = rules[name] { collect(node, &nodes) }
        }
        return nodes
    }

    private func collect(_ node: Node, _ nodes: inout [Node]) {
        nodes.append(node)
        switch node {
        case .sequence(let parts), .choice(_, let parts):
            for part in parts { collect(part, &nodes) }
        case .optional(_, let part), .repetition(_, let part): collect(part, &nodes)
        default: break
        }
    }

    /// The rules that can be reached from a rule.
    func reachable(from start: String) -> Set<String> {
        var found: Set<String> = [start]
        var open = [start]
        while let name = open.popLast() {
            guard let node = rules[name] else { continue }
            var nodes: [Node] = []
            collect(node, &nodes)
            for case .rule(let target) in nodes where found.insert(target).inserted { open.append(target) }
        }
        return found
    }

    /// The keywords below one rule, not following references.
    func keywords(of rule: String) -> Set<String> {
        var nodes: [Node] = []
        if let node = rules[rule] { collect(node, &nodes) }
        var words: Set<String> = []
        for case .keyword(let word) in nodes { words.insert(word) }
        return words
    }

    /// The least depth of a sentence of each rule.
    func heights() -> [String: Int] {
        var heights: [String: Int] = [:]
        var changed = true
        while changed {
            changed = false
            for name in order {
                guard let node = rules[name], let height = height(node, heights) else { continue }
                if heights[name] == nil || height + 1 < heights[name, default: 0] {
                    heights[name] = height + 1
                    changed = true
                }
            }
        }
        return heights
    }

    /// nil while some rule of it has no known height.
    func height(_ node: Node, _ heights: [String: Int]) -> Int? {
        switch node {
        case .sequence(let parts):
            var most = 0
            for part in parts {
                guard let height = height(part, heights) else { return nil }
                most = max(most, height)
            }
            return most
        case .choice(_, let parts): return parts.compactMap { height($0, heights) }.min()
        case .optional, .repetition, .keyword, .symbol, .terminal: return 0
        case .rule(let name): return heights[name]
        }
    }
}
