import Glibc
import SluiceColumns

/// Entries of key and value bytes in the order of their keys (`memcmp`), apart for each group; a key occurs once.
///
/// A treap per group over shared dense nodes that know the sizes of their subtrees (Seidel, Aragon: Randomized Search
/// Trees, 1996): finding, inserting, removing, the rank of a key and the entry of a rank take a time logarithmic in the
/// group's entries, and nothing is moved. The first 16 bytes of a key stand in its node, keys and values in one arena.
public final class OrderedEntries {
    /// No entry.
    public static let none: Int32 = -1

    struct Node: BitwiseCopyable {
        var prefix: (UInt64, UInt64)
        var offset: Int
        var keyLength: Int32
        /// -1: the node is free.
        var valueLength: Int32
        var left: Int32
        var right: Int32
        var size: Int32
        var priority: UInt32
    }

    private var nodes = DenseArray<Node>()
    private var roots = DenseArray<Int32>()
    private var free: [Int32] = []
    private var arena = ByteScratch(capacity: 1024)
    private var garbage = 0
    private var nextPriority: UInt64 = 0

    public init() {}

    public var byteCount: Int {
        nodes.capacity * MemoryLayout<Node>.stride + roots.capacity * 4 + free.capacity * 4 + arena.capacity
    }

    /// Room for groups below `count`; new ones are empty.
    public func makeRoom(_ count: Int) { while roots.count < count { roots.append(OrderedEntries.none) } }

    public func count(_ group: Int) -> Int { size(roots.base[group]) }

    private func size(_ node: Int32) -> Int { node < 0 ? 0 : Int(nodes.base[Int(node)].size) }

    // MARK: Keys

    private func prefix(_ key: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
        if key.count >= 16 {
            return (
                UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: key.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for at in 0..<8 { high = high << 8 | (at < key.count ? UInt64(key[at]) : 0) }
        for at in 8..<16 { low = low << 8 | (at < key.count ? UInt64(key[at]) : 0) }
        return (high, low)
    }

    /// The order of a key against the node's: less than, equal to, or greater than 0.
    @inline(__always)
    private func compare(
        _ key: UnsafeRawBufferPointer, _ prefix: (UInt64, UInt64), _ node: UnsafePointer<Node>
    ) -> Int {
        let other = node.pointee.prefix
        if prefix.0 != other.0 { return prefix.0 < other.0 ? -1 : 1 }
        if prefix.1 != other.1 { return prefix.1 < other.1 ? -1 : 1 }
        let length = Int(node.pointee.keyLength)
        if length <= 16 && key.count <= 16 { return key.count - length }
        return Comparison.bytes(
            key, UnsafeRawBufferPointer(start: arena.base + node.pointee.offset, count: length))
    }

    /// Valid until the next insertion.
    public func key(_ entry: Int32) -> UnsafeRawBufferPointer {
        let node = nodes.base[Int(entry)]
        return UnsafeRawBufferPointer(start: arena.base + node.offset, count: Int(node.keyLength))
    }

    /// Valid until the next insertion.
    public func value(_ entry: Int32) -> UnsafeRawBufferPointer {
        let node = nodes.base[Int(entry)]
        return UnsafeRawBufferPointer(
            start: arena.base + node.offset + Int(node.keyLength), count: Int(node.valueLength))
    }

    // MARK: Search

    /// The entry of a key and its rank, from 0; `none` and the rank that the key would have.
    public func find(_ group: Int, _ key: UnsafeRawBufferPointer) -> (entry: Int32, rank: Int) {
        let prefix = prefix(key)
        var at = roots.base[group]
        var rank = 0
        while at >= 0 {
            let node = nodes.base + Int(at)
            let order = compare(key, prefix, node)
            if order < 0 {
                at = node.pointee.left
                continue
            }
            rank &+= size(node.pointee.left)
            if order == 0 { return (at, rank) }
            rank &+= 1
            at = node.pointee.right
        }
        return (OrderedEntries.none, rank)
    }

    /// The entry of a rank, from 0; `none` outside of the group.
    public func entry(_ group: Int, at rank: Int) -> Int32 {
        var at = roots.base[group]
        var rest = rank
        if rest < 0 || rest >= size(at) { return OrderedEntries.none }
        while at >= 0 {
            let node = nodes.base + Int(at)
            let before = size(node.pointee.left)
            if rest < before {
                at = node.pointee.left
            } else if rest == before {
                return at
            } else {
                rest -= before &+ 1
                at = node.pointee.right
            }
        }
        return OrderedEntries.none
    }

    public func last(_ group: Int) -> Int32 {
        var at = roots.base[group]
        if at < 0 { return OrderedEntries.none }
        while nodes.base[Int(at)].right >= 0 { at = nodes.base[Int(at)].right }
        return at
    }

    /// Entries from a rank on, in order, while `body` answers true.
    public func forEach(_ group: Int, from rank: Int, _ body: (_ rank: Int, _ entry: Int32) -> Bool) {
        var path: [Int32] = []
        var at = roots.base[group]
        var first = 0
        // The way down to the first entry; those to the right of it wait on the path.
        while at >= 0 {
            let node = nodes.base[Int(at)]
            let own = first &+ size(node.left)
            if rank <= own {
                path.append(at)
                at = node.left
            } else {
                first = own &+ 1
                at = node.right
            }
        }
        var next = Swift.max(rank, 0)
        while let entry = path.popLast() {
            if !body(next, entry) { return }
            next &+= 1
            var below = nodes.base[Int(entry)].right
            while below >= 0 {
                path.append(below)
                below = nodes.base[Int(below)].left
            }
        }
    }

    // MARK: Change

    /// Puts an entry; its rank, nil: the key was there and keeps its value.
    public func insert(
        _ group: Int, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
    ) -> Int? {
        let place = find(group, key)
        if place.entry >= 0 { return nil }
        if garbage > 1 << 16 && garbage > arena.count / 2 { pack() }
        let entry = newNode(key, value)
        let fresh = nodes.base + Int(entry)
        var link = roots.base + group
        while link.pointee >= 0 {
            let node = nodes.base + Int(link.pointee)
            if node.pointee.priority < fresh.pointee.priority { break }
            node.pointee.size &+= 1
            link = compare(key, fresh.pointee.prefix, node) < 0 ? left(node) : right(node)
        }
        split(link.pointee, key, fresh.pointee.prefix, left(fresh), right(fresh))
        fresh.pointee.size = Int32(
            truncatingIfNeeded: size(fresh.pointee.left) &+ size(fresh.pointee.right) &+ 1)
        link.pointee = entry
        return place.rank
    }

    /// Takes the entry of a key away; its rank, nil: there is none.
    public func remove(_ group: Int, _ key: UnsafeRawBufferPointer) -> Int? {
        let place = find(group, key)
        guard place.entry >= 0 else { return nil }
        let prefix = prefix(key)
        var link = roots.base + group
        while link.pointee != place.entry {
            let node = nodes.base + Int(link.pointee)
            node.pointee.size &-= 1
            link = compare(key, prefix, node) < 0 ? left(node) : right(node)
        }
        release(place.entry, link)
        return place.rank
    }

    /// Takes the last entry away.
    public func removeLast(_ group: Int) {
        var link = roots.base + group
        if link.pointee < 0 { return }
        while nodes.base[Int(link.pointee)].right >= 0 {
            let node = nodes.base + Int(link.pointee)
            node.pointee.size &-= 1
            link = right(node)
        }
        release(link.pointee, link)
    }

    /// Takes all entries of a group away.
    public func removeAll(_ group: Int) { while roots.base[group] >= 0 { removeLast(group) } }

    private func release(_ entry: Int32, _ link: UnsafeMutablePointer<Int32>) {
        let node = nodes.base + Int(entry)
        link.pointee = join(node.pointee.left, node.pointee.right)
        garbage &+= Int(node.pointee.keyLength) &+ Int(node.pointee.valueLength)
        node.pointee.valueLength = -1
        free.append(entry)
    }

    private func left(_ node: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<Int32> {
        child(node, MemoryLayout<Node>.offset(of: \.left) ?? 0)
    }

    private func right(_ node: UnsafeMutablePointer<Node>) -> UnsafeMutablePointer<Int32> {
        child(node, MemoryLayout<Node>.offset(of: \.right) ?? 0)
    }

    @inline(__always)
    private func child(_ node: UnsafeMutablePointer<Node>, _ offset: Int) -> UnsafeMutablePointer<Int32> {
        (UnsafeMutableRawPointer(node) + offset).assumingMemoryBound(to: Int32.self)
    }

    /// Parts a tree into the entries before a key and those behind it.
    private func split(
        _ root: Int32, _ key: UnsafeRawBufferPointer, _ prefix: (UInt64, UInt64),
        _ before: UnsafeMutablePointer<Int32>, _ behind: UnsafeMutablePointer<Int32>
    ) {
        if root < 0 {
            before.pointee = OrderedEntries.none
            behind.pointee = OrderedEntries.none
            return
        }
        let node = nodes.base + Int(root)
        if compare(key, prefix, node) < 0 {
            behind.pointee = root
            split(node.pointee.left, key, prefix, before, left(node))
        } else {
            before.pointee = root
            split(node.pointee.right, key, prefix, right(node), behind)
        }
        resize(node)
    }

    /// One tree of two, all entries of the first before those of the second.
    private func join(_ first: Int32, _ second: Int32) -> Int32 {
        if first < 0 { return second }
        if second < 0 { return first }
        let a = nodes.base + Int(first)
        let b = nodes.base + Int(second)
        if a.pointee.priority >= b.pointee.priority {
            a.pointee.right = join(a.pointee.right, second)
            resize(a)
            return first
        }
        b.pointee.left = join(first, b.pointee.left)
        resize(b)
        return second
    }

    private func resize(_ node: UnsafeMutablePointer<Node>) {
        node.pointee.size = Int32(
            truncatingIfNeeded: size(node.pointee.left) &+ size(node.pointee.right) &+ 1)
    }

    private func newNode(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Int32 {
        nextPriority &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (nextPriority ^ nextPriority >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        let node = Node(
            prefix: prefix(key), offset: arena.count, keyLength: Int32(truncatingIfNeeded: key.count),
            valueLength: Int32(truncatingIfNeeded: value.count), left: OrderedEntries.none,
            right: OrderedEntries.none, size: 1, priority: UInt32(truncatingIfNeeded: mixed >> 32))
        arena.append(key)
        arena.append(value)
        if let reused = free.popLast() {
            nodes.base[Int(reused)] = node
            return reused
        }
        nodes.append(node)
        return Int32(truncatingIfNeeded: nodes.count - 1)
    }

    /// Drops the bytes of entries that went.
    private func pack() {
        var fresh = ByteScratch(capacity: arena.count - garbage + 1024)
        for at in 0..<nodes.count where nodes.base[at].valueLength >= 0 {
            let length = Int(nodes.base[at].keyLength) + Int(nodes.base[at].valueLength)
            let offset = fresh.count
            fresh.append(UnsafeRawBufferPointer(start: arena.base + nodes.base[at].offset, count: length))
            nodes.base[at].offset = offset
        }
        arena = fresh
        garbage = 0
    }
}
