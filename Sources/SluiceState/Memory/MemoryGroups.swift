import SluiceBase
import SluiceColumns

/// Groups in memory: a `GroupTable` per open namespace.
final class MemoryGroups: GroupState, MemoryState {
    private struct Space {
        let namespace: StateNamespace
        let table: GroupTable
        let columns: [any StateColumn]
    }

    let keyTypes: [DataType]
    private var spaces: [Space?] = []
    private var free: [Int] = []
    /// Tables of namespaces that went, to be used again.
    private var pool: [GroupTable] = []
    private static let poolSize = 8

    init(_ keys: [DataType]) { keyTypes = keys }

    var byteCount: Int {
        var sum = pool.reduce(0) { $0 + $1.byteCount }
        for case .some(let space) in spaces {
            sum += space.table.byteCount
            for column in space.columns { sum += column.byteCount }
        }
        return sum
    }

    func open(_ namespace: StateNamespace, columns: [any StateColumn]) throws(JobError) -> NamespaceSlot {
        let table = pool.popLast() ?? GroupTable(keyTypes)
        let space = Space(namespace: namespace, table: table, columns: columns)
        if let slot = free.popLast() {
            spaces[slot] = space
            return NamespaceSlot(index: slot)
        }
        spaces.append(space)
        return NamespaceSlot(index: spaces.count - 1)
    }

    func locate(
        _ keys: [Column], rows: UnsafeBufferPointer<Int32>, in slot: NamespaceSlot, creates: Bool,
        into groups: UnsafeMutablePointer<UInt32>
    ) throws(JobError) {
        let space = try space(slot)
        guard creates else { return space.table.find(keys, rows: rows, into: groups) }
        space.table.locate(keys, rows: rows, into: groups)
        for column in space.columns { column.makeRoom(space.table.capacity) }
    }

    func capacity(of slot: NamespaceSlot) -> Int {
        slot.index < spaces.count ? spaces[slot.index]?.table.capacity ?? 0 : 0
    }

    func appendKeys(
        _ groups: UnsafeBufferPointer<UInt32>, of slot: NamespaceSlot, to builders: [ColumnBuilder]
    ) {
        guard slot.index < spaces.count else { return }
        spaces[slot.index]?.table.appendKeys(groups, to: builders)
    }

    func remove(_ groups: UnsafeBufferPointer<UInt32>, of slot: NamespaceSlot) throws(JobError) {
        let table = try space(slot).table
        for group in groups { table.remove(Int(group)) }
    }

    func endBatch(_ dirty: UnsafeBufferPointer<UInt32>, of slot: NamespaceSlot) throws(JobError) {}

    func drop(_ slot: NamespaceSlot) throws(JobError) {
        let table = try space(slot).table
        spaces[slot.index] = nil
        free.append(slot.index)
        guard pool.count < MemoryGroups.poolSize else { return }
        table.removeAll()
        pool.append(table)
    }

    func close() {
        spaces.removeAll()
        pool.removeAll()
    }

    private func space(_ slot: NamespaceSlot) throws(JobError) -> Space {
        if slot.index < spaces.count, let space = spaces[slot.index] { return space }
        throw JobError(
            SQLError(.internalError, "a window is used that is not open"), domain: .internal)
    }
}
