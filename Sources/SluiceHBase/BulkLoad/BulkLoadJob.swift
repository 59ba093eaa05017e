import Glibc
import SluiceBase
import SluiceHBaseClient

/// What the subtasks of a bulk load share: the last one that finishes loads the cells of all.
///
/// `@unchecked Sendable`: the loader and the sorters of finished parts are touched while the lock is held, or by the
/// last part alone.
final class BulkLoadJob: @unchecked Sendable {
    private struct State {
        var finished: [Int: CellSorter] = [:]
        var isOver = false
    }

    /// Given to cells without a timestamp of their own, in milliseconds.
    let nowMillis: Int64
    private let loader: BulkLoader
    private let parts: Int
    private let state = Lock(State())

    init(
        _ service: any BulkLoadService, _ settings: BulkLoader.Settings, disk: any Disk, parts: Int,
        seed: UInt64,
        nowMillis: Int64
    ) {
        self.parts = Swift.max(1, parts)
        self.nowMillis = nowMillis
        loader = BulkLoader(service, settings, disk: disk, random: RandomSource(seed: seed)) { tries in
            usleep(UInt32(Swift.min(10_000, 200 << Swift.min(tries, 6))) * 1000)
        }
    }

    deinit {
        // Parts that finished while another one did not.
        for sorter in state.withLock({ Array($0.finished.values) }) { loader.discard(sorter) }
    }

    func sorter(part: Int) -> CellSorter { loader.sorter(part: part, of: parts) }

    func discard(_ sorter: CellSorter) { loader.discard(sorter) }

    /// A part has all of its cells. The last one loads, in the order of the parts, and takes the time of that.
    func finish(part: Int, _ sorter: CellSorter) throws(SQLError) {
        let all = state.withLock { state -> [CellSorter] in
            state.finished[part] = sorter
            guard state.finished.count == parts, !state.isOver else { return [] }
            state.isOver = true
            defer { state.finished = [:] }
            return state.finished.sorted { $0.key < $1.key }.map(\.value)
        }
        guard !all.isEmpty else { return }
        _ = try loader.load(all)
    }
}
