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
    }

    private let fetcher: any RowFetcher
    private let layout: RowLayout
    private let assembler: RowAssembler
    private let cache: CellCache?
    private let context: ConnectorContext
    private var reportedErrors = 0
    private var pending: [Int: Pending] = [:]
    private var lastTicket = 0
    private var freeBlocks: [CellBlock] = []
    @exclusivity(unchecked) private var key: [UInt8] = []
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
    }

    func begin(_ keys: RecordBatch) throws(JobError) -> Int {
        lastTicket += 1
        do throws(SQLError) {
            pending[lastTicket] = try start(keys)
        } catch {
            throw JobError(error, domain: error.code == .malformedRow ? .user : .external)
        }
        if let block = pending[lastTicket]?.block { try fetcher.begin(block, lastTicket) }
        return lastTicket
    }

    func take(_ ticket: Int) throws(JobError) -> LookupResult? {
        guard let request = pending[ticket] else { return nil }
        if request.block != nil, try !fetcher.isDone(ticket) { return nil }
        pending[ticket] = nil
        defer { reportErrors() }
        if let answer = request.answer { return answer }
        do throws(SQLError) {
            return try complete(request)
        } catch {
            throw JobError(error, domain: .user)
        }
    }

    func close() {
        pending.removeAll()
        fetcher.close()
    }

    private var nowMillis: Int64 { context.clock.monotonicNanos() / 1_000_000 }

    /// Tells of cells that became NULL because they did not fit.
    private func reportErrors() {
        while reportedErrors < assembler.errorCount {
            reportedErrors += 1
            context.report(
                .nulledValue(table: layout.table.name, reason: assembler.firstError ?? "a cell does not fit"))
        }
    }

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
        guard let cache else { return wantAll(column, keys.rowCount) }
        let now = nowMillis
        let wanted = takeBlock()
        var cached: CellBlock?
        var keyIndex: [Int32] = []
        entries.removeAll(keepingCapacity: true)
        for number in 0..<keys.rowCount {
            guard encode(column, number) else {
                entries.append(-1)
                continue
            }
            key.withUnsafeBytes { bytes in
                let entry = cache.find(bytes, hash: CellCache.hash(bytes), nowMillis: now)
                if let entry {
                    entries.append(Int32(truncatingIfNeeded: entry))
                } else {
                    entries.append(-2)
                    wanted.beginRow(key: bytes)
                    keyIndex.append(Int32(truncatingIfNeeded: number))
                }
            }
        }
        if wanted.rowCount == 0 {
            giveBack(wanted)
            return Pending(
                keyCount: keys.rowCount, block: nil, keyIndex: [], answer: try answerFromCache(cache))
        }
        // Entries may leave the cache until the answer is there.
        if wanted.rowCount < keys.rowCount {
            let held = takeBlock()
            for number in 0..<keys.rowCount {
                let entry = entries[number]
                guard entry >= 0, encode(column, number) else {
                    held.beginRow(key: UnsafeRawBufferPointer(start: nil, count: 0))
                    continue
                }
                key.withUnsafeBytes { held.beginRow(key: $0) }
                cache.copy(Int(entry), to: held, number)
            }
            cached = held
        }
        return Pending(keyCount: keys.rowCount, block: wanted, keyIndex: keyIndex, cached: cached)
    }

    private func wantAll(_ column: Column, _ count: Int) -> Pending {
        let wanted = takeBlock()
        var keyIndex: [Int32] = []
        keyIndex.reserveCapacity(count)
        for number in 0..<count where encode(column, number) {
            key.withUnsafeBytes { wanted.beginRow(key: $0) }
            keyIndex.append(Int32(truncatingIfNeeded: number))
        }
        guard wanted.rowCount > 0 else {
            giveBack(wanted)
            let empty = LookupResult(rows: assembler.finish(), keyIndex: [])
            return Pending(keyCount: count, block: nil, keyIndex: [], answer: empty)
        }
        return Pending(keyCount: count, block: wanted, keyIndex: keyIndex)
    }

    /// The stored key of a row into `key`; false: it has no bytes, and HBase has no such row (B4).
    private func encode(_ column: Column, _ row: Int) -> Bool {
        key.removeAll(keepingCapacity: true)
        _ = layout.schema.rowKeyCodec.append(column, row, to: &key)
        if key.isEmpty { return false }
        layout.salt.apply(&key)
        return true
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
