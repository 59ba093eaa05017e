import SluiceBase
import SluiceConnect
import SluiceHBaseClient
import Synchronization

/// The counters of a sink's writer, in Flink's names where it has them.
final class SinkMetrics: ConnectorMetrics {
    private let records = Atomic<Int64>(0)
    private let bytes = Atomic<Int64>(0)
    private let sent = Atomic<Int64>(0)
    private let sendMillis = Atomic<Int64>(0)
    private let latency = Lock(LatencyHistogram())
    /// Of a cluster's table.
    private let regions: RegionReport?

    init(regions: RegionReport? = nil) { self.regions = regions }

    var parts: [PartLoad] { regions?.parts ?? [] }

    /// A batch of so many operations is on its way.
    func countOut(records count: Int, bytes size: Int) {
        records.wrappingAdd(Int64(count), ordering: .relaxed)
        bytes.wrappingAdd(Int64(size), ordering: .relaxed)
        sent.wrappingAdd(1, ordering: .relaxed)
    }

    func batchEnded(nanos: Int64) {
        sendMillis.store(nanos / 1_000_000, ordering: .relaxed)
        latency.withLock { $0.record(nanos: nanos) }
    }

    var metrics: [ConnectorMetric] {
        let times = latency.withLock { $0 }
        var failed: Int64 = 0
        for load in regions?.meter.loads ?? [] { failed &+= load.failures }
        return [
            ConnectorMetric("numRecordsSend", records.load(ordering: .relaxed)),
            ConnectorMetric("numBytesSend", bytes.load(ordering: .relaxed)),
            ConnectorMetric("numBatchesSend", sent.load(ordering: .relaxed)),
            ConnectorMetric("numRecordsRetried", failed),
            ConnectorMetric("currentSendTime", sendMillis.load(ordering: .relaxed), .highest),
            ConnectorMetric("sendTimeMicrosP50", Int64(clamping: times.quantileMicros(0.5)), .highest),
            ConnectorMetric("sendTimeMicrosP99", Int64(clamping: times.quantileMicros(0.99)), .highest),
        ]
    }
}
