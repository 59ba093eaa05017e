import SluiceBase
import SluiceConnect
import SluiceTableStore

/// Look-ups by row key in the embedded store.
struct EmbeddedLookupProvider: LookupProvider {
    let store: TableStore
    let layout: RowLayout
    let match: LookupRequest.Match

    func open(_ context: ConnectorContext) throws(JobError) -> any LookupSource {
        if match == .equal, case .full(let options) = layout.options.lookup.cache {
            let ranges = RowKeyRange.ranges(layout, [])
            return FullCacheLookup(layout, options, context) {
                () throws(JobError) -> [any CellScan] in
                [try EmbeddedScan.make(store, layout, layout.read, ranges, after: [])]
            }
        }
        if match != .equal {
            let table = try layout.open(store)
            return RangeLookup(layout, match, context) { (range) throws(JobError) in
                do throws(SQLError) {
                    return try EmbeddedScan(table, range, layout.read)
                } catch {
                    throw JobError(error, domain: .external)
                }
            }
        }
        return KeyLookup(EmbeddedFetcher(try layout.open(store), layout), layout, context)
    }
}

/// Answers a batch of keys with one read transaction: the store is in this process, so an answer is there at once.
final class EmbeddedFetcher: RowFetcher {
    private let table: StoredTable
    private let read: ReadOptions

    init(_ table: StoredTable, _ layout: RowLayout) {
        self.table = table
        read = layout.read
    }

    func begin(_ block: CellBlock, _ ticket: Int) throws(JobError) {
        do throws(SQLError) {
            // The cells come in key order and only ever add to the block: the keys stay where they are asked for.
            let keys = KeyCopy(block)
            try table.lookUp(count: keys.count, key: { keys[$0] }, read) { number, cell in
                block.markFound(number)
                block.set(number, cell.column, cell.value)
            }
        } catch {
            throw JobError(error, domain: .external)
        }
    }

    func isDone(_ ticket: Int) -> Bool { true }

    func close() {}
}

/// The keys of a block apart from it, so that they do not move when cells are added.
private final class KeyCopy {
    private let bytes: UnsafeMutableRawBufferPointer
    private var ends: [Int] = []

    init(_ block: CellBlock) {
        var total = 0
        for row in 0..<block.rowCount {
            total += block.key(row).count
            ends.append(total)
        }
        bytes = .allocate(byteCount: max(1, total), alignment: 1)
        var at = 0
        for row in 0..<block.rowCount {
            let key = block.key(row)
            UnsafeMutableRawBufferPointer(rebasing: bytes[at..<(at + key.count)]).copyMemory(from: key)
            at += key.count
        }
    }

    deinit { bytes.deallocate() }

    var count: Int { ends.count }

    subscript(index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
    }
}
