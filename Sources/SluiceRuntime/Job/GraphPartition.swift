import SluiceBase
import SluiceJobGraph

/// Cuts a graph into chains: nodes joined by edges that keep the subtask. With parallelism 1 every edge does.
///
/// Where chaining would put both ends of an exchange into one chain, or make chains wait for each other in a circle,
/// operators with several inputs start chains of their own; then a chain is a tree and no circle is possible.
struct GraphPartition {
    /// Node numbers of each chain, ascending, which is topological order.
    private(set) var chains: [[Int]]
    /// The chain of each node.
    private(set) var chainOf: [Int]

    init(_ graph: JobGraph) {
        self.init(graph, splitsJoins: false)
        if hasCircle(graph) { self.init(graph, splitsJoins: true) }
    }

    private init(_ graph: JobGraph, splitsJoins: Bool) {
        var leader = Array(graph.nodes.indices)
        func find(_ node: Int) -> Int {
            var at = node
            while leader[at] != at { at = leader[at] }
            return at
        }
        for node in graph.nodes where !(splitsJoins && node.inputs.count > 1) {
            for edge in node.inputs where GraphPartition.keepsSubtask(edge, to: node, in: graph) {
                leader[find(node.id)] = find(edge.from)
            }
        }
        var numbers: [Int: Int] = [:]
        chains = []
        chainOf = []
        for node in graph.nodes.indices {
            let root = find(node)
            let number = numbers[root] ?? chains.count
            if numbers[root] == nil {
                numbers[root] = number
                chains.append([])
            }
            chains[number].append(node)
            chainOf.append(number)
        }
    }

    static func keepsSubtask(_ edge: JobEdge, to node: JobNode, in graph: JobGraph) -> Bool {
        let producers = graph.nodes[edge.from].parallelism
        guard producers == node.parallelism else { return false }
        return producers == 1 || edge.partitioning == .forward
    }

    /// True for edges that run through a channel.
    func crosses(_ edge: JobEdge, to node: JobNode, in graph: JobGraph) -> Bool {
        chainOf[edge.from] != chainOf[node.id] || !GraphPartition.keepsSubtask(edge, to: node, in: graph)
    }

    private func hasCircle(_ graph: JobGraph) -> Bool {
        var successors = Array(repeating: Set<Int>(), count: chains.count)
        for node in graph.nodes {
            for edge in node.inputs where crosses(edge, to: node, in: graph) {
                successors[chainOf[edge.from]].insert(chainOf[node.id])
            }
        }
        // Kahn's algorithm: what cannot be taken away lies on a circle.
        var incoming = Array(repeating: 0, count: chains.count)
        for targets in successors { for target in targets { incoming[target] += 1 } }
        var free = chains.indices.filter { incoming[$0] == 0 }
        var taken = 0
        while let chain = free.popLast() {
            taken += 1
            for target in successors[chain] {
                incoming[target] -= 1
                if incoming[target] == 0 { free.append(target) }
            }
        }
        return taken < chains.count
    }
}
