import SluiceConnect
import SluiceJobGraph

/// Which row kinds a plan can produce, from the sources up (the first of the two passes; the second, whether -U is
/// needed, goes from the sinks down while the graph is built).
struct ChangelogInference {
    let isStreaming: Bool

    func kinds(of plan: LogicalPlan) -> ChangelogMode {
        guard isStreaming else { return .appendOnly }
        switch plan.kind {
        case .scan(let scan): return scan.changelog
        case .values: return .appendOnly
        case .aggregate(let input, _):
            var mode: ChangelogMode = [.insert, .updateBefore, .updateAfter]
            if !kinds(of: input).isAppendOnly { mode.insert(.delete) }
            return mode
        case .windowAggregate: return .appendOnly
        case .join(let left, let right, let node):
            if node.type == .semi && kinds(of: right).isAppendOnly { return kinds(of: left) }
            var mode = kinds(of: left).union(kinds(of: right))
            if node.type != .inner { mode.formUnion([.insert, .delete]) }
            return mode
        case .union(let inputs): return inputs.reduce(ChangelogMode.appendOnly) { $0.union(kinds(of: $1)) }
        case .sort(let input, let node): return node.limit == nil ? kinds(of: input) : .retract
        case .limit(let input, _, _): return kinds(of: input).isAppendOnly ? .appendOnly : .retract
        case .topN(let input, let node): return node.windowTime(over: input) == nil ? .retract : .appendOnly
        default: return plan.inputs.first.map { kinds(of: $0) } ?? .appendOnly
        }
    }
}
