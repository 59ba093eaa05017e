import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// Look-ups by row key.
struct HBaseLookupProvider: LookupProvider {
    let store: TableStore
    let layout: RowLayout

    func open(_ context: ConnectorContext) throws(JobError) -> any LookupSource {
        HBaseLookupSource(try layout.open(store), layout, clock: context.clock)
    }
}

/// Answers a batch of keys with one read transaction. The store is in this process, so `begin` has the
/// answer.
final class HBaseLookupSource: LookupSource {
    private let table: StoredTable
    private let layout: RowLayout
    private let assembler: RowAssembler
    private let cache: LookupCache?
    private var answers: [Int: LookupResult] = [:]
    private var lastTicket = 0

    /// The keys of the batch, one after the other.
    private var keyBytes: [UInt8] = []
    private var keyEnds: [Int] = []
    /// Found cells: per key and column a place in `arena`.
    private var places: [Range<Int>?] = []
    private var found: [Bool] = []
    private var arena: [UInt8] = []

    init(_ table: StoredTable, _ layout: RowLayout, clock: any Clock) {
        self.table = table
        self.layout = layout
        assembler = RowAssembler(layout, capacity: 256)
        cache = layout.options.cache.map { LookupCache($0, clock: clock) }
    }

    func begin(_ keys: RecordBatch) throws(JobError) -> Int {
        do throws(SQLError) {
            let result = try lookUp(keys)
            lastTicket += 1
            answers[lastTicket] = result
            return lastTicket
        } catch {
            throw JobError(error, domain: error.code == .malformedRow ? .user : .external)
        }
    }

    func take(_ ticket: Int) throws(JobError) -> LookupResult? { answers.removeValue(forKey: ticket) }

    func close() { answers.removeAll() }

    private func lookUp(_ keys: RecordBatch) throws(SQLError) -> LookupResult {
        let count = keys.rowCount
        try encode(keys)
        found = Array(repeating: false, count: count)
        places = Array(repeating: nil, count: count * layout.codecs.count)
        arena.removeAll(keepingCapacity: true)
        let missing = takeFromCache(count)
        try fetch(missing)
        return try assemble(count)
    }

    private func encode(_ keys: RecordBatch) throws(SQLError) {
        keyBytes.removeAll(keepingCapacity: true)
        keyEnds.removeAll(keepingCapacity: true)
        guard let column = keys.columns.first else {
            throw SQLError(.internalError, "a look-up of \"\(layout.table.name)\" came without keys")
        }
        for row in 0..<keys.rowCount {
            _ = layout.schema.rowKeyCodec.append(column, row, to: &keyBytes)
            keyEnds.append(keyBytes.count)
        }
    }

    private func keyRange(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : keyEnds[index - 1])..<keyEnds[index]
    }

    /// The keys that the cache does not know.
    private func takeFromCache(_ count: Int) -> [Int32] {
        var missing: [Int32] = []
        missing.reserveCapacity(count)
        for index in 0..<count {
            guard let cache, let entry = cache.find(keyBytes[keyRange(index)]) else {
                missing.append(Int32(truncatingIfNeeded: index))
                continue
            }
            found[index] = entry.isFound
            for (leaf, value) in entry.values.enumerated() {
                guard let value else { continue }
                arena.append(contentsOf: value)
                keep(value.count, index, leaf)
            }
        }
        return missing
    }

    /// Notes that the last `length` bytes of the arena are a key's cell.
    private func keep(_ length: Int, _ index: Int, _ leaf: Int) {
        places[index * layout.codecs.count + leaf] = (arena.count - length)..<arena.count
    }

    private func fetch(_ missing: [Int32]) throws(SQLError) {
        guard !missing.isEmpty else { return }
        let leafCount = layout.codecs.count
        try keyBytes.withBytes { (bytes) throws(SQLError) in
            try table.lookUp(
                count: missing.count,
                key: { UnsafeRawBufferPointer(rebasing: bytes[keyRange(Int(missing[$0]))]) }, layout.read
            ) { number, cell in
                let index = Int(missing[number])
                found[index] = true
                guard cell.column >= 0, cell.column < leafCount else { return }
                arena.append(contentsOf: cell.value)
                keep(cell.value.count, index, cell.column)
            }
        }
        guard let cache else { return }
        for number in missing { remember(Int(number), in: cache) }
    }

    private func remember(_ index: Int, in cache: LookupCache) {
        let first = index * layout.codecs.count
        let values = (first..<(first + layout.codecs.count)).map { place in
            places[place].map { Array(arena[$0]) }
        }
        cache.insert(keyBytes[keyRange(index)], LookupCache.Entry(isFound: found[index], values: values))
    }

    private func assemble(_ count: Int) throws(SQLError) -> LookupResult {
        var keyIndex: [Int32] = []
        let leafCount = layout.codecs.count
        try arena.withBytes { (cells) throws(SQLError) in
            try keyBytes.withBytes { (keys) throws(SQLError) in
                for index in 0..<count where found[index] {
                    for leaf in 0..<leafCount {
                        guard let place = places[index * leafCount + leaf] else { continue }
                        try assembler.set(leaf, UnsafeRawBufferPointer(rebasing: cells[place]))
                    }
                    try assembler.endRow(key: UnsafeRawBufferPointer(rebasing: keys[keyRange(index)]))
                    keyIndex.append(Int32(truncatingIfNeeded: index))
                }
            }
        }
        return LookupResult(rows: assembler.finish(), keyIndex: keyIndex)
    }
}
