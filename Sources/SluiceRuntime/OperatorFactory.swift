package import SluiceBase
package import SluiceJobGraph

/// Turns a node of the graph into its operator; the only place that knows all of them.
package enum OperatorFactory {
    package static func make(_ node: JobNode) throws(JobError) -> any StreamOperator {
        switch node.kind {
        case .source, .values, .calc, .expand, .watermark, .windowTable, .windowAggregate, .groupAggregate, .join,
            .lookupJoin, .unnest, .union, .sort, .temporalSort, .topN, .limit, .dropUpdateBefore, .sink, .collect:
            throw unsupported(node)
        }
    }

    private static func unsupported(_ node: JobNode) -> JobError {
        JobError(
            SQLError(.unsupported, "operator \"\(node.name)\" cannot be run", span: node.span), domain: .internal,
            operatorName: node.name)
    }
}
