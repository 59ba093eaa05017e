import SluiceBase
import SluiceColumns
import SluiceConnect

/// Look-ups by row key for one subtask: keys that the cache does not know are fetched, each once.
final class KeyLookup: LookupSource {
    private struct Pending {
        var keyCount: Int
        /// Wanted keys, then what was found for them; nil: the answer is complete.
        var block: CellBlock?
        /// Per row of the block: its key's number.
        var keyIndex: [Int32]
        /// A row per key, with the cells of those that the cache knew; nil: it knew none.
        var cached: CellBlock?
        var answer: LookupResult?
        /// Of the fetch, on the monotonic clock.
        var startNanos: Int64 = 0
    }

    private let fetcher: any RowFetcher
    private let layout: RowLayout
    private let assembler: RowAssembler
    private let cache: CellCache?
    private let context: ConnectorContext
    private let metrics: LookupMetrics
    private var pending: [Int: Pending] = [:]
    private var lastTicket = 0
    private var freeBlocks: [CellBlock] = []
    @exclusivity(unchecked) private var stored = StoredKeys()
    @exclusivity(unchecked) private var entries: [Int32] = []

    init(_ fetcher: any RowFetcher, _ layout: RowLayout, _ context: ConnectorContext) {
        self.fetcher = fetcher
        self.layout = layout
        self.context = context
        assembler = RowAssembler(layout, capacity: 256)
        if case .partial(let options) = layout.options.lookup.cache {
            cache = CellCache(CellCache.Limits(options), leafCount: layout.codecs.count)
        } else {
            cache = nil
        }
        metrics = LookupMetrics(hasCache: cache != nil)
        context.publish(metrics)
    }

    func begin(_ keys: RecordBatch) throws(JobError) -> Int {
        lastTicket += 1
        do throws(SQLError) {
            pending[lastTicket] = try start(keys)
        } catch {
            throw JobError(error, domain: error.code == .malformedRow ? .user : .external)
        }
        if let cache { metrics.cacheIs(cache.counts) }
        if let block = pending[lastTicket]?.block {
            pending[lastTicket]?.startNanos = context.clock.monotonicNanos()
            try fetcher.begin(block, lastTicket)
        }
        return lastTicket
    }

    func take(_ ticket: Int) throws(JobError) -> LookupResult? {
        guard let request = pending[ticket] else { return nil }
        if let block = request.block {
            do throws(JobError) {
                guard try fetcher.isDone(ticket) else { return nil }
            } catch {
                metrics.loadFailed()
                throw error
            }
            metrics.loaded(
                keys: block.rowCount, nanos: context.clock.monotonicNanos() &- request.startNanos)
        }
        pending[ticket] = nil
        defer { assembler.reportErrors(to: context) }
        if let answer = request.answer { return answer }
        do throws(SQLError) {
            return try complete(request)
        } catch {
            throw JobError(error, domain: .user)
        }
    }

    var bufferedBytes: Int {
        var bytes = cache?.byteCount ?? 0
        for block in freeBlocks { bytes += block.capacity }
        for request in pending.values {
            bytes += (request.block?.capacity ?? 0) + (request.cached?.capacity ?? 0)
        }
        return bytes
    }

    func close() {
        pending.removeAll()
        fetcher.close()
    }

    private var nowMillis: Int64 { context.clock.monotonicNanos() / 1_000_000 }

    private func takeBlock() -> CellBlock {
        let block = freeBlocks.popLast() ?? CellBlock(leafCount: layout.codecs.count)
        block.removeAll()
        return block
    }

    private func giveBack(_ block: CellBlock) { if freeBlocks.count < 8 { freeBlocks.append(block) } }

    private func start(_ keys: RecordBatch) throws(SQLError) -> Pending {
        guard let column = keys.columns.first?.flattened else {
            throw SQLError(.internalError, "a look-up of \"\(layout.table.name)\" came without keys")
        }
        stored.encode(column, keys.rowCount, layout.schema.rowKeyCodec, layout.salt)
        guard let cache else { return wantAll(keys.rowCount) }
        let wanted = takeBlock()
        let keyIndex = find(in: cache, wanted)
        if wanted.rowCount == 0 {
            giveBack(wanted)
            return Pending(
                keyCount: keys.rowCount, block: nil, keyIndex: [], answer: try answerFromCache(cache))
        }
        let cached = wanted.rowCount < keys.rowCount ? hold(cache) : nil
        return Pending(keyCount: keys.rowCount, block: wanted, keyIndex: keyIndex, cached: cached)
    }

    /// Fills `entries` with the keys' places in the cache, negative for none, and the block with the keys to fetch;
    /// returns their numbers.
    private func find(in cache: CellCache, _ wanted: CellBlock) -> [Int32] {
        let missing = cache.find(stored, nowMillis: nowMillis, &entries)
        guard missing > 0 else { return [] }
        var keyIndex: [Int32] = []
        keyIndex.reserveCapacity(missing)
        let found = entries
        stored.forEach { number, key in
            guard found[number] < 0, !key.isEmpty else { return }
            wanted.beginRow(key: key)
            keyIndex.append(Int32(truncatingIfNeeded: number))
        }
        return keyIndex
    }

    /// The cells that the cache knew: entries may leave it until the answer is there.
    private func hold(_ cache: CellCache) -> CellBlock {
        let held = takeBlock()
        let known = entries
        stored.forEach { number, key in
            let entry = Int(known[number])
            held.beginRow(key: entry >= 0 ? key : UnsafeRawBufferPointer(start: nil, count: 0))
            if entry >= 0 { cache.copy(entry, to: held, number) }
        }
        return held
    }

    private func wantAll(_ count: Int) -> Pending {
        let wanted = takeBlock()
        var keyIndex: [Int32] = []
        keyIndex.reserveCapacity(count)
        stored.forEach { number, key in
            if key.isEmpty { return }
            wanted.beginRow(key: key)
            keyIndex.append(Int32(truncatingIfNeeded: number))
        }
        guard wanted.rowCount > 0 else {
            giveBack(wanted)
            let empty = LookupResult(rows: assembler.finish(), keyIndex: [])
            return Pending(keyCount: count, block: nil, keyIndex: [], answer: empty)
        }
        return Pending(keyCount: count, block: wanted, keyIndex: keyIndex)
    }

    private func answerFromCache(_ cache: CellCache) throws(SQLError) -> LookupResult {
        var keyIndex: [Int32] = []
        keyIndex.reserveCapacity(entries.count)
        for (number, entry) in entries.enumerated() where entry >= 0 && cache.isFound(Int(entry)) {
            try cache.append(Int(entry), to: assembler)
            keyIndex.append(Int32(truncatingIfNeeded: number))
        }
        return LookupResult(rows: assembler.finish(), keyIndex: keyIndex)
    }

    private func complete(_ request: Pending) throws(SQLError) -> LookupResult {
        guard let block = request.block else { return LookupResult(rows: assembler.finish(), keyIndex: []) }
        if let cache {
            let now = nowMillis
            for row in 0..<block.rowCount { cache.insert(block, row, nowMillis: now) }
            metrics.cacheIs(cache.counts)
        }
        var keyIndex: [Int32] = []
        keyIndex.reserveCapacity(request.keyCount)
        var next = 0
        for number in 0..<request.keyCount {
            let index = Int32(truncatingIfNeeded: number)
            if next < block.rowCount, request.keyIndex[next] == index {
                if block.isFound(next) {
                    try assembler.append(block, next)
                    keyIndex.append(index)
                }
                next += 1
            } else if let held = request.cached, held.isFound(number) {
                try assembler.append(held, number)
                keyIndex.append(index)
            }
        }
        giveBack(block)
        if let held = request.cached { giveBack(held) }
        return LookupResult(rows: assembler.finish(), keyIndex: keyIndex)
    }
}

extension CellCache.Limits {
    init(_ options: LookupOptions.PartialCache) {
        self.init()
        if let rows = options.maxRows { maxRows = rows }
        if let millis = options.expireAfterWriteMillis { expireAfterWriteMillis = millis }
        if let millis = options.expireAfterAccessMillis { expireAfterAccessMillis = millis }
        keepsMissingKeys = options.keepsMissingKeys
    }
}
