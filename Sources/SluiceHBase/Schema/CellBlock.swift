import SluiceBase
import SluiceColumns

/// Rows as bytes: per row a key and one value, or none, for each wanted column ("leaf"). What scans and look-ups
/// of either store fill and `RowAssembler` reads. Reused; owns its memory. Used by one thread, so exclusive access is
/// not checked at run time.
final class CellBlock {
    struct Place {
        var offset: Int
        /// Negative: no cell.
        var length: Int
    }

    static let absent = Place(offset: 0, length: -1)

    let leafCount: Int
    private let keepsTimes: Bool
    @exclusivity(unchecked) private(set) var rowCount = 0
    @exclusivity(unchecked) private var bytes = ByteScratch(capacity: 4096)
    /// Per row: `leafCount` values.
    @exclusivity(unchecked) private var places: [Place] = []
    /// Beside `places`, if they are kept: the cells' timestamps.
    @exclusivity(unchecked) private var times: [Int64] = []
    @exclusivity(unchecked) private var keys: [Place] = []
    /// The row exists: it has a cell, perhaps one of a column that nobody asked for.
    @exclusivity(unchecked) private var found: [Bool] = []

    init(leafCount: Int, keepsTimes: Bool = false) {
        self.leafCount = leafCount
        self.keepsTimes = keepsTimes
    }

    func removeAll() {
        rowCount = 0
        bytes.removeAll()
        places.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        found.removeAll(keepingCapacity: true)
    }

    /// Adds a row without cells.
    func beginRow(key: UnsafeRawBufferPointer) {
        keys.append(Place(offset: bytes.count, length: key.count))
        bytes.append(key)
        found.append(false)
        for _ in 0..<leafCount { places.append(Self.absent) }
        if keepsTimes { for _ in 0..<leafCount { times.append(0) } }
        rowCount += 1
    }

    /// The row exists.
    func markFound(_ row: Int) { if row >= 0, row < rowCount { found[row] = true } }

    /// Gives a leaf of a row its value; the first one stays, being the newest.
    func set(_ row: Int, _ leaf: Int, _ value: UnsafeRawBufferPointer, time: Int64 = 0) {
        guard row >= 0, row < rowCount, leaf >= 0, leaf < leafCount else { return }
        let at = row &* leafCount &+ leaf
        guard places[at].length < 0 else { return }
        places[at] = Place(offset: bytes.count, length: value.count)
        if keepsTimes { times[at] = time }
        bytes.append(value)
    }

    /// The timestamp of a cell; 0 where there is none, or if they are not kept.
    func time(_ row: Int, _ leaf: Int) -> Int64 {
        keepsTimes ? times[row &* leafCount &+ leaf] : 0
    }

    func isFound(_ row: Int) -> Bool { found[row] }

    /// Valid until the next change.
    func key(_ row: Int) -> UnsafeRawBufferPointer { slice(keys[row]) }

    /// Nil: no cell. Valid until the next change.
    func value(_ row: Int, _ leaf: Int) -> UnsafeRawBufferPointer? {
        let place = places[row &* leafCount &+ leaf]
        return place.length < 0 ? nil : slice(place)
    }

    var byteCount: Int { bytes.count }

    /// Bytes held, used or not.
    var capacity: Int { bytes.capacity + places.capacity * MemoryLayout<Place>.stride }

    private func slice(_ place: Place) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes.base + place.offset, count: place.length)
    }
}
