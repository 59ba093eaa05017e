import SluiceBase
import SluiceColumns
import SluiceJobGraph

/// Drives one operator inside a subtask: merges the watermarks of its inputs, cuts batches as its `markHandling`
/// wants, and queues input while the operator holds results back because an edge behind it is full.
///
/// ```text
///   receive(element, input) --> work items --> operator --> ChainOutput --> receive of the next ones, edges
///                                   '-- queue, while held back
/// ```
final class ChainNode {
    private enum Work {
        case process(RecordBatch, Int)
        case advance(Int64)
        case idle
        case timer(Int64)
        case pause
        case endInput(Int)
        case finish
        case propagateEnd
    }

    let node: JobNode
    let op: any StreamOperator
    let context: OperatorContext
    let output: ChainOutput
    private let inputCount: Int
    private let markHandling: MarkHandling
    let isAsync: Bool
    private var merger: WatermarkMerger
    private var openInputs: Int
    private var queue = FIFO<Work>()
    /// Of the batches in `queue`.
    private let queueMemory: MemoryAccount
    /// The operator has more to give than the edges take.
    private var isHeld = false
    private(set) var hasEnded = false
    private var isOpen = false

    init(node: JobNode, op: any StreamOperator, context: OperatorContext, output: ChainOutput) {
        self.node = node
        self.op = op
        self.context = context
        self.output = output
        inputCount = node.inputs.count
        markHandling = op.markHandling
        isAsync = op.isAsync
        merger = WatermarkMerger(inputs: node.inputs.count)
        openInputs = node.inputs.count
        queueMemory = context.memory.another()
    }

    func open() throws(JobError) {
        isOpen = true
        do { try op.open(context) } catch { throw named(error) }
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        op.close()
        context.closeState()
    }

    /// Results are held back or input waits: nothing new should come.
    var isBlocked: Bool { isHeld || !queue.isEmpty }
    var isSatisfied: Bool { op.isSatisfied || (output.hasConsumers && output.isSatisfied) }

    // MARK: Input

    func receive(_ element: StreamElement, input: Int) throws(JobError) {
        switch element {
        case .batch(let batch): try receive(batch, input)
        case .watermark(let watermark):
            if let raised = inputCount == 1 ? watermark : merger.update(input, watermark) {
                try run(.advance(raised))
            }
        case .idle:
            if inputCount > 1 {
                if let raised = merger.setIdle(input) { try run(.advance(raised)) }
                guard merger.isIdle else { return }
            }
            try run(.idle)
        case .end: try end(input)
        }
    }

    private func receive(_ batch: RecordBatch, _ input: Int) throws(JobError) {
        context.metrics.countIn(batch.rowCount)
        let marks = inputCount == 1 ? batch.marks : merger.rewrite(batch.marks, input)
        if marks.isEmpty {
            guard batch.rowCount > 0 else { return }
            return try run(.process(batch.marks.isEmpty ? batch : batch.with(marks: []), input))
        }
        switch markHandling {
        case .inBatch: try run(.process(inputCount == 1 ? batch : batch.with(marks: marks), input))
        case .after:
            if batch.rowCount > 0 { try run(.process(batch.with(marks: []), input)) }
            if let last = marks.last { try run(.advance(last.watermark)) }
        case .split: try split(batch.with(marks: []), marks, input)
        }
    }

    private func split(_ batch: RecordBatch, _ marks: [WatermarkMark], _ input: Int) throws(JobError) {
        var start = 0
        for mark in marks {
            if mark.offset > start {
                try run(.process(batch.slice(start, mark.offset - start), input))
                start = mark.offset
            }
            try run(.advance(mark.watermark))
        }
        if start < batch.rowCount { try run(.process(batch.slice(start, batch.rowCount - start), input)) }
    }

    private func end(_ input: Int) throws(JobError) {
        openInputs -= 1
        if inputCount > 1 {
            try run(.endInput(input))
            if let raised = merger.end(input) { try run(.advance(raised)) }
        }
        if openInputs == 0 {
            try run(.finish)
            try run(.propagateEnd)
        }
    }

    /// The source of this node gave all; used by nodes without inputs.
    func endSource() throws(JobError) {
        try run(.advance(Watermark.max))
        try run(.finish)
        try run(.propagateEnd)
    }

    // MARK: Work

    private func run(_ work: Work) throws(JobError) {
        if isHeld || !queue.isEmpty {
            queue.append(work)
            if case .process(let batch, _) = work { try queueMemory.add(batch.byteCount) }
            return
        }
        try execute(work)
    }

    private func execute(_ work: Work) throws(JobError) {
        do {
            try call(work)
            isHeld = try op.resume(output)
        } catch { throw named(error) }
    }

    private func call(_ work: Work) throws(JobError) {
        switch work {
        case .process(let batch, let input):
            try op.process(batch, input: input, output)
            if let last = batch.marks.last { raise(last.watermark) }
        case .advance(let watermark):
            if let current = context.watermark, watermark <= current { return }
            raise(watermark)
            try op.advance(to: watermark, output)
        case .idle: try output.emitIdle()
        case .timer(let micros): try op.onTimer(micros, output)
        case .pause: try op.onPause(output)
        case .endInput(let input): try op.endInput(input, output)
        case .finish:
            context.timers.removeAll()
            try op.finish(output)
        case .propagateEnd:
            hasEnded = true
            context.timers.removeAll()
            try output.emitEnd()
        }
    }

    private func raise(_ watermark: Int64) {
        if let current = context.watermark, watermark <= current { return }
        context.watermark = watermark
        context.metrics.raise(watermark: watermark)
    }

    /// Goes on with held-back results and queued input as far as there is room. True: something was done.
    func resume() throws(JobError) -> Bool {
        var didWork = false
        if isHeld || isAsync {
            if output.isFull { return false }
            let before = output.emissions
            let wasHeld = isHeld
            do { isHeld = try op.resume(output) } catch { throw named(error) }
            didWork = output.emissions != before || (wasHeld && !isHeld)
        }
        while !isHeld, !output.isFull, let work = queue.popFirst() {
            if case .process(let batch, _) = work { try queueMemory.add(0 - batch.byteCount) }
            try execute(work)
            didWork = true
        }
        return didWork
    }

    /// Calls timers that are due. True: one was called.
    func fireTimers(nowMicros: Int64) throws(JobError) -> Bool {
        guard let next = context.timers.next, next <= nowMicros, !isBlocked else { return false }
        var didWork = false
        while !isBlocked, let due = context.timers.takeDue(nowMicros: nowMicros) {
            try execute(.timer(due))
            didWork = true
        }
        return didWork
    }

    /// The subtask has nothing to do for now.
    func pause() throws(JobError) {
        if !isBlocked && !hasEnded { try execute(.pause) }
    }

    func named(_ error: JobError) -> JobError {
        var copy = error
        if copy.operatorName == nil { copy.operatorName = node.name }
        copy.cause = copy.cause.at(node.span)
        return copy
    }
}
