import SluiceBase
import SluiceConnect

/// Where a feed begins.
enum FeedStart: Sendable, Hashable {
    /// With the oldest edit that is still there; an error if older ones have been removed already.
    case earliest
    /// With what is written after the feed was opened.
    case latest
    /// With what was written at this time or later, in milliseconds since 1970.
    case timestamp(Int64)
    /// After a position that `ChangeFeed.position` gave.
    case position([UInt8])
}

/// Where the edits of one table come from: the embedded store's log, or a cluster that sends its own. A value; feeds
/// are opened on the worker that reads them.
protocol ChangeCapture: Sendable {
    /// For EXPLAIN and messages: `the edit log of "t" in the embedded store /…`.
    var description: String { get }

    /// Begins to capture. From here on no edit that belongs to `start` may get lost, though the feed may need time
    /// before `prepare` says that it is ready.
    ///
    /// - Parameter isBounded: the feed ends with what was there when it was opened.
    func open(
        _ start: FeedStart, isBounded: Bool, _ context: ConnectorContext
    ) throws(JobError) -> any ChangeFeed
}

/// The edits of one table, in order within each region; those of one row are always in order. An edit may come twice,
/// with the same region, sequence and part: the reader sorts repeated ones out. Used by one subtask, never waits; wakes
/// it by the context's waker.
protocol ChangeFeed: AnyObject {
    /// Nil: every edit that is written from now on will be delivered, so that a snapshot may be taken. Otherwise when
    /// to ask again. Called until it gives nil, before anything else.
    func prepare() throws(JobError) -> WakeUp?

    /// The next edits, about `maxEdits` of them.
    func poll(maxEdits: Int) throws(JobError) -> FeedProgress

    /// After the last edit that `poll` gave; opaque, for `FeedStart.position`.
    func position() -> [UInt8]

    /// A snapshot that was taken holds all edits up to this position: they need not be delivered. A feed that cannot
    /// tell delivers them.
    func skip(to position: [UInt8])

    /// Everything up to the position has been passed on for good: it may be forgotten.
    func acknowledge(_ position: [UInt8]) throws(JobError)

    /// Bytes that it holds, for the memory account.
    var bufferedBytes: Int { get }

    /// Gives up connections and threads. What was not acknowledged will be delivered again.
    func close()
}

enum FeedProgress {
    /// At least one edit; there may be more at once.
    case edits(EditBatch)
    /// Nothing now.
    case wait(WakeUp)
    /// A bounded feed gave everything.
    case finished
}
