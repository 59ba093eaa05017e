public import SluiceConnect
import SluiceJobGraph

/// What the connector of one node tells of its work, over all subtasks.
public struct ConnectorReport: Sendable {
    public var id: Int
    public var name: String
    public private(set) var metrics: [ConnectorMetric] = []
    /// By part of the connector's table.
    public private(set) var parts: [PartLoad] = []

    init(_ node: JobNode, _ counters: OperatorMetrics) {
        id = node.id
        name = node.name
        var places: [String: Int] = [:]
        for connector in counters.connectors {
            for metric in connector.metrics { add(metric) }
            for part in connector.parts {
                if let known = places[part.part] {
                    parts[known].add(part)
                } else {
                    places[part.part] = parts.count
                    parts.append(part)
                }
            }
        }
    }

    private mutating func add(_ metric: ConnectorMetric) {
        guard let known = metrics.firstIndex(where: { $0.name == metric.name }) else {
            metrics.append(metric)
            return
        }
        switch metric.union {
        case .sum: metrics[known].value &+= metric.value
        case .highest: metrics[known].value = max(metrics[known].value, metric.value)
        }
    }
}
