import SluiceBase
import SluiceConnect
import SluiceExpressions
import SluiceJobGraph
import SluiceState

/// A graph turned into subtasks: operators made, chains wired, channels in place. Nothing runs yet.
struct JobPlan {
    private(set) var subtasks: [(subtask: Subtask, waker: SubtaskWaker)] = []
    /// By node.
    let metrics: [OperatorMetrics]

    /// What one subtask is made of, while edges are added.
    private struct Draft {
        var nodes: [ChainNode] = []
        var gates: [InputGate] = []
        let waker: SubtaskWaker
    }

    /// `signals`: of the workers; subtask i of a chain goes to worker i modulo their number.
    init(
        _ graph: JobGraph, _ environment: JobEnvironment, control: JobControl, signals: [WorkerSignal],
        results: (any ResultConsumer)?
    ) throws(JobError) {
        try JobPlan.check(graph)
        metrics = graph.nodes.map { _ in OperatorMetrics() }
        let partition = GraphPartition(graph)
        let seed = environment.random.next()
        let eval = JobPlan.evalContext(graph.config, environment, seed: seed)
        // nodes[id][i]: instance i of the node.
        var instances: [[ChainNode]] = Array(repeating: [], count: graph.nodes.count)
        var drafts: [[Draft]] = []
        for chain in partition.chains {
            let parallelism = chain.first.map { graph.nodes[$0].parallelism } ?? 1
            var row: [Draft] = []
            for index in 0..<parallelism {
                var draft = Draft(waker: SubtaskWaker(signals[index % signals.count]))
                for id in chain {
                    let node = graph.nodes[id]
                    let context = OperatorContext(
                        node: node, inputs: node.inputs.map { graph.nodes[$0.from] }, config: graph.config,
                        subtask: index, environment: environment,
                        memory: MemoryAccount(control.budget, owner: node.name), metrics: metrics[id],
                        waker: draft.waker, eval: eval, randomSeed: seed)
                    context.control = control
                    context.results = results
                    let chained = ChainNode(
                        node: node, op: try OperatorFactory.make(node, graph.config.mode), context: context,
                        output: ChainOutput(metrics: metrics[id], verifier: EdgeVerifier(node)))
                    draft.nodes.append(chained)
                    instances[id].append(chained)
                }
                row.append(draft)
            }
            drafts.append(row)
        }
        for node in graph.nodes {
            for (input, edge) in node.inputs.enumerated() {
                let producers = instances[edge.from]
                let consumers = instances[node.id]
                if !partition.crosses(edge, to: node, in: graph) {
                    for (from, to) in zip(producers, consumers) { from.output.add(to, input: input) }
                    continue
                }
                JobPlan.connect(
                    edge, producers, consumers, input: input, config: graph.config, budget: control.budget,
                    producerDrafts: drafts[partition.chainOf[edge.from]].map(\.waker),
                    consumerDrafts: &drafts[partition.chainOf[node.id]])
            }
        }
        let order = JobPlan.sourceOrder(graph)
        for row in drafts {
            for draft in row {
                let sources = draft.nodes.filter { $0.node.inputs.isEmpty }
                let ordered = sources.sorted { order[$0.node.id] < order[$1.node.id] }
                let subtask = Subtask(
                    nodes: draft.nodes, gates: draft.gates, sources: ordered,
                    readsInOrder: graph.config.mode == .batch, control: control, clock: environment.clock)
                subtasks.append((subtask, draft.waker))
            }
        }
        control.wakes(subtasks.map(\.waker))
    }

    /// A channel from each producer to each consumer; forward edges only between equal numbers.
    private static func connect(
        _ edge: JobEdge, _ producers: [ChainNode], _ consumers: [ChainNode], input: Int, config: JobConfig,
        budget: MemoryBudget, producerDrafts: [SubtaskWaker], consumerDrafts: inout [Draft]
    ) {
        let isForward = edge.partitioning == .forward && producers.count == consumers.count
        var incoming: [[Channel]] = Array(repeating: [], count: consumers.count)
        for (from, producer) in producers.enumerated() {
            var outgoing: [Channel] = []
            for to in consumers.indices where !isForward || to == from {
                let channel = Channel(
                    producer: producerDrafts[from], consumer: consumerDrafts[to].waker,
                    charge: MemoryCharge(budget, owner: consumers[to].node.name))
                outgoing.append(channel)
                incoming[to].append(channel)
            }
            producer.output.add(
                OutputEdge(edge.partitioning, outgoing, producer: from, keyGroups: config.keyGroups))
        }
        for (to, consumer) in consumers.enumerated() {
            consumerDrafts[to].gates.append(InputGate(target: consumer, input: input, channels: incoming[to]))
        }
    }

    static func evalContext(
        _ config: JobConfig, _ environment: JobEnvironment, seed: UInt64
    ) -> EvalContext {
        EvalContext(
            clock: environment.clock, zone: config.zone,
            statementMicros: config.mode == .batch ? environment.clock.nowMicros() : nil,
            legacyCasts: config.legacyCasts, currentDatabase: config.currentDatabase,
            random: SeededRandom(seed: seed))
    }

    /// The place of each node in the order in which batch mode reads: of a join the right side first.
    private static func sourceOrder(_ graph: JobGraph) -> [Int] {
        var order = Array(repeating: Int.max, count: graph.nodes.count)
        var next = 0
        func visit(_ id: Int) {
            guard order[id] == Int.max else { return }
            let node = graph.nodes[id]
            var inputs = node.inputs.map(\.from)
            if case .join = node.kind { inputs.reverse() }
            for input in inputs { visit(input) }
            order[id] = next
            next += 1
        }
        for id in graph.nodes.indices.reversed() { visit(id) }
        return order
    }

    private static func check(_ graph: JobGraph) throws(JobError) {
        for (index, node) in graph.nodes.enumerated() {
            let isSound =
                node.id == index && node.parallelism > 0 && node.inputs.allSatisfy { $0.from < index }
            if isSound { continue }
            throw JobError(
                SQLError(.internalError, "the job graph is not in order at \"\(node.name)\""),
                domain: .internal)
        }
    }
}

extension JobConfig {
    /// At least one for each subtask of the widest operator.
    var keyGroups: KeyGroups { KeyGroups(Swift.max(maxParallelism, parallelism)) }
}
