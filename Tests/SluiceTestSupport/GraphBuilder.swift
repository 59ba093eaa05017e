import SluiceBase
package import SluiceColumns
package import SluiceConnect
package import SluiceJobGraph
import SluiceRuntime

/// Puts a job graph together by hand, node after node.
package struct GraphBuilder {
    package private(set) var nodes: [JobNode] = []
    package var config: JobConfig

    package init(_ config: JobConfig = JobConfig()) { self.config = config }

    package var graph: JobGraph { JobGraph(nodes: nodes, config: config) }

    @discardableResult
    package mutating func add(
        _ kind: NodeKind, _ inputs: [JobEdge] = [], schema: Schema, changelog: ChangelogMode = .retract,
        parallelism: Int = 1, name: String? = nil
    ) -> Int {
        let id = nodes.count
        nodes.append(
            JobNode(
                id: id, kind: kind, inputs: inputs, schema: schema, changelog: changelog,
                parallelism: parallelism, name: name ?? "node\(id)"))
        return id
    }

    package mutating func source(_ table: ScriptedTable, bounded: Bool = true, parallelism: Int = 1) -> Int {
        let scan = ScanRequest(projection: Array(table.schema.indices))
        return add(
            .source(SourceNode(connector: "scripted", table: table.resolved, scan: scan, isBounded: bounded)),
            schema: table.schema, parallelism: parallelism, name: "Source(\(table.name))")
    }

    @discardableResult
    package mutating func sink(
        _ table: ScriptedTable, from: JobEdge, notNull: [SinkNode.NotNullColumn] = [], parallelism: Int = 1
    ) -> Int {
        let request = SinkRequest(columns: Array(table.schema.indices), input: .retract)
        return add(
            .sink(SinkNode(connector: "scripted", table: table.resolved, request: request, notNull: notNull)),
            [from], schema: table.schema, parallelism: parallelism, name: "Sink(\(table.name))")
    }
}
