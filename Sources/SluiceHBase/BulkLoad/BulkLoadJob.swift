import Glibc
import SluiceBase
import SluiceConnect
import SluiceHBaseClient
import SluiceNet
import Synchronization

/// What the subtasks of a bulk load share: when the last one has its rows, the cells of all are loaded, on a thread of
/// its own.
///
/// `@unchecked Sendable`: the loader and the sorters of ended parts are touched while the lock is held, or by the
/// thread that loads.
final class BulkLoadJob: @unchecked Sendable {
    private struct State {
        var ended: [Int: CellSorter] = [:]
        var wakers: [any Waker] = []
        var hasBegun = false
        var outcome: Result<BulkLoader.Summary, SQLError>?
    }

    /// Given to cells without a timestamp of their own, in milliseconds.
    let nowMillis: Int64
    private let loader: BulkLoader
    private let parts: Int
    private let state = Lock(State())
    private let worker = BlockingWorker()
    private let isGivenUp: Cancellation

    private final class Cancellation: Sendable {
        let flag = Atomic<Bool>(false)
    }

    init(
        _ service: any BulkLoadService, _ settings: BulkLoader.Settings, disk: any Disk, parts: Int,
        seed: UInt64,
        nowMillis: Int64
    ) {
        self.parts = Swift.max(1, parts)
        self.nowMillis = nowMillis
        let cancellation = Cancellation()
        isGivenUp = cancellation
        loader = BulkLoader(
            service, settings, disk: disk, random: RandomSource(seed: seed),
            isCancelled: { cancellation.flag.load(ordering: .relaxed) },
            pause: { tries in
                usleep(UInt32(Swift.min(10_000, 200 << Swift.min(tries, 6))) * 1000)
            })
    }

    deinit {
        // Parts that ended while another one did not.
        for sorter in state.withLock({ Array($0.ended.values) }) { loader.discard(sorter) }
    }

    func sorter(part: Int) -> CellSorter { loader.sorter(part: part, of: parts) }

    func discard(_ sorter: CellSorter) { loader.discard(sorter) }

    /// A part has all of its cells, and no longer touches its sorter. The last one starts the load, in the order of the
    /// parts. `waker` is called when the load is over.
    func end(part: Int, _ sorter: CellSorter, _ waker: any Waker) throws(SQLError) {
        let all = state.withLock { state -> [CellSorter] in
            state.ended[part] = sorter
            state.wakers.append(waker)
            guard state.ended.count == parts, !state.hasBegun else { return [] }
            state.hasBegun = true
            defer { state.ended = [:] }
            return state.ended.sorted { $0.key < $1.key }.map(\.value)
        }
        guard !all.isEmpty else { return }
        let held = HeldSorters(all)
        do throws(NetworkError) {
            try worker.submit { [self] in load(held.sorters) }
        } catch {
            for sorter in all { loader.discard(sorter) }
            throw SQLError(.internalError, error.message)
        }
    }

    private func load(_ sorters: [CellSorter]) {
        let outcome = Result { () throws(SQLError) in try loader.load(sorters) }
        let wakers = state.withLock { state -> [any Waker] in
            state.outcome = outcome
            return state.wakers
        }
        for waker in wakers { waker.wake() }
    }

    /// nil while the load goes on, or waits for other parts.
    var outcome: Result<BulkLoader.Summary, SQLError>? { state.withLock { $0.outcome } }

    /// The job has ended another way: what has not been handed over stays where it is.
    func giveUp() { isGivenUp.flag.store(true, ordering: .relaxed) }
}

/// `@unchecked Sendable`: handed from the thread that ended the last part to the one that loads.
private struct HeldSorters: @unchecked Sendable {
    let sorters: [CellSorter]

    init(_ sorters: [CellSorter]) { self.sorters = sorters }
}
