import SluiceBase
import SluiceConnect
import Synchronization

/// What the subtasks of a job share: stop flags, the first error, splits, reports of sources.
final class JobControl: Sendable {
    private let cancelFlag = Atomic<Bool>(false)
    private let drainFlag = Atomic<Bool>(false)
    private let failure = Lock<JobError?>(nil)
    private let splits = Lock<[Int: [SourceSplit]]>([:])
    private let reports = Lock<[String: SourceReport]>([:])
    /// Of all subtasks: a blocked one must look at the flags.
    private let wakers = Lock<[SubtaskWaker]>([])
    private let endings = Lock<[JobEnding]>([])
    let budget: MemoryBudget

    init(memoryBudget: Int64?) { budget = MemoryBudget(limit: memoryBudget) }

    /// Stop at once and drop what is in flight.
    var isCancelled: Bool { cancelFlag.load(ordering: .acquiring) }
    func cancel() {
        cancelFlag.store(true, ordering: .releasing)
        wakeAll()
    }

    /// Sources end as if their input had ended.
    var isDraining: Bool { drainFlag.load(ordering: .acquiring) }
    func drain() {
        drainFlag.store(true, ordering: .releasing)
        wakeAll()
    }

    func wakes(_ all: [SubtaskWaker]) { wakers.withLock { $0 = all } }
    private func wakeAll() { for waker in wakers.withLock({ $0 }) { waker.wake() } }

    /// The first error is kept and stops the job.
    func fail(_ error: JobError) {
        failure.withLock { if $0 == nil { $0 = error } }
        cancel()
    }
    var error: JobError? { failure.withLock { $0 } }

    /// What is to be done when all subtasks have ended.
    func atEnd(_ ending: JobEnding) { endings.withLock { $0.append(ending) } }

    /// All subtasks have ended: commits what sinks prepared, then the positions of sources. Of a job that failed or was
    /// cancelled nothing is committed.
    func end() {
        let all = endings.withLock { endings in
            defer { endings.removeAll() }
            return endings
        }
        if !isCancelled && error == nil {
            do throws(JobError) {
                try JobEnding.commit(all)
                return
            } catch { fail(error) }
        }
        for ending in all { ending.abort() }
    }

    /// The splits of a source: found once, by the subtask that asks first.
    func splits(
        of node: Int, _ discover: () throws(JobError) -> [SourceSplit]
    ) throws(JobError) -> [SourceSplit] {
        try splits.withLock { (known) throws(JobError) -> [SourceSplit] in
            if let found = known[node] { return found }
            let found = try discover()
            known[node] = found
            return found
        }
    }

    /// `reader`: which of the table's readers says so.
    func report(_ event: SourceEvent, reader: String) {
        reports.withLock { reports in
            switch event {
            case .skippedRow(let table, let reason):
                reports[table, default: SourceReport(table: table)].skip(reason)
            case .nulledValue(let table, let reason):
                reports[table, default: SourceReport(table: table)].null(reason)
            case .notice(let table, let text):
                reports[table, default: SourceReport(table: table)].note(text)
            case .progress(let table, let done, let total):
                reports[table, default: SourceReport(table: table)].progress(reader, done, total)
            }
        }
    }

    var sourceReports: [SourceReport] { reports.withLock { $0.values.sorted { $0.table < $1.table } } }
}

/// What a source table told about its reading.
public struct SourceReport: Sendable {
    public var table: String
    /// Over the splits that were opened so far.
    public var bytesDone: Int64 { readers.values.reduce(0) { $0 + $1.done } }
    /// nil: not known.
    public var bytesTotal: Int64? {
        var sum: Int64 = 0
        for reader in readers.values {
            guard let total = reader.total else { return nil }
            sum += total
        }
        return sum
    }
    /// Rows that could not be read and were left out by option.
    public var skippedRows: Int64 = 0
    /// Why the first of them was left out.
    public var skipReason: String?
    /// Values that could not be read and became NULL by option.
    public var nulledValues: Int64 = 0
    /// Why the first of them did.
    public var nullReason: String?
    /// What somebody should know, each once.
    public private(set) var notices: [String] = []
    private static let noticeLimit = 16
    private var readers: [String: (done: Int64, total: Int64?)] = [:]

    init(table: String) { self.table = table }

    mutating func skip(_ reason: String) {
        skippedRows += 1
        if skipReason == nil { skipReason = reason }
    }

    mutating func null(_ reason: String) {
        nulledValues += 1
        if nullReason == nil { nullReason = reason }
    }

    mutating func note(_ text: String) {
        if notices.count < Self.noticeLimit, !notices.contains(text) { notices.append(text) }
    }

    mutating func progress(_ reader: String, _ done: Int64, _ total: Int64?) {
        readers[reader] = (done, total)
    }
}
