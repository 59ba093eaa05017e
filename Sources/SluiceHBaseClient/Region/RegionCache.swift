/// The known regions of one table, ordered by start key, never overlapping.
///
/// A look-up is a binary search over the first eight bytes of the start keys; nothing is allocated.
struct RegionCache {
    private(set) var regions: [Region] = []
    /// First eight bytes of each start key, zeros after its end.
    private var prefixes: [UInt64] = []
    /// Where the last look-up ended; sorted keys mostly stay there.
    private var last = 0

    var count: Int { regions.count }
    var isEmpty: Bool { regions.isEmpty }

    /// The region that holds the row.
    mutating func find(_ row: UnsafeRawBufferPointer) -> Region? {
        if last < regions.count, RegionCache.contains(regions[last], row) { return regions[last] }
        let index = lastStart(upTo: row)
        guard index >= 0 else { return nil }
        let region = regions[index]
        guard RegionCache.endsAfter(region, row) else { return nil }
        last = index
        return region
    }

    mutating func find(_ row: [UInt8]) -> Region? { row.withUnsafeBytes { find($0) } }

    /// The region that holds what lies just before the row; an empty row: the last region.
    func find(before row: [UInt8]) -> Region? {
        if row.isEmpty {
            guard let region = regions.last, region.endKey.isEmpty else { return nil }
            return region
        }
        var index = row.withUnsafeBytes { lastStart(upTo: $0) }
        if index >= 0, regions[index].startKey == row { index -= 1 }
        guard index >= 0 else { return nil }
        let end = regions[index].endKey
        let reaches = end.isEmpty || end == row || RegionCache.endsAfter(regions[index], row)
        return reaches ? regions[index] : nil
    }

    private static func endsAfter(_ region: Region, _ row: [UInt8]) -> Bool {
        row.withUnsafeBytes { endsAfter(region, $0) }
    }

    private static func contains(_ region: Region, _ row: UnsafeRawBufferPointer) -> Bool {
        region.startKey.withUnsafeBytes { $0.compare(row) <= 0 } && endsAfter(region, row)
    }

    private static func endsAfter(_ region: Region, _ row: UnsafeRawBufferPointer) -> Bool {
        let end = region.endKey
        return end.isEmpty || end.withUnsafeBytes { row.compare($0) < 0 }
    }

    /// Index of the last region that starts at or before the row; -1 without one.
    private func lastStart(upTo row: UnsafeRawBufferPointer) -> Int {
        let prefix = RegionCache.prefix(row)
        var low = 0
        var high = prefixes.count
        while low < high {
            let middle = (low + high) / 2
            if startsAfter(middle, prefix, row) { high = middle } else { low = middle + 1 }
        }
        return low - 1
    }

    private func startsAfter(_ index: Int, _ prefix: UInt64, _ row: UnsafeRawBufferPointer) -> Bool {
        let own = prefixes[index]
        if own != prefix { return own > prefix }
        return regions[index].startKey.withUnsafeBytes { $0.compare(row) > 0 }
    }

    private static func prefix(_ key: UnsafeRawBufferPointer) -> UInt64 {
        if key.count >= 8 { return UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)) }
        var value: UInt64 = 0
        for byte in key { value = value << 8 | UInt64(byte) }
        return key.isEmpty ? 0 : value << UInt64((8 - key.count) * 8)
    }

    // MARK: changes

    /// Adds a region and gives back those that it replaces; nil when the cache knows something newer, and
    /// keeps it.
    mutating func insert(_ region: Region) -> [Region]? {
        let start = region.startKey
        let end = region.endKey
        var first = start.withUnsafeBytes { lastStart(upTo: $0) }
        if first < 0 || !start.withUnsafeBytes({ RegionCache.endsAfter(regions[first], $0) }) { first += 1 }
        var stop = first
        while stop < regions.count, RegionCache.startsBefore(regions[stop], end) { stop += 1 }
        for old in regions[first..<stop] where RegionCache.isNewer(old.location, than: region.location) {
            return nil
        }
        let replaced = Array(regions[first..<stop])
        regions.replaceSubrange(first..<stop, with: [region])
        prefixes.replaceSubrange(first..<stop, with: [start.withUnsafeBytes { RegionCache.prefix($0) }])
        last = first
        return replaced
    }

    private static func startsBefore(_ region: Region, _ end: [UInt8]) -> Bool {
        if end.isEmpty { return true }
        return region.startKey.withUnsafeBytes { start in
            end.withUnsafeBytes { start.compare($0) < 0 }
        }
    }

    /// Of one region the higher sequence number is newer; of two, the one that was made later.
    private static func isNewer(_ old: RegionLocation, than new: RegionLocation) -> Bool {
        if old.name == new.name {
            return new.sequenceNumber >= 0 && old.sequenceNumber > new.sequenceNumber
        }
        return old.region.regionID > new.region.regionID
    }

    /// Forgets the region if it is still the one in the cache.
    mutating func remove(_ region: Region) -> Bool {
        guard let index = regions.firstIndex(where: { $0 === region }) else { return false }
        regions.remove(at: index)
        prefixes.remove(at: index)
        return true
    }

    /// Forgets all regions for which the test holds and gives them back.
    mutating func removeAll(where test: (Region) -> Bool) -> [Region] {
        let removed = regions.filter(test)
        guard !removed.isEmpty else { return [] }
        regions.removeAll(where: test)
        prefixes = regions.map { $0.startKey.withUnsafeBytes { RegionCache.prefix($0) } }
        last = 0
        return removed
    }
}
