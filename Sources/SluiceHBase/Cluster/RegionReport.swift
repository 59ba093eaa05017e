import SluiceConnect
import SluiceHBaseClient

/// Shows with a job's metrics which regions a reader, look-up or writer asks, and how long they take.
final class RegionReport: ConnectorMetrics {
    let meter = RegionMeter()
    private let table: String

    init(_ table: HBaseTable) { self.table = table.description }

    var parts: [PartLoad] {
        meter.loads.map { load in
            var part = PartLoad(table: table, part: load.location.nameText)
            part.startKey = load.location.region.startKey
            part.endKey = load.location.region.endKey
            part.server = "\(load.location.server.host):\(load.location.server.port)"
            part.reads = load.reads
            part.writes = load.writes
            part.calls = load.calls
            part.failures = load.failures
            part.latency = load.latency
            part.costMicros = load.costMicros
            return part
        }
    }
}
