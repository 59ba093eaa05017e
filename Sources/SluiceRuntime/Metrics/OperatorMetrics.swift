import SluiceBase
public import SluiceColumns
import SluiceConnect
import Synchronization

/// A row that was dropped because its window had been closed.
public struct LateSample: Sendable {
    public var row: [Datum]
    /// Microseconds.
    public var watermark: Int64
}

/// Counters of one node, shared by its subtasks and read by anyone.
public final class OperatorMetrics: Sendable {
    private let rowsInCount = Atomic<Int64>(0)
    private let rowsOutCount = Atomic<Int64>(0)
    private let lateCount = Atomic<Int64>(0)
    private let droppedCount = Atomic<Int64>(0)
    private let highWatermark = Atomic<Int64>(Int64.min)
    private let sample = Lock<LateSample?>(nil)
    private let published = Lock<[any ConnectorMetrics]>([])

    init() {}

    public var rowsIn: Int64 { rowsInCount.load(ordering: .relaxed) }
    public var rowsOut: Int64 { rowsOutCount.load(ordering: .relaxed) }
    public var lateRows: Int64 { lateCount.load(ordering: .relaxed) }
    /// Rows left out by a rule other than lateness, such as NULL in a NOT NULL column of a sink.
    public var droppedRows: Int64 { droppedCount.load(ordering: .relaxed) }
    public var lateSample: LateSample? { sample.withLock { $0 } }
    /// nil: no watermark yet.
    public var watermark: Int64? {
        let value = highWatermark.load(ordering: .relaxed)
        return value == Int64.min ? nil : value
    }

    func countIn(_ rows: Int) { rowsInCount.wrappingAdd(Int64(rows), ordering: .relaxed) }
    func countOut(_ rows: Int) { rowsOutCount.wrappingAdd(Int64(rows), ordering: .relaxed) }
    func countDropped(_ rows: Int) { droppedCount.wrappingAdd(Int64(rows), ordering: .relaxed) }
    func raise(watermark: Int64) { highWatermark.max(watermark, ordering: .relaxed) }

    /// A late row is dropped. The first one is kept as a sample.
    func countLate(_ batch: RecordBatch, row: Int, watermark: Int64) {
        let before = lateCount.wrappingAdd(1, ordering: .relaxed).oldValue
        guard before == 0 else { return }
        let values = batch.row(row)
        sample.withLock { $0 = LateSample(row: values, watermark: watermark) }
    }

    /// Counters of the node's connector are shown with these.
    func publish(_ metrics: any ConnectorMetrics) {
        published.withLock { list in
            if !list.contains(where: { $0 === metrics }) { list.append(metrics) }
        }
    }

    var connectors: [any ConnectorMetrics] { published.withLock { $0 } }

    /// So many more late rows without a sample; for loops that counted themselves.
    func countLate(_ rows: Int) { lateCount.wrappingAdd(Int64(rows), ordering: .relaxed) }
}
