package import SluiceBase
package import SluiceJobGraph

/// Turns a node of the graph into its operator; the only place that knows all of them.
package enum OperatorFactory {
    package static func make(_ node: JobNode, _ mode: JobConfig.Mode) throws(JobError) -> any StreamOperator {
        switch node.kind {
        case .source(let scan): return ScanOperator(scan)
        case .values(let values): return ValuesOperator(values)
        case .union: return UnionOperator()
        case .dropUpdateBefore: return DropUpdateBeforeOperator()
        case .sink(let sink): return SinkOperator(sink)
        case .collect: return CollectOperator()
        case .calc(let calc): return CalcOperator(calc)
        case .watermark(let watermark): return WatermarkOperator(watermark)
        case .lookupJoin(let join): return LookupJoinOperator(join)
        case .expand, .windowTable, .windowAggregate, .groupAggregate, .join, .unnest, .sort, .temporalSort,
            .topN, .over, .limit, .upsertMaterialize:
            return try stateful(node, mode)
        }
    }

    static func unsupported(_ node: JobNode) -> JobError {
        JobError(
            SQLError(.unsupported, "operator \"\(node.name)\" cannot be run", span: node.span),
            domain: .internal,
            operatorName: node.name)
    }
}
