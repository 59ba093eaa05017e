import SluiceBase
import SluiceColumns
import SluiceState
import Testing

/// The states of an operator, in memory.
@Suite struct StateStoreTests {
    /// A column that remembers what was asked of it.
    final class Rooms: StateColumn {
        var room = 0
        var byteCount: Int { room * 100 }
        func makeRoom(_ capacity: Int) { room = max(room, capacity) }
    }

    static func locate(
        _ state: any GroupState, _ slot: NamespaceSlot, _ keys: [Int64], creates: Bool = true
    ) throws -> [UInt32] {
        let column = Column(keys.map { .int64($0) }, type: .bigint)
        let rows = (0..<Int32(keys.count)).map { $0 }
        var groups = [UInt32](repeating: 0, count: keys.count)
        try rows.withUnsafeBufferPointer { rows in
            try groups.withUnsafeMutableBufferPointer { groups in
                let base = try #require(groups.baseAddress)
                try state.locate([column], rows: rows, in: slot, creates: creates, into: base)
            }
        }
        return groups
    }

    static func keys(_ state: any GroupState, _ slot: NamespaceSlot, _ groups: [UInt32]) -> [Datum] {
        let builders = [ColumnBuilder(.bigint, capacity: 1)]
        groups.withUnsafeBufferPointer { state.appendKeys($0, of: slot, to: builders) }
        let column = builders[0].finish()
        return (0..<column.count).map { column.datum($0) }
    }

    @Test("namespaces are apart, and go as a whole")
    func namespaces() throws {
        let store = MemoryStateStore()
        let state = try store.openGroups(StateID(node: 1, name: "windows"), keys: [.bigint])
        let rooms = [Rooms(), Rooms()]
        let first = try state.open(StateNamespace(start: 0, end: 10), columns: [rooms[0]])
        let second = try state.open(StateNamespace(start: 10, end: 20), columns: [rooms[1]])
        #expect(try Self.locate(state, first, [5, 6, 5]) == [0, 1, 0])
        #expect(try Self.locate(state, second, [6]) == [0])
        #expect(rooms.map(\.room) == [2, 1])
        #expect(Self.keys(state, first, [1, 0]) == [.int64(6), .int64(5)])
        #expect(try Self.locate(state, second, [5], creates: false) == [GroupTable.missing])
        let before = state.byteCount
        #expect(before >= 300)
        try state.drop(first)
        #expect(state.byteCount == before - 200)
        #expect(state.capacity(of: first) == 0)
        // The next window takes the place of the one that went, and begins empty.
        let third = try state.open(StateNamespace(start: 20, end: 30), columns: [])
        #expect(third == first)
        #expect(try Self.locate(state, third, [6]) == [0])
        #expect(store.byteCount == state.byteCount)
    }

    @Test("groups that go give their numbers to others")
    func remove() throws {
        let store = MemoryStateStore()
        let state = try store.openGroups(StateID(node: 1, name: "groups"), keys: [.bigint])
        let slot = try state.open(.all, columns: [])
        #expect(try Self.locate(state, slot, [1, 2, 3]) == [0, 1, 2])
        try [UInt32(1)].withUnsafeBufferPointer { try state.remove($0, of: slot) }
        #expect(try Self.locate(state, slot, [2], creates: false) == [GroupTable.missing])
        #expect(try Self.locate(state, slot, [9, 3]) == [1, 2])
    }

    @Test("a state has one owner, and a namespace that is not open is refused")
    func misuse() throws {
        let store = MemoryStateStore()
        let id = StateID(node: 1, name: "groups")
        let state = try store.openGroups(id, keys: [.bigint])
        #expect(throws: JobError.self) { try store.openKeyed(id) }
        #expect(throws: JobError.self) { try state.drop(NamespaceSlot(index: 3)) }
        _ = try store.openKeyed(StateID(node: 1, name: "ranks"))
    }

    @Test("stored rows keep their order per group and give their bytes back")
    func rows() throws {
        let store = MemoryStateStore()
        let state = try store.openRows(StateID(node: 1, name: "left"), [Field("s", .string)])
        let rows = state.rows
        rows.makeRoom(2)
        let texts = (0..<100).map { String(repeating: "x", count: 1000) + String($0) }
        let batch = RecordBatch(
            columns: [Column(texts.map { .string($0) }, type: .string)], rowCount: texts.count)
        let segment = rows.beginSegment(batch)
        for row in 0..<100 { rows.add(group: row % 2, segment: segment, row: row, matches: 0, hash: 0) }
        rows.endSegment(segment)
        #expect(store.byteCount > 100_000)
        var found: [Int32] = []
        rows.append(rowsOf: 1, to: &found)
        let values = rows.gather(found)[0]
        #expect((0..<50).map { values.datum($0) } == (0..<50).map { .string(texts[2 * $0 + 1]) })
        for row in 0..<100 { rows.remove(group: row % 2, equalTo: batch, row, hash: 0) }
        #expect(rows.count == 0)
        #expect(store.byteCount < 20_000)
    }
}

/// Key groups, by which exchanges route and snapshots are ordered.
@Suite struct KeyGroupsTests {
    @Test("each key group belongs to one subtask, in ranges", arguments: [1, 2, 3, 5, 64, 127, 128])
    func ranges(parallelism: Int) {
        let groups = KeyGroups(128)
        var next = 0
        for subtask in 0..<parallelism {
            let range = groups.range(of: subtask, parallelism: parallelism)
            #expect(range.lowerBound == next)
            for group in range { #expect(groups.owner(of: group, parallelism: parallelism) == subtask) }
            next = range.upperBound
        }
        #expect(next == 128)
    }

    @Test("a key has the same group whatever the width of its column")
    func width() {
        let groups = KeyGroups(128)
        let narrow = Column((0..<1000).map { .int32($0) }, type: .int)
        let wide = Column((0..<1000).map { .int64($0) }, type: .bigint)
        let found = groups.of([narrow], rowCount: 1000)
        #expect(found == groups.of([wide], rowCount: 1000))
        #expect(Set(found).count > 100)
        #expect(found.allSatisfy { (0..<128).contains($0) })
    }
}
