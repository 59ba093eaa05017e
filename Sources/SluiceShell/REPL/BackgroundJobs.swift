import SluiceBase
import SluicePlanner
import SluiceRuntime

/// The jobs that a shell started and goes on without.
final class BackgroundJobs {
    struct Entry {
        var number: Int
        var name: String
        var job: JobRunner
    }

    private(set) var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// Takes a job over. The number is the one that the session knows it by.
    func add(_ job: JobRunner, number: Int, name: String) {
        entries.append(Entry(number: number, name: name, job: job))
    }

    /// The jobs that have ended since the last call.
    func takeEnded() -> [Entry] {
        let ended = entries.filter { !$0.job.status.isRunning }
        entries.removeAll { !$0.job.status.isRunning }
        return ended
    }

    /// One line about a job that has ended.
    static func message(_ entry: Entry) -> String {
        let metrics = entry.job.metrics
        let time = Amounts.time(nanos: metrics.elapsedMicros * 1000)
        let what: String
        switch entry.job.status {
        case .running: what = "is running"
        case .finished: what = "has finished after \(time)"
        case .cancelled: what = "was stopped after \(time)"
        case .failed(let error):
            what = "has failed: \(PrintableText.of(error.cause.message)) [\(error.cause.code)]"
        }
        let all = StatementRunner.notes(metrics) + RegionNotes.notes(entry.job)
        let notes = all.map { "; " + $0 }.joined()
        return "job \(entry.number) (\(PrintableText.of(entry.name))) \(what)\(notes)"
    }

    /// Lets every job end as if its input had, and waits; after a while they are cancelled.
    func stopAll() {
        for entry in entries { entry.job.drain() }
        for entry in entries where entry.job.wait(timeoutMillis: 10_000) == nil {
            entry.job.cancel()
            _ = entry.job.wait(timeoutMillis: 10_000)
        }
    }
}
