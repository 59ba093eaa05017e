public import SluiceBase
public import SluiceColumns

/// Wakes a blocked subtask, from any thread. Coalesces.
public protocol Waker: Sendable {
    func wake()
}

/// Why a reader, writer or look-up cannot go on now.
public enum WakeUp: Sendable {
    /// Poll again at this time of the monotonic clock, in nanoseconds.
    case at(nanos: Int64)
    /// Poll again after `Waker.wake()` was called.
    case signal
}

/// What connectors get from the runtime.
public struct ConnectorContext: Sendable {
    public var clock: any Clock
    public var waker: any Waker
    /// The session's zone.
    public var zone: TimeZoneRules
    /// Of the job: the same for all of its readers and writers.
    public var randomSeed: UInt64
    public var random: any Random
    /// Counts rows dropped on purpose, by reason; shown in the job's summary.
    public var report: @Sendable (SourceEvent) -> Void
    /// Shows counters with those of the operator; the same object again changes nothing.
    public var publish: @Sendable (any ConnectorMetrics) -> Void = { _ in }

    public init(
        clock: any Clock, waker: any Waker, zone: TimeZoneRules = .utc, randomSeed: UInt64 = 0,
        random: (any Random)? = nil,
        report: @escaping @Sendable (SourceEvent) -> Void = { _ in }
    ) {
        self.clock = clock
        self.waker = waker
        self.zone = zone
        self.randomSeed = randomSeed
        self.random = random ?? SeededRandom(seed: randomSeed)
        self.report = report
    }
}

public enum SourceEvent: Sendable {
    /// A row could not be read and was left out by option; a sample of why.
    case skippedRow(table: String, reason: String)
    /// A value could not be read and became NULL by option; a sample of why.
    case nulledValue(table: String, reason: String)
    /// Something that somebody should know, told once at the end.
    case notice(table: String, text: String)
    /// Bytes read and in all, for progress.
    case progress(table: String, done: Int64, total: Int64?)
}

/// A part of a source that is read in order: a file, a partition, a region. `id` is stable.
public struct SourceSplit: Sendable, Hashable {
    public var id: String
    public var detail: [UInt8]
    public init(id: String, detail: [UInt8] = []) {
        self.id = id
        self.detail = detail
    }
}

/// Rows of a table. Splits are dealt to the subtasks; each is read by one.
public protocol Source: Sendable {
    func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit]
    func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader
    /// The rows before these positions are in every sink for good. May be called again with the same ones.
    func committed(_ splits: [SourceSplit], _ context: ConnectorContext) throws(JobError)
}

extension Source {
    public func committed(_ splits: [SourceSplit], _ context: ConnectorContext) throws(JobError) {}
}

public enum Polled {
    case rows(RecordBatch)
    case wait(WakeUp)
    case finished
}

/// Reads one split. Owned by one subtask; decodes on its worker; never waits inside.
public protocol SplitReader: AnyObject {
    func poll(maxRows: Int) throws(JobError) -> Polled
    /// Opaque; stored in a checkpoint, given back to `open` in the split's detail.
    func position() -> [UInt8]
    /// Bytes that it holds between two calls, for the memory account.
    var bufferedBytes: Int { get }
    func close()
}

extension SplitReader {
    public var bufferedBytes: Int { 0 }
}
