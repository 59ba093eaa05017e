import SluiceBase
package import SluiceColumns
package import SluiceConnect
package import SluiceRuntime
import Synchronization

/// Takes results and keeps them as text; may stop after some rows or refuse until told.
package final class CollectedRows: ResultConsumer {
    private let schema: Schema
    private let state = Lock<[String]>([])
    private let isOpen: Atomic<Bool>
    private let wakers = Lock<[any Waker]>([])
    private let enough: Int

    /// `isOpen` false: refuses batches until `open()`.
    package init(_ schema: Schema, isOpen: Bool = true, enough: Int = Int.max) {
        self.schema = schema
        self.isOpen = Atomic(isOpen)
        self.enough = enough
    }

    package func offer(_ batch: RecordBatch, waker: any Waker) -> Delivery {
        wakers.withLock { $0.append(waker) }
        guard isOpen.load(ordering: .sequentiallyConsistent) else { return .full }
        let lines = BatchText.render(batch.with(marks: []), schema)
        let count = state.withLock { state in
            state += lines
            return state.count
        }
        return count >= enough ? .satisfied : .taken
    }

    package func open() {
        isOpen.store(true, ordering: .sequentiallyConsistent)
        for waker in wakers.withLock({ $0 }) { waker.wake() }
    }

    package var lines: [String] { state.withLock { $0 } }
}
