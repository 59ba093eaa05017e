import SluiceBase
import SluiceColumns
import SluiceJobGraph
import SluiceState

/// The rows of partitions in the order of a Top-N: by sort key, then by arrival. Rows are stored encoded.
///
/// An entry's key is the encoded sort key and the arrival number; its value the encoded row. Where rows are taken away
/// by their values, a second order by the hash of the row and the arrival number finds them: ties may be many.
final class RankedRows {
    private let partition: [Int]
    private let order: RowOrder
    private let encoder: RowEncoder
    private let groups: any GroupState
    private let slot: NamespaceSlot
    private let ranks: any KeyedState
    private let arrivals: (any KeyedState)?
    private var nextArrival: UInt64 = 0
    /// Micros of the last write per partition; only with a state TTL.
    private var written = GroupColumn<Int64>()

    // Of the batch at hand.
    private var columns: [Column] = []
    private var numbers: [UInt32] = []
    private let sortKeys = EncodedRows()
    private var scratch = RowScratch()
    private var key = ByteScratch(capacity: 256)
    private var row = ByteScratch(capacity: 256)

    /// `findsRows`: rows are taken away by their values.
    init(_ node: TopNNode, findsRows: Bool, _ context: OperatorContext) throws(JobError) {
        let schema = context.inputSchemas[0]
        partition = node.partition
        order = RowOrder(node.keys, schema)
        encoder = RowEncoder(schema.map(\.type))
        let store = try context.state()
        groups = try store.openGroups(
            context.stateID("partitions"), keys: node.partition.map { schema[$0].type })
        slot = try groups.open(.all, columns: [])
        ranks = try store.openKeyed(context.stateID("ranks"))
        arrivals = findsRows ? try store.openKeyed(context.stateID("arrivals")) : nil
        entries = ranks.entries
    }

    /// Entries by partition number.
    let entries: OrderedEntries

    var partitionCount: Int { groups.capacity(of: slot) }

    /// Calls `body` for each row with the number of its partition; all other calls belong inside.
    func forEach(_ batch: RecordBatch, _ body: (_ row: Int, _ partition: Int) -> Void) throws(JobError) {
        columns = batch.columns.map(\.flattened)
        sortKeys.removeAll()
        if numbers.count < batch.rowCount { numbers = Array(repeating: 0, count: batch.rowCount) }
        let keys = partition.map { batch.columns[$0] }
        try scratch.all(batch) { (rows, _) throws(JobError) in
            order.encode(batch, rows, into: sortKeys)
            try groups.locate(keys, Array(rows), in: slot, creates: true, into: &numbers)
        }
        entries.makeRoom(partitionCount)
        arrivals?.entries.makeRoom(partitionCount)
        try located(batch.rowCount) { (located) throws(JobError) in
            try ranks.load(located)
            try arrivals?.load(located)
        }
        for at in 0..<batch.rowCount { body(at, Int(numbers[at])) }
        try located(batch.rowCount) { (located) throws(JobError) in
            try ranks.endBatch(located)
            try arrivals?.endBatch(located)
        }
        columns = []
    }

    private func located(
        _ count: Int, _ body: (UnsafeBufferPointer<UInt32>) throws(JobError) -> Void
    ) throws(JobError) {
        try numbers.withUnsafeBufferPointer { (numbers) throws(JobError) in
            try body(UnsafeBufferPointer(rebasing: numbers[0..<count]))
        }
    }

    // MARK: Rows of the batch

    /// The order of a row's sort key against that of an entry.
    func compare(_ row: Int, _ entry: Int32) -> Int { Comparison.bytes(sortKeys[row], sortKey(entry)) }

    /// Puts a row behind its equals; its place, from 0.
    func insert(_ row: Int, _ partition: Int) -> Int {
        encode(row)
        nextArrival &+= 1
        makeKey(sortKeys[row], nextArrival)
        let place = entries.insert(partition, key.bytes, self.row.bytes) ?? 0
        if let arrivals {
            makeArrivalKey(nextArrival)
            _ = arrivals.entries.insert(partition, key.bytes, UnsafeRawBufferPointer(start: nil, count: 0))
        }
        return place
    }

    /// Takes the oldest row with the values of a row away; its place, nil if there is none.
    func remove(_ row: Int, _ partition: Int) -> Int? {
        guard let arrivals = arrivals?.entries else { return nil }
        encode(row)
        let hash = Hashing.bytes(self.row.bytes, seed: Hashing.routingSeed)
        makeArrivalKey(0)
        var found: Int?
        var arrival: UInt64 = 0
        arrivals.forEach(partition, from: arrivals.find(partition, key.bytes).rank) { (_, entry) in
            let known = arrivals.key(entry)
            guard RankedRows.number(known, 0) == hash else { return false }
            arrival = RankedRows.number(known, 8)
            makeKey(sortKeys[row], arrival)
            let place = entries.find(partition, key.bytes)
            guard place.entry >= 0, Comparison.bytes(entries.value(place.entry), self.row.bytes) == 0
            else { return true }
            found = place.rank
            return false
        }
        guard let found else { return nil }
        _ = entries.remove(partition, key.bytes)
        makeArrivalKey(arrival)
        _ = arrivals.remove(partition, key.bytes)
        return found
    }

    /// The encoded values of the row that was put or taken away last.
    var encodedRow: UnsafeRawBufferPointer { row.bytes }

    private func encode(_ row: Int) {
        self.row.removeAll()
        encoder.encode(columns, row: row, into: &self.row)
    }

    private func makeKey(_ sortKey: UnsafeRawBufferPointer, _ arrival: UInt64) {
        key.removeAll()
        key.append(sortKey)
        append(arrival)
    }

    private func makeArrivalKey(_ arrival: UInt64) {
        key.removeAll()
        append(Hashing.bytes(row.bytes, seed: Hashing.routingSeed))
        append(arrival)
    }

    private func append(_ number: UInt64) {
        withUnsafeBytes(of: number.bigEndian) { key.append($0) }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    // MARK: Partitions that go

    /// Forgets partitions with their rows; their numbers may be given to others.
    func forget(_ partitions: ArraySlice<UInt32>) throws(JobError) {
        for partition in partitions { clear(Int(partition)) }
        try partitions.withUnsafeBufferPointer { (numbers) throws(JobError) in
            try ranks.endBatch(numbers)
            try arrivals?.endBatch(numbers)
            try groups.remove(numbers, of: slot)
        }
    }

    private func clear(_ partition: Int) {
        entries.removeAll(partition)
        arrivals?.entries.removeAll(partition)
    }

    /// Gives back the partitions of the last batch that have no rows.
    func releaseEmpty(_ batch: RecordBatch) throws(JobError) {
        var known: Set<UInt32> = []
        var gone: [UInt32] = []
        for number in numbers.prefix(batch.rowCount)
        where entries.count(Int(number)) == 0 && known.insert(number).inserted { gone.append(number) }
        if !gone.isEmpty { try forget(gone[...]) }
    }

    /// A row comes at `now`: what the partition holds from before the state TTL is forgotten (U16).
    func renew(_ partition: Int, now: Int64, ttlMicros: Int64) {
        if written.count < partitionCount { written.resize(partitionCount) }
        if written.pointer[partition] &+ ttlMicros <= now { clear(partition) }
        written.pointer[partition] = now
    }

    /// Forgets the partitions that expired; the earliest write of those that stay, nil if none does.
    func removeExpired(now: Int64, ttlMicros: Int64) throws(JobError) -> Int64? {
        var oldest: Int64?
        var gone: [UInt32] = []
        for partition in 0..<Swift.min(written.count, partitionCount) where entries.count(partition) > 0 {
            if written.pointer[partition] &+ ttlMicros <= now {
                gone.append(UInt32(truncatingIfNeeded: partition))
            } else {
                oldest = Swift.min(oldest ?? .max, written.pointer[partition])
            }
        }
        if !gone.isEmpty { try forget(gone[...]) }
        return oldest
    }

    /// Of what is no state.
    var byteCount: Int { written.byteCount }

    // MARK: Entries

    /// The key of an entry without its arrival number.
    func sortKey(_ entry: Int32) -> UnsafeRawBufferPointer {
        let key = entries.key(entry)
        return UnsafeRawBufferPointer(rebasing: key[0..<key.count - 8])
    }

    /// Appends the values of an encoded row.
    func append(_ row: UnsafeRawBufferPointer, to builders: [ColumnBuilder]) {
        encoder.decode(row, into: builders)
    }
}
