import Cuv
import SluiceBase
import Synchronization

/// Wakes a loop from any thread. Wake-ups are coalesced: only the first one since the loop last looked costs
/// a system call.
///
/// `@unchecked Sendable`: the handle is used by `uv_async_send` alone, which any thread may call, and only
/// under the lock while the loop is open.
final class LoopSignal: @unchecked Sendable {
    private let async: UnsafeMutablePointer<uv_async_t>
    /// Someone asked for `woken` and it has not been called since.
    private let wanted = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let open = Lock<Bool>(true)

    /// Registers with a loop that does not run yet. Errors: nil when the system refuses.
    init?(_ loop: UnsafeMutablePointer<uv_loop_t>, _ callback: uv_async_cb) {
        async = .allocate(capacity: 1)
        async.initialize(to: uv_async_t())
        guard uv_async_init(loop, async, callback) == 0 else { return nil }
    }

    deinit { async.deallocate() }

    var stopRequested: Bool { stopping.load(ordering: .acquiring) }

    func wake() {
        if !wanted.exchange(true, ordering: .acquiringAndReleasing) { interrupt() }
    }

    func requestStop() {
        stopping.store(true, ordering: .releasing)
        interrupt()
    }

    /// Ends the loop's wait without asking for `woken`.
    func interrupt() {
        open.withLock { open in
            if open { uv_async_send(async) }
        }
    }

    /// On the loop's thread: whether `woken` is to be called now.
    func takeWanted() -> Bool { wanted.exchange(false, ordering: .acquiringAndReleasing) }

    /// On the loop's thread: nobody reaches the handle afterwards; its memory lives as long as this object.
    func shut(_ closed: uv_close_cb) {
        let wasOpen: Bool = open.withLock { open in
            let was: Bool = open
            open = false
            return was
        }
        if wasOpen {
            UnsafeMutableRawPointer(async).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
                uv_close($0, closed)
            }
        }
    }
}
