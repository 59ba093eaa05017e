package import SluiceBase
package import SluiceColumns
package import SluiceConnect
package import SluiceExpressions
package import SluiceJobGraph
package import SluiceRuntime

/// One operator on a clock of its own, fed and read as text (`BatchText`).
package final class OperatorHarness {
    package let clock: ManualClock
    package let recorder: Recorder
    package let driver: OperatorDriver
    private let inputs: [Schema]
    /// Rows a batch at most; the same input must give the same rows whatever it is.
    package var batchSize = 1024

    package init(
        _ kind: NodeKind, inputs: [Schema], output: Schema, changelog: ChangelogMode = .retract,
        inputChangelog: ChangelogMode = .retract, config: JobConfig = JobConfig(),
        connectors: ConnectorRegistry = ConnectorRegistry(), functions: FunctionRegistry = .builtin,
        aggregates: AggregateRegistry = .builtin, startMicros: Int64 = 0
    ) throws {
        clock = ManualClock(micros: startMicros)
        recorder = Recorder(output)
        self.inputs = inputs
        let producers = inputs.enumerated().map { index, schema in
            JobNode(
                id: index, kind: .union, inputs: [], schema: schema, changelog: inputChangelog,
                parallelism: 1,
                name: "input \(index)")
        }
        let template = JobNode(
            id: 0, kind: kind, inputs: [], schema: output, changelog: changelog, parallelism: 1,
            name: "subject")
        driver = try OperatorDriver(
            kind, inputs: producers, like: template, config: config,
            environment: JobEnvironment(
                connectors: connectors, functions: functions, aggregates: aggregates, clock: clock),
            recorder: recorder)
    }

    /// Gives rows and watermarks; the answer is what came out.
    @discardableResult
    package func push(_ text: String, input: Int = 0) throws -> [String] {
        for batch in BatchText.parse(text, inputs[input], size: batchSize) {
            try driver.push(batch, input: input)
        }
        return recorder.take()
    }

    @discardableResult
    package func pushIdle(input: Int = 0) throws -> [String] {
        try driver.pushIdle(input: input)
        return recorder.take()
    }

    @discardableResult
    package func end(_ input: Int = 0) throws -> [String] {
        try driver.endInput(input)
        return recorder.take()
    }

    /// Ends all inputs.
    @discardableResult
    package func endAll() throws -> [String] {
        for input in inputs.indices { try driver.endInput(input) }
        return recorder.take()
    }

    /// Moves the clock and calls the timers that became due.
    @discardableResult
    package func pass(millis: Int64) throws -> [String] {
        clock.advance(micros: millis * 1000)
        try driver.fireTimers()
        return recorder.take()
    }

    @discardableResult
    package func pause() throws -> [String] {
        try driver.pause()
        return recorder.take()
    }
}
