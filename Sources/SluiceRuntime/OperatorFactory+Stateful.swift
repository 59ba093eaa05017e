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
            if case .session(let gap) = aggregate.window {
                return SessionAggregateOperator(aggregate, gap: gap)
            }
            return WindowAggregateOperator(aggregate)
        case .windowTable(let table):
            if case .session(let gap) = table.window { return SessionTableOperator(table, gap: gap) }
            return WindowTableOperator(table)
        case .expand(let expand): return ExpandOperator(expand)
        case .sort(let sort): return SortOperator(sort)
        case .temporalSort(let sort): return TemporalSortOperator(sort)
        case .topN(let topN):
            if isBatch { return BatchTopNOperator(topN) }
            if let window = topN.window { return WindowTopNOperator(topN, window) }
            return TopNOperator(topN)
        case .over(let over): return OverOperator(over)
        case .limit(let limit): return LimitOperator(limit)
        case .unnest(let unnest): return UnnestOperator(unnest)
        case .join(let join):
            if isBatch { return BatchJoinOperator(join) }
            return StreamJoinOperator(join)
        case .upsertMaterialize(let upsert): return UpsertMaterializeOperator(upsert)
        default: throw unsupported(node)
        }
    }
}
