import SluiceBase
import SluiceJobGraph
import SluicePlanner
public import SluiceRuntime

/// The jobs that a session has started, by number from 1 on: those that run, and the last ones that ended with their
/// counters as they were. Not shared between threads.
public final class SessionJobs {
    /// Of jobs that have ended so many are remembered.
    private static let remembered = 16

    struct Entry {
        var number: Int
        var name: String
        var startedMicros: Int64
        /// Nil: the job has ended.
        var runner: JobRunner?
        var status: JobStatus
        var elapsedMicros: Int64
        var nodes: [NodeMetrics]
        var connectors: [ConnectorReport]
    }

    private var list: [Entry] = []
    private var started = 0

    init() {}

    func add(_ runner: JobRunner) {
        refresh()
        started += 1
        list.append(
            Entry(
                number: started, name: runner.graph.config.name, startedMicros: runner.startedMicros,
                runner: runner, status: .running, elapsedMicros: 0, nodes: [], connectors: []))
        let ended = list.filter { $0.runner == nil }
        if ended.count > Self.remembered { list.removeAll { $0.number == ended[0].number } }
    }

    /// The number of a job that was started by the session.
    public func number(of runner: JobRunner) -> Int? { list.last { $0.runner === runner }?.number }

    /// In the order of their starts.
    var entries: [Entry] {
        refresh()
        return list
    }

    func entry(_ id: String) throws(SQLError) -> Entry {
        let known = entries
        if let number = Int(id), let entry = known.first(where: { $0.number == number }) { return entry }
        let numbers = known.map { "'\($0.number)'" }.joined(separator: ", ")
        throw SQLError(
            .parameter, "there is no job '\(id)' in this session",
            hint: known.isEmpty ? "it has started no jobs" : "its jobs: \(numbers)")
    }

    /// Takes the counters as they are; lets go of jobs that have ended.
    private func refresh() {
        for index in list.indices {
            guard let runner = list[index].runner else { continue }
            let status = runner.status
            let metrics = runner.metrics
            list[index].status = status
            list[index].nodes = metrics.nodes
            list[index].connectors = runner.connectorReports
            list[index].elapsedMicros = metrics.elapsedMicros
            if !status.isRunning { list[index].runner = nil }
        }
    }
}
