import SluiceBase
import SluiceColumns
import SluiceConnect

/// Look-ups answered from a copy of the whole table in memory (`'lookup.cache' = 'FULL'`). The first look-up waits for
/// the copy; a reload is read beside the old copy, a piece with every call, and then takes its place. Nothing is read
/// while nobody looks up: after a rest in which reloads were missed, look-ups wait for the new copy.
final class FullCacheLookup: LookupSource {
    private static let rowsPerStep = 4096

    private struct Load {
        var scans: [any CellScan]
        var cache: CellCache
        var startedMillis: Int64
        var startedNanos: Int64
        /// The copy at hand is so old that nothing is answered from it.
        var isAwaited: Bool
    }

    private let layout: RowLayout
    private let options: LookupOptions.FullCache
    private let context: ConnectorContext
    private let makeScans: () throws(JobError) -> [any CellScan]
    private let metrics = LookupMetrics(hasCache: true)
    private let assembler: RowAssembler
    private let block: CellBlock
    private var cache: CellCache?
    private var load: Load?
    private var nextLoadMillis: Int64?
    private var pending: [Int: RecordBatch] = [:]
    private var lastTicket = 0
    private var key: [UInt8] = []

    init(
        _ layout: RowLayout, _ options: LookupOptions.FullCache, _ context: ConnectorContext,
        _ makeScans: @escaping () throws(JobError) -> [any CellScan]
    ) {
        self.layout = layout
        self.options = options
        self.context = context
        context.publish(metrics)
        self.makeScans = makeScans
        assembler = RowAssembler(layout, capacity: 256)
        block = CellBlock(leafCount: layout.codecs.count)
    }

    func begin(_ keys: RecordBatch) throws(JobError) -> Int {
        try step()
        lastTicket += 1
        pending[lastTicket] = keys
        return lastTicket
    }

    func take(_ ticket: Int) throws(JobError) -> LookupResult? {
        guard let keys = pending[ticket] else { return nil }
        // Without a copy there is nothing else to do than to read it; with one a piece at a time is enough.
        repeat {
            let isWaiting = try step()
            if mustWait && isWaiting { return nil }
        } while mustWait
        guard let cache else { return nil }
        pending[ticket] = nil
        defer { assembler.reportErrors(to: context) }
        do throws(SQLError) {
            return try answer(keys, cache)
        } catch {
            throw JobError(error, domain: .user)
        }
    }

    var bufferedBytes: Int { (cache?.byteCount ?? 0) + (load?.cache.byteCount ?? 0) }

    func close() {
        pending.removeAll()
        for scan in load?.scans ?? [] { scan.close() }
        load = nil
    }

    // MARK: Loading

    private var clock: any Clock { context.clock }
    private var nowMillis: Int64 { clock.nowMicros() / 1000 }
    private var mustWait: Bool { cache == nil || load?.isAwaited == true }

    /// A reload that begins later than this after its time was missed, for want of look-ups.
    private var missedMillis: Int64 {
        switch options.reload {
        case .never: return .max
        case .periodic(let millis, _): return millis
        case .daily: return 3_600_000
        }
    }

    /// Goes on loading; true: it waits for rows that are not there yet.
    @discardableResult
    private func step() throws(JobError) -> Bool {
        if load == nil {
            var isAwaited = cache == nil
            if cache != nil {
                guard let next = nextLoadMillis, nowMillis >= next else { return false }
                isAwaited = nowMillis - next >= missedMillis
            }
            let cache = CellCache(CellCache.Limits(), leafCount: layout.codecs.count)
            load = Load(
                scans: try makeScans(), cache: cache, startedMillis: nowMillis,
                startedNanos: clock.monotonicNanos(), isAwaited: isAwaited)
        }
        guard let cache = load?.cache else { return false }
        while let scan = load?.scans.last {
            block.removeAll()
            let progress = try scan.read(maxRows: Self.rowsPerStep, into: block)
            let now = nowMillis
            for row in 0..<block.rowCount {
                block.markFound(row)
                cache.insert(block, row, nowMillis: now)
            }
            switch progress {
            case .more: return false
            case .wait: return true
            case .finished:
                scan.close()
                load?.scans.removeLast()
            }
        }
        self.cache = cache
        if let load {
            metrics.loaded(keys: cache.count, nanos: clock.monotonicNanos() &- load.startedNanos)
            metrics.cacheIs(cache.counts)
        }
        schedule(startedMillis: load?.startedMillis ?? nowMillis)
        load = nil
        return false
    }

    private func schedule(startedMillis: Int64) {
        switch options.reload {
        case .never: nextLoadMillis = nil
        case .periodic(let millis, let fromEnd):
            nextLoadMillis = (fromEnd ? nowMillis : startedMillis) &+ millis
        case .daily(let second, let days):
            let day: Int64 = 86_400_000
            let today = startedMillis - startedMillis % day + Int64(second) * 1000
            nextLoadMillis = today > nowMillis ? today : today + day * Int64(days)
        }
    }

    // MARK: Answers

    private func answer(_ keys: RecordBatch, _ cache: CellCache) throws(SQLError) -> LookupResult {
        guard let column = keys.columns.first?.flattened else {
            throw SQLError(.internalError, "a look-up of \"\(layout.table.name)\" came without keys")
        }
        var keyIndex: [Int32] = []
        keyIndex.reserveCapacity(keys.rowCount)
        let now = nowMillis
        for number in 0..<keys.rowCount {
            key.removeAll(keepingCapacity: true)
            _ = layout.schema.rowKeyCodec.append(column, number, to: &key)
            guard !key.isEmpty else { continue }
            layout.salt.apply(&key)
            let entry = key.withUnsafeBytes { cache.find($0, hash: CellCache.hash($0), nowMillis: now) }
            guard let entry else { continue }
            try cache.append(entry, to: assembler)
            keyIndex.append(Int32(truncatingIfNeeded: number))
        }
        metrics.cacheIs(cache.counts)
        return LookupResult(rows: assembler.finish(), keyIndex: keyIndex)
    }
}
