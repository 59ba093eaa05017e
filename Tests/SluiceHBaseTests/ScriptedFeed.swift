import SluiceBase
import SluiceConnect

@testable import SluiceHBase

/// A feed that gives what a test tells it to, such as the same edits twice.
final class ScriptedFeed: ChangeFeed {
    var batches: [EditBatch] = []
    private(set) var acknowledged: [[UInt8]] = []
    private var given = 0

    func prepare() throws(JobError) -> WakeUp? { nil }

    func poll(maxEdits: Int) throws(JobError) -> FeedProgress {
        guard given < batches.count else { return .finished }
        given += 1
        return .edits(batches[given - 1])
    }

    func position() -> [UInt8] { [UInt8(given)] }
    func skip(to position: [UInt8]) {}
    func acknowledge(_ position: [UInt8]) throws(JobError) { acknowledged.append(position) }
    var bufferedBytes: Int { 0 }
    func close() {}
}
