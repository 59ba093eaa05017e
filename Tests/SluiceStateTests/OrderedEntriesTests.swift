import SluiceColumns
import SluiceState
import Testing

/// Ordered entries against a sorted array.
@Suite struct OrderedEntriesTests {
    struct Pair: Equatable {
        var key: [UInt8]
        var value: [UInt8]
    }

    static func key(_ random: inout GroupTableTests.Generator) -> [UInt8] {
        // Many keys share their first bytes, some are shorter than the part that is compared at once.
        let shared = [UInt8](repeating: 7, count: Int.random(in: 0..<20, using: &random))
        return shared + [UInt8.random(in: 0..<40, using: &random), UInt8.random(in: 0..<4, using: &random)]
    }

    static func bytes(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { Array(bytes) }

    @Test("they agree with a sorted array while entries come and go", arguments: [1, 3])
    func model(groups: Int) {
        var random = GroupTableTests.Generator(state: 7)
        let entries = OrderedEntries()
        entries.makeRoom(groups)
        var model = [[Pair]](repeating: [], count: groups)
        for step in 0..<20_000 {
            let group = Int.random(in: 0..<groups, using: &random)
            let key = Self.key(&random)
            let place = model[group].firstIndex { !$0.key.lexicographicallyPrecedes(key) }
            let rank = place ?? model[group].count
            let isThere = rank < model[group].count && model[group][rank].key == key
            let found = key.withUnsafeBytes { entries.find(group, $0) }
            #expect(found.rank == rank)
            #expect((found.entry >= 0) == isThere)
            if Int.random(in: 0..<5, using: &random) < 3 {
                let value = Array("value \(step)".utf8)
                let inserted = key.withUnsafeBytes { key in
                    value.withUnsafeBytes { entries.insert(group, key, $0) }
                }
                #expect(inserted == (isThere ? nil : rank))
                if !isThere { model[group].insert(Pair(key: key, value: value), at: rank) }
            } else {
                let removed = key.withUnsafeBytes { entries.remove(group, $0) }
                #expect(removed == (isThere ? rank : nil))
                if isThere { model[group].remove(at: rank) }
            }
            #expect(entries.count(group) == model[group].count)
        }
        for group in 0..<groups { check(entries, group, model[group]) }
        while let last = model[0].popLast() {
            #expect(Self.bytes(entries.key(entries.last(0))) == last.key)
            entries.removeLast(0)
        }
        #expect(entries.last(0) == OrderedEntries.none)
        if groups > 1 { check(entries, 1, model[1]) }
    }

    private func check(_ entries: OrderedEntries, _ group: Int, _ model: [Pair]) {
        for start in [0, 1, model.count / 2, model.count] {
            var seen: [Pair] = []
            entries.forEach(group, from: start) { (rank, entry) in
                #expect(rank == start + seen.count)
                #expect(entries.entry(group, at: rank) == entry)
                seen.append(Pair(key: Array(entries.key(entry)), value: Array(entries.value(entry))))
                return true
            }
            #expect(seen == Array(model[start...]))
        }
        #expect(entries.entry(group, at: model.count) == OrderedEntries.none)
    }

    @Test("the room of entries that went is used again")
    func reuse() {
        let entries = OrderedEntries()
        entries.makeRoom(1)
        let value = [UInt8](repeating: 1, count: 100)
        var first = 0
        for round in 0..<50 {
            for number in 0..<1000 {
                let key = [UInt8(round), UInt8(number >> 8), UInt8(number & 255)]
                key.withUnsafeBytes { key in
                    value.withUnsafeBytes { _ = entries.insert(0, key, $0) }
                }
            }
            if round == 0 { first = entries.byteCount }
            entries.removeAll(0)
            #expect(entries.count(0) == 0)
        }
        #expect(entries.byteCount < first * 6)
    }
}
