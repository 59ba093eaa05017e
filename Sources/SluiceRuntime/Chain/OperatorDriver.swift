package import SluiceBase
package import SluiceColumns
package import SluiceJobGraph

/// Drives one operator as a subtask would, without a job: for tests.
///
/// What it gives goes to `recorder`, an operator without output of its own.
package final class OperatorDriver {
    private let node: ChainNode
    private let end: ChainNode
    private let clock: any Clock
    package let metrics = OperatorMetrics()
    package let budget: MemoryBudget

    /// `inputs` stand for the producers: only schema and changelog matter. `template`: schema, changelog and name.
    package init(
        _ kind: NodeKind, inputs: [JobNode], like template: JobNode, config: JobConfig,
        environment: JobEnvironment, recorder: any StreamOperator
    ) throws(JobError) {
        budget = MemoryBudget(limit: config.memoryBudget)
        clock = environment.clock
        var subject = template
        subject.kind = kind
        subject.inputs = inputs.indices.map { JobEdge(from: $0) }
        subject.id = inputs.count
        let sink = JobNode(
            id: subject.id + 1, kind: .collect, inputs: [JobEdge(from: subject.id)], schema: subject.schema,
            changelog: subject.changelog, parallelism: 1, name: "recorder")
        end = OperatorDriver.chain(sink, recorder, [subject], config, environment, budget, OperatorMetrics())
        let op = try OperatorFactory.make(subject, config.mode)
        node = OperatorDriver.chain(subject, op, inputs, config, environment, budget, metrics)
        node.output.add(end, input: 0)
        try end.open()
        try node.open()
    }

    private static func chain(
        _ node: JobNode, _ op: any StreamOperator, _ inputs: [JobNode], _ config: JobConfig,
        _ environment: JobEnvironment, _ budget: MemoryBudget, _ metrics: OperatorMetrics
    ) -> ChainNode {
        let eval = JobPlan.evalContext(config, environment, seed: 0)
        let context = OperatorContext(
            node: node, inputs: inputs, config: config, subtask: 0, environment: environment,
            memory: MemoryAccount(budget, owner: node.name), metrics: metrics,
            waker: SubtaskWaker(WorkerSignal()), eval: eval,
            randomSeed: 0)
        return ChainNode(
            node: node, op: op, context: context,
            output: ChainOutput(metrics: metrics, verifier: EdgeVerifier(node)))
    }

    package func push(_ batch: RecordBatch, input: Int = 0) throws(JobError) {
        try node.receive(.batch(batch), input: input)
        try settle()
    }
    package func push(watermark: Int64, input: Int = 0) throws(JobError) {
        try node.receive(.watermark(watermark), input: input)
        try settle()
    }
    package func pushIdle(input: Int = 0) throws(JobError) {
        try node.receive(.idle, input: input)
        try settle()
    }
    package func endInput(_ input: Int = 0) throws(JobError) {
        try node.receive(.watermark(Watermark.max), input: input)
        try node.receive(.end, input: input)
        try settle()
    }
    /// Calls the timers that are due by the clock.
    package func fireTimers() throws(JobError) {
        _ = try node.fireTimers(nowMicros: clock.nowMicros())
        try settle()
    }
    package func pause() throws(JobError) {
        try node.pause()
        try settle()
    }
    package func close() {
        node.close()
        end.close()
    }
    package var isBlocked: Bool { node.isBlocked }
    package var hasEnded: Bool { node.hasEnded }
    package var nextTimer: Int64? { node.context.timers.next }

    /// Goes on until nothing more comes.
    private func settle() throws(JobError) {
        while true {
            let flushed = try end.resume()
            let resumed = node.isBlocked || node.isAsync ? try node.resume() : false
            if !flushed && !resumed { return }
        }
    }
}
