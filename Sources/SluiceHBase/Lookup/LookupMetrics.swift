import SluiceBase
import SluiceConnect
import Synchronization

/// The counters of a look-up, named as Flink's lookup caches name theirs.
final class LookupMetrics: ConnectorMetrics {
    /// A cache's counts at one moment.
    struct Cache {
        var hits: Int64 = 0
        var misses: Int64 = 0
        var evictions: Int64 = 0
        var rows = 0
        var bytes = 0
    }

    private let hasCache: Bool
    private let loads = Atomic<Int64>(0)
    private let failedLoads = Atomic<Int64>(0)
    private let loadedKeys = Atomic<Int64>(0)
    private let latestMillis = Atomic<Int64>(0)
    private let latency = Lock(LatencyHistogram())
    private let cache = Lock(Cache())

    init(hasCache: Bool) { self.hasCache = hasCache }

    /// The answer to one request for so many keys is there.
    func loaded(keys: Int, nanos: Int64) {
        loads.wrappingAdd(1, ordering: .relaxed)
        loadedKeys.wrappingAdd(Int64(keys), ordering: .relaxed)
        latestMillis.store(nanos / 1_000_000, ordering: .relaxed)
        latency.withLock { $0.record(nanos: nanos) }
    }

    func loadFailed() { failedLoads.wrappingAdd(1, ordering: .relaxed) }

    func cacheIs(_ now: Cache) { cache.withLock { $0 = now } }

    var metrics: [ConnectorMetric] {
        let times = latency.withLock { $0 }
        let cache = cache.withLock { $0 }
        var list: [ConnectorMetric] = []
        if hasCache {
            list = [
                ConnectorMetric("hitCount", cache.hits), ConnectorMetric("missCount", cache.misses),
                ConnectorMetric("numEvictions", cache.evictions),
                ConnectorMetric("numCachedRecord", Int64(cache.rows)),
                ConnectorMetric("numCachedBytes", Int64(cache.bytes)),
            ]
        }
        return list + [
            ConnectorMetric("loadCount", loads.load(ordering: .relaxed)),
            ConnectorMetric("numLoadFailures", failedLoads.load(ordering: .relaxed)),
            ConnectorMetric("numLoadedKeys", loadedKeys.load(ordering: .relaxed)),
            ConnectorMetric("latestLoadTime", latestMillis.load(ordering: .relaxed), .highest),
            ConnectorMetric("loadTimeMicrosP50", Int64(clamping: times.quantileMicros(0.5)), .highest),
            ConnectorMetric("loadTimeMicrosP99", Int64(clamping: times.quantileMicros(0.99)), .highest),
        ]
    }
}
