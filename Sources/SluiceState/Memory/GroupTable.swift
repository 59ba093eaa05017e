import Glibc
public import SluiceColumns

/// Maps keys to dense group numbers, one call per batch. NULL is a key like any other (U5).
///
/// A hash index points from keys to groups; what belongs to a group lies in dense columns of its owner, by number. One
/// integer column and one string column have paths of their own; other keys are row-encoded into one arena.
public final class GroupTable {
    private enum Layout { case none, number, bytes, encoded }

    public let types: [DataType]
    /// Groups have numbers below it.
    public private(set) var capacity = 0
    /// Groups that are there.
    public var count: Int { capacity - free.count }
    /// The number of a key that `find` does not know.
    public static let missing = UInt32.max

    private let layout: Layout
    private let encoder: RowEncoder
    private let encoded = EncodedRows()
    private var index = SlotIndex(capacity: 32)
    private var numbers = DenseArray<Int64>()
    private var spans = DenseArray<KeySpan>()
    private var hashes = DenseArray<UInt64>()
    private var arena = ByteScratch(capacity: 1024)
    private var garbage = 0
    private var nullGroup = -1
    private var free: [UInt32] = []
    private var rowHashes: [UInt64] = []
    private let seed = Hashing.tableSeed

    /// Where the bytes of a key are in the arena.
    struct KeySpan: BitwiseCopyable {
        var offset: Int
        var length: Int
    }

    public init(_ types: [DataType]) {
        self.types = types
        encoder = RowEncoder(types)
        if types.isEmpty {
            layout = .none
        } else if types.count == 1 {
            switch types[0].physical {
            case .int32, .int64: layout = .number
            case .bytes: layout = .bytes
            default: layout = .encoded
            }
        } else {
            layout = .encoded
        }
    }

    public var byteCount: Int {
        index.byteCount + numbers.capacity * 8 + spans.capacity * 16 + hashes.capacity * 8 + arena.capacity
            + encoded.scratch.capacity
    }

    // MARK: Lookup

    /// The groups of `rows`; keys that are new get one.
    public func locate(
        _ columns: [Column], rows: UnsafeBufferPointer<Int32>, into groups: UnsafeMutablePointer<UInt32>
    ) {
        lookUp(columns, rows, groups, creates: true)
    }

    /// The groups of `rows`; `missing` for keys that are not there.
    public func find(
        _ columns: [Column], rows: UnsafeBufferPointer<Int32>, into groups: UnsafeMutablePointer<UInt32>
    ) {
        lookUp(columns, rows, groups, creates: false)
    }

    private func lookUp(
        _ columns: [Column], _ rows: UnsafeBufferPointer<Int32>, _ groups: UnsafeMutablePointer<UInt32>,
        creates: Bool
    ) {
        switch layout {
        case .none: lookUpNothing(rows.count, groups, creates)
        case .number:
            switch columns[0].flattened {
            case .int32(let column): lookUpNumbers(column, rows, groups, creates)
            case .int64(let column): lookUpNumbers(column, rows, groups, creates)
            default: lookUpNothing(rows.count, groups, creates)
            }
        case .bytes: lookUpBytes(columns[0].bytes, rows, groups, creates)
        case .encoded: lookUpEncoded(columns, rows, groups, creates)
        }
    }

    private func lookUpNothing(_ count: Int, _ groups: UnsafeMutablePointer<UInt32>, _ creates: Bool) {
        if nullGroup < 0 && creates && count > 0 { nullGroup = newGroup(0) }
        let group = nullGroup < 0 ? GroupTable.missing : UInt32(nullGroup)
        for at in 0..<count { groups[at] = group }
    }

    @inline(__always)
    private func numberHash(_ value: Int64) -> UInt64 {
        // Both halves of the product matter: the low bits choose the slot, the high ones are the tag.
        let (high, low) = (UInt64(bitPattern: value) ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return low ^ (high &* 0xD6E8_FEB8_6659_FD93)
    }

    private func lookUpNumbers<Value: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ column: FixedColumn<Value>, _ rows: UnsafeBufferPointer<Int32>,
        _ groups: UnsafeMutablePointer<UInt32>, _ creates: Bool
    ) {
        let values = column.base
        if rowHashes.count < rows.count { rowHashes = [UInt64](repeating: 0, count: rows.count) }
        rowHashes.withUnsafeMutableBufferPointer { hashes in
            for at in 0..<rows.count {
                hashes[at] = numberHash(Int64(truncatingIfNeeded: values[Int(rows[at])]))
            }
        }
        prefetch(rows.count)
        rowHashes.withUnsafeBufferPointer { hashes in
            // What the loop reads is held outside of the object; a new group may move it.
            var probe = Probe(self)
            for at in 0..<rows.count {
                let row = Int(rows[at])
                if column.isNull(row) {
                    groups[at] = groupOfNull(creates)
                    probe = Probe(self)
                    continue
                }
                let value = Int64(truncatingIfNeeded: values[row])
                let (found, slot) = probe.find(hashes[at]) { probe.numbers[$0] == value }
                if found >= 0 {
                    groups[at] = UInt32(truncatingIfNeeded: found)
                } else if creates {
                    groups[at] = addNumber(value, hashes[at], slot)
                    probe = Probe(self)
                } else {
                    groups[at] = GroupTable.missing
                }
            }
        }
        withExtendedLifetime(column) {}
    }

    /// The memory that look-ups read, valid until a group is added.
    private struct Probe {
        let slots: UnsafeMutablePointer<UInt64>
        let mask: Int
        let numbers: UnsafeMutablePointer<Int64>
        let spans: UnsafeMutablePointer<KeySpan>
        let arena: UnsafeMutablePointer<UInt8>

        init(_ table: GroupTable) {
            slots = table.index.slots
            mask = table.index.mask
            numbers = table.numbers.base
            spans = table.spans.base
            arena = table.arena.base
        }

        /// The group whose key `matches`, or -1 and the slot where it belongs.
        @inline(__always)
        func find(_ hash: UInt64, _ matches: (Int) -> Bool) -> (group: Int, slot: Int) {
            let tag = hash & 0xFFFF_FFFF_0000_0000
            var at = Int(truncatingIfNeeded: hash) & mask
            while true {
                let slot = slots[at]
                if slot == SlotIndex.empty { return (-1, at) }
                if slot & 0xFFFF_FFFF_0000_0000 == tag && slot != SlotIndex.removed {
                    let group = SlotIndex.group(slot)
                    if matches(group) { return (group, at) }
                }
                at = (at &+ 1) & mask
            }
        }

        @inline(__always)
        func isEqual(_ group: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
            let span = spans[group]
            guard span.length == bytes.count else { return false }
            guard let start = bytes.baseAddress else { return true }
            return memcmp(arena + span.offset, start, bytes.count) == 0
        }
    }

    private func groupOfNull(_ creates: Bool) -> UInt32 {
        if nullGroup < 0 && creates { nullGroup = newGroup(0) }
        return nullGroup < 0 ? GroupTable.missing : UInt32(truncatingIfNeeded: nullGroup)
    }

    private func prefetch(_ count: Int) {
        guard index.byteCount > 1 << 20 else { return }
        rowHashes.withUnsafeBufferPointer { hashes in
            _ = index.touch(UnsafeBufferPointer(rebasing: hashes[0..<count]))
        }
    }

    private func addNumber(_ value: Int64, _ hash: UInt64, _ slot: Int) -> UInt32 {
        let group = newGroup(hash)
        numbers.base[group] = value
        index.put(slot, hash, group)
        if index.isFull { rebuild() }
        return UInt32(truncatingIfNeeded: group)
    }

    private func lookUpBytes(
        _ column: BytesColumn, _ rows: UnsafeBufferPointer<Int32>, _ groups: UnsafeMutablePointer<UInt32>,
        _ creates: Bool
    ) {
        if rowHashes.count < rows.count { rowHashes = [UInt64](repeating: 0, count: rows.count) }
        rowHashes.withUnsafeMutableBufferPointer { hashes in
            for at in 0..<rows.count {
                hashes[at] = Hashing.bytes(column.bytes(at: Int(rows[at])), seed: seed)
            }
        }
        prefetch(rows.count)
        rowHashes.withUnsafeBufferPointer { hashes in
            var probe = Probe(self)
            for at in 0..<rows.count {
                let row = Int(rows[at])
                if column.isNull(row) {
                    groups[at] = groupOfNull(creates)
                    probe = Probe(self)
                } else {
                    groups[at] = key(column.bytes(at: row), hashes[at], creates, &probe)
                }
            }
        }
        withExtendedLifetime(column) {}
    }

    private func lookUpEncoded(
        _ columns: [Column], _ rows: UnsafeBufferPointer<Int32>, _ groups: UnsafeMutablePointer<UInt32>,
        _ creates: Bool
    ) {
        encoded.removeAll()
        encoder.encode(columns, rows: rows, into: encoded)
        if rowHashes.count < rows.count { rowHashes = [UInt64](repeating: 0, count: rows.count) }
        rowHashes.withUnsafeMutableBufferPointer { hashes in
            for at in 0..<rows.count { hashes[at] = Hashing.bytes(encoded[at], seed: seed) }
        }
        prefetch(rows.count)
        rowHashes.withUnsafeBufferPointer { hashes in
            var probe = Probe(self)
            for at in 0..<rows.count { groups[at] = key(encoded[at], hashes[at], creates, &probe) }
        }
    }

    @inline(__always)
    private func key(
        _ bytes: UnsafeRawBufferPointer, _ hash: UInt64, _ creates: Bool, _ probe: inout Probe
    ) -> UInt32 {
        let memory = probe
        let (found, slot) = memory.find(hash) { memory.isEqual($0, bytes) }
        if found >= 0 { return UInt32(truncatingIfNeeded: found) }
        if !creates { return GroupTable.missing }
        let group = addKey(bytes, hash, slot)
        probe = Probe(self)
        return group
    }

    private func addKey(_ bytes: UnsafeRawBufferPointer, _ hash: UInt64, _ slot: Int) -> UInt32 {
        let group = newGroup(hash)
        spans.base[group] = KeySpan(offset: arena.count, length: bytes.count)
        arena.append(bytes)
        index.put(slot, hash, group)
        if index.isFull { rebuild() }
        return UInt32(truncatingIfNeeded: group)
    }

    // MARK: Groups

    private func newGroup(_ hash: UInt64) -> Int {
        if let reused = free.popLast() {
            if layout == .bytes || layout == .encoded { hashes.base[Int(reused)] = hash }
            return Int(reused)
        }
        let group = capacity
        capacity += 1
        switch layout {
        case .none: break
        case .number: numbers.append(0)
        case .bytes, .encoded:
            spans.append(KeySpan(offset: 0, length: 0))
            hashes.append(hash)
        }
        return group
    }

    /// Forgets a group; its number may be given to another key.
    public func remove(_ group: Int) {
        free.append(UInt32(truncatingIfNeeded: group))
        if group == nullGroup {
            nullGroup = -1
            return
        }
        switch layout {
        case .none: break
        case .number: index.remove(numberHash(numbers.base[group]), group)
        case .bytes, .encoded:
            index.remove(hashes.base[group], group)
            garbage += spans.base[group].length
            spans.base[group].length = -1
        }
        if capacity > 64 && free.count == capacity { removeAll() }
    }

    /// Forgets all groups and keeps memory for the next ones, if it is not much.
    public func removeAll() {
        index.removeAll()
        let keeps = capacity < 1 << 16
        numbers.removeAll(keepingCapacity: keeps)
        spans.removeAll(keepingCapacity: keeps)
        hashes.removeAll(keepingCapacity: keeps)
        if keeps { arena.removeAll() } else { arena = ByteScratch(capacity: 1024) }
        free.removeAll()
        capacity = 0
        nullGroup = -1
        garbage = 0
    }

    /// Makes room, drops the traces of removed groups, packs the arena.
    private func rebuild() {
        var fresh = SlotIndex(capacity: Swift.max(32, count * 2))
        var isFree = [Bool](repeating: false, count: capacity)
        for group in free { isFree[Int(group)] = true }
        if garbage > arena.count / 2 { pack(isFree) }
        for group in 0..<capacity where !isFree[group] && group != nullGroup {
            switch layout {
            case .none: break
            case .number: fresh.insert(numberHash(numbers.base[group]), group)
            case .bytes, .encoded: fresh.insert(hashes.base[group], group)
            }
        }
        index = fresh
    }

    private func pack(_ isFree: [Bool]) {
        var fresh = ByteScratch(capacity: arena.count - garbage + 1024)
        for group in 0..<spans.count where !isFree[group] && group != nullGroup {
            let span = spans.base[group]
            let offset = fresh.count
            fresh.append(UnsafeRawBufferPointer(start: arena.base + span.offset, count: span.length))
            spans.base[group].offset = offset
        }
        arena = fresh
        garbage = 0
    }

    /// Appends the keys of many groups.
    public func appendKeys(_ groups: UnsafeBufferPointer<UInt32>, to builders: [ColumnBuilder]) {
        guard layout == .number, case .int64(let builder) = builders[0].storage else {
            for at in 0..<groups.count { appendKey(Int(groups[at]), to: builders) }
            return
        }
        builder.reserve(groups.count)
        let start = builder.count
        let target = builder.pointer + start
        let keys = numbers.base
        builder.count += groups.count
        let null = nullGroup
        for at in 0..<groups.count {
            let group = Int(groups[at])
            target[at] = keys[group]
            if group == null { builder.markNull(start + at) }
        }
    }

    /// Appends the key of a group, a value to each builder.
    public func appendKey(_ group: Int, to builders: [ColumnBuilder]) {
        switch layout {
        case .none: break
        case .number:
            switch builders[0].storage {
            case _ where group == nullGroup: builders[0].appendNull()
            case .int32(let builder): builder.append(Int32(truncatingIfNeeded: numbers.base[group]))
            case .int64(let builder): builder.append(numbers.base[group])
            default: builders[0].appendNull()
            }
        case .bytes:
            guard group != nullGroup, case .bytes(let builder) = builders[0].storage else {
                return builders[0].appendNull()
            }
            builder.append(bytes(group))
        case .encoded: encoder.decode(bytes(group), into: builders)
        }
    }

    private func bytes(_ group: Int) -> UnsafeRawBufferPointer {
        let span = spans.base[group]
        return UnsafeRawBufferPointer(start: arena.base + span.offset, count: Swift.max(0, span.length))
    }
}
