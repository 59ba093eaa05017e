import SluiceExpressions

/// Rewrites a plan into one with the same rows, schema, time attributes and changelog.
protocol OptimizerRule {
    var name: String { get }
    func apply(_ plan: LogicalPlan) -> LogicalPlan
}

/// The rules in the order in which they run. Running them twice changes nothing.
struct Optimizer {
    private let functions: FunctionRegistry
    /// Several statements share the scan of a table, so its rows are those that all of them want.
    private let sharesScans: Bool

    init(functions: FunctionRegistry, sharesScans: Bool) {
        self.functions = functions
        self.sharesScans = sharesScans
    }

    private var rules: [any OptimizerRule] {
        let common: [any OptimizerRule] = [
            FoldConstants(functions: functions), PruneEmpty(), PushFilters(functions: functions),
            BoundRanks(),
            FuseWindows(),
        ]
        return sharesScans ? common : common + [PushPredicates()]
    }

    /// The rewritten plan and the names of the rules that changed something.
    func optimize(_ plan: LogicalPlan) -> (plan: LogicalPlan, fired: [String]) {
        var current = plan
        var fired: [String] = []
        for rule in rules {
            let next = rule.apply(current)
            if next != current { fired.append(rule.name) }
            current = next
        }
        return (current, fired)
    }
}

extension LogicalPlan {
    /// Rewrites from the leaves up.
    func rewriting(_ transform: (LogicalPlan) -> LogicalPlan) -> LogicalPlan {
        let below = inputs
        if below.isEmpty { return transform(self) }
        return transform(with(inputs: below.map { $0.rewriting(transform) }))
    }
}
