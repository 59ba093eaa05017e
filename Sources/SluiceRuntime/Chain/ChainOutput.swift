import SluiceBase
import SluiceColumns

/// Where the results of one operator go inside its subtask: chained operators by direct calls, other subtasks by
/// edges. All get the same immutable batches.
final class ChainOutput: Output {
    private struct Target {
        let node: ChainNode
        let input: Int
    }

    private let metrics: OperatorMetrics
    private var targets: [Target] = []
    private var edges: [OutputEdge] = []
    /// Batches and watermarks given so far, wrapping.
    private(set) var emissions = 0
    #if Checks
        private var verifier: EdgeVerifier
    #endif

    init(metrics: OperatorMetrics, verifier: EdgeVerifier) {
        self.metrics = metrics
        #if Checks
            self.verifier = verifier
        #endif
    }

    func add(_ node: ChainNode, input: Int) { targets.append(Target(node: node, input: input)) }
    func add(_ edge: OutputEdge) { edges.append(edge) }

    var hasConsumers: Bool { !targets.isEmpty || !edges.isEmpty }

    func emit(_ batch: RecordBatch) throws(JobError) {
        if batch.rowCount == 0 && batch.marks.isEmpty { return }
        #if Checks
            try verifier.check(batch)
        #endif
        emissions &+= 1
        metrics.countOut(batch.rowCount)
        for target in targets { try target.node.receive(.batch(batch), input: target.input) }
        for edge in edges { try edge.send(batch) }
    }

    func emit(watermark: Int64) throws(JobError) {
        #if Checks
            try verifier.check(watermark)
        #endif
        emissions &+= 1
        try forward(.watermark(watermark))
    }

    func emitIdle() throws(JobError) { try forward(.idle) }
    func emitEnd() throws(JobError) { try forward(.end) }

    private func forward(_ element: StreamElement) throws(JobError) {
        for target in targets { try target.node.receive(element, input: target.input) }
        for edge in edges { try edge.sendToAll(element) }
    }

    var isFull: Bool {
        for target in targets where target.node.isBlocked || target.node.output.isFull { return true }
        for edge in edges where edge.isFull { return true }
        return false
    }

    /// No consumer needs more.
    var isSatisfied: Bool {
        for target in targets where !target.node.isSatisfied { return false }
        for edge in edges where !edge.isSatisfied { return false }
        return true
    }
}
