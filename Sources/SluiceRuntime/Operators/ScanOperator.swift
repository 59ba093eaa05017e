import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceJobGraph

/// Reads the splits of a table that fall to its subtask: one after the other when the table is bounded, else a batch
/// from each in turn.
final class ScanOperator: SourceOperator {
    private let scan: SourceNode
    private var context: OperatorContext?
    private var source: (any Source)?
    /// Not opened yet, in reverse order.
    private var waiting: [SourceSplit] = []
    private var readers: [any SplitReader] = []
    /// Of `readers`.
    private var ids: [String] = []
    /// With their last positions.
    private var ended: [SourceSplit] = []
    private var next = 0
    private var maxRows = 4096

    init(_ scan: SourceNode) { self.scan = scan }

    func open(_ context: OperatorContext) throws(JobError) {
        self.context = context
        maxRows = context.config.batchRows
        guard let connector = context.connectors.find(scan.connector) else {
            throw context.failure(
                SQLError(.connectorOption, "connector \"\(scan.connector)\" does not exist"))
        }
        let source: any Source
        do { source = try connector.makeSource(scan.table, scan.scan) } catch { throw context.failure(error) }
        self.source = source
        let connectorContext = context.connectorContext
        let all = try context.splits { () throws(JobError) -> [SourceSplit] in
            try source.discoverSplits(connectorContext)
        }
        for (index, split) in all.enumerated() where index % context.node.parallelism == context.subtask {
            waiting.append(split)
        }
        waiting.reverse()
        if !scan.isBounded { while try openNext() {} }
    }

    /// False: no split is left.
    private func openNext() throws(JobError) -> Bool {
        guard let context, let source, let split = waiting.popLast() else { return false }
        readers.append(try source.open(split, context.connectorContext(reader: split.id)))
        ids.append(split.id)
        return true
    }

    func poll(_ out: any Output) throws(JobError) -> SourceProgress {
        if readers.isEmpty, try !openNext() { return .finished }
        var earliest: Int64?
        var asked = 0
        let count = readers.count
        while asked < count, !readers.isEmpty {
            asked += 1
            if next >= readers.count { next = 0 }
            switch try readers[next].poll(maxRows: maxRows) {
            case .rows(let batch):
                next += 1
                try context?.memory.set(readers.reduce(0) { $0 + $1.bufferedBytes })
                try out.emit(batch)
                return .progress
            case .finished:
                ended.append(SourceSplit(id: ids[next], detail: readers[next].position()))
                readers[next].close()
                readers.remove(at: next)
                ids.remove(at: next)
                return readers.isEmpty && waiting.isEmpty ? .finished : .progress
            case .wait(let wakeUp):
                next += 1
                if case .at(let nanos) = wakeUp { earliest = Swift.min(earliest ?? nanos, nanos) }
            }
        }
        // A signal wakes the subtask whatever the deadline is.
        if let earliest { return .wait(.at(nanos: earliest)) }
        return .wait(.signal)
    }

    /// Everything was read, or as much as the job wants: its positions count when the job has ended. Not those of a
    /// query that has rows enough, which may have dropped what was read last.
    func finish(_ out: any Output) throws(JobError) {
        guard let context, let source, let control = context.control else { return }
        if control.isDraining {
            for (id, reader) in zip(ids, readers) {
                ended.append(SourceSplit(id: id, detail: reader.position()))
            }
        } else if !readers.isEmpty || !waiting.isEmpty {
            return
        }
        if !ended.isEmpty { control.atEnd(.read(source, ended, context.connectorContext)) }
        ended = []
    }

    func close() {
        for reader in readers { reader.close() }
        readers.removeAll()
        ids.removeAll()
        waiting.removeAll()
        source = nil
    }
}
