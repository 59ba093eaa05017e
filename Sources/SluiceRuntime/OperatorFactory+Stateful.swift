import SluiceBase
import SluiceJobGraph

extension OperatorFactory {
    /// Operators that keep rows or aggregates. In batch mode most of them answer once, when the input ends.
    static func stateful(_ node: JobNode, _ mode: JobConfig.Mode) throws(JobError) -> any StreamOperator {
        let isBatch = mode == .batch
        switch node.kind {
        case .groupAggregate(let aggregate):
            if isBatch { return BatchGroupAggregateOperator(aggregate) }
            return GroupAggregateOperator(aggregate)
        case .windowAggregate(let aggregate):
            if case .session(let gap) = aggregate.window { return SessionAggregateOperator(aggregate, gap: gap) }
            return WindowAggregateOperator(aggregate)
        default: throw unsupported(node)
        }
    }
}
