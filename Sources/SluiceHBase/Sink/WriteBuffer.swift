import Glibc
import SluiceBase
import SluiceColumns

/// The rows of a sink until they are sent, one entry per row key and timestamp: later rows of a key are merged into
/// its entry, so that no update of some columns is lost (B5a) and increments of a cell are added up (H14).
///
/// Of an entry, a delete takes back the puts before it; puts after a delete go out behind it, in a second wave,
/// because HBase would hide them within one batch. Reused; no allocation per row.
final class WriteBuffer {
    struct Place {
        var offset: Int
        /// Negative: nothing is written to the column.
        var length: Int
    }

    struct Row {
        var hash: UInt64
        var keyOffset: Int
        var keyLength: Int32
        var isDelete = false
        var hasPut = false
        var hasSums = false
        /// Of puts: they come after the delete.
        var isSecond = false
        /// Milliseconds; `none`: the server's clock.
        var timestamp: Int64
        /// Milliseconds; `none`: for ever.
        var timeToLive: Int64
    }

    static let none = Int64.max

    let columnCount: Int
    private(set) var rows: [Row] = []
    private var places: [Place] = []
    private var sums: [Int64] = []
    private var slots: [Int32] = Array(repeating: -1, count: 64)
    private var bytes = ByteScratch(capacity: 1 << 16)
    private var value: [UInt8] = []

    init(columnCount: Int) { self.columnCount = columnCount }

    var isEmpty: Bool { rows.isEmpty }
    var rowCount: Int { rows.count }
    /// Bytes of keys and values, with a little for each cell.
    var byteCount: Int { bytes.count + places.count * 24 }

    /// Bytes held, used or not.
    var capacity: Int {
        bytes.capacity + places.capacity * MemoryLayout<Place>.stride
            + rows.capacity * MemoryLayout<Row>.stride
    }

    func removeAll() {
        rows.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        sums.removeAll(keepingCapacity: true)
        bytes.removeAll()
        for index in slots.indices { slots[index] = -1 }
    }

    func key(_ row: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: bytes.base + rows[row].keyOffset, count: Int(rows[row].keyLength))
    }

    /// Nil: the column is not written.
    func value(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
        let place = places[row &* columnCount &+ column]
        return place.length < 0
            ? nil : UnsafeRawBufferPointer(start: bytes.base + place.offset, count: place.length)
    }

    /// What is added to a counter; nil: nothing. A place of length 0 marks a counter with a sum.
    func sum(_ row: Int, _ column: Int) -> Int64? {
        places[row &* columnCount &+ column].length < 0 ? nil : sums[row &* columnCount &+ column]
    }

    // MARK: Filling

    /// Adds an insert or update; returns the bytes of its values.
    @discardableResult
    func put(
        _ key: [UInt8], _ source: SinkRows, _ row: Int, ignoresNull: Bool, timestamp: Int64, timeToLive: Int64
    ) -> Int {
        let entry = locate(key, timestamp)
        let start = bytes.count
        rows[entry].timeToLive = timeToLive
        for (number, target) in source.targets.enumerated() {
            let isNull = target.isNull(row)
            let at = entry &* columnCount &+ number
            if target.qualifier.isIncrement {
                guard !isNull, let amount = target.amounts?[row] else { continue }
                sums[at] &+= amount
                places[at].length = 0
                rows[entry].hasSums = true
                continue
            }
            if isNull && ignoresNull { continue }
            value.removeAll(keepingCapacity: true)
            target.append(row, isNull: isNull, to: &value)
            let length = value.count
            // A value that is not longer takes the place of the one before.
            if places[at].length >= length {
                value.withUnsafeBytes { copy($0, to: places[at].offset) }
                places[at].length = length
            } else {
                places[at] = Place(offset: bytes.count, length: length)
                value.withUnsafeBytes { bytes.append($0) }
            }
            rows[entry].hasPut = true
        }
        if rows[entry].isDelete { rows[entry].isSecond = true }
        return bytes.count - start
    }

    func delete(_ key: [UInt8], timestamp: Int64) {
        let entry = locate(key, timestamp)
        rows[entry].isDelete = true
        rows[entry].hasPut = false
        rows[entry].isSecond = false
        let first = entry &* columnCount
        for at in first..<(first &+ columnCount) { places[at].length = -1 }
    }

    private func copy(_ from: UnsafeRawBufferPointer, to offset: Int) {
        guard let start = from.baseAddress, from.count > 0 else { return }
        memcpy(bytes.base + offset, start, from.count)
    }

    /// The key has an entry whose cells live longer or shorter than these would: one put has one time to live.
    func hasOtherTimeToLive(_ key: [UInt8], timestamp: Int64, timeToLive: Int64) -> Bool {
        let slot = slot(key, timestamp, hash(key, timestamp))
        guard slots[slot] >= 0 else { return false }
        let row = rows[Int(slots[slot])]
        return row.hasPut && row.timeToLive != timeToLive
    }

    private func hash(_ key: [UInt8], _ timestamp: Int64) -> UInt64 {
        key.withUnsafeBytes {
            Hashing.bytes($0, seed: Hashing.tableSeed ^ UInt64(bitPattern: timestamp))
        }
    }

    /// Where the number of the key's entry stands, or would.
    private func slot(_ key: [UInt8], _ timestamp: Int64, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] >= 0 {
            let row = Int(slots[slot])
            if rows[row].hash == hash, rows[row].timestamp == timestamp, isKey(row, key) { break }
            slot = (slot + 1) & mask
        }
        return slot
    }

    /// The entry of a key, made when it is not there.
    private func locate(_ key: [UInt8], _ timestamp: Int64) -> Int {
        if rows.count &* 2 >= slots.count { grow() }
        let hash = hash(key, timestamp)
        let slot = slot(key, timestamp, hash)
        if slots[slot] >= 0 { return Int(slots[slot]) }
        slots[slot] = Int32(truncatingIfNeeded: rows.count)
        rows.append(
            Row(
                hash: hash, keyOffset: bytes.count, keyLength: Int32(truncatingIfNeeded: key.count),
                timestamp: timestamp, timeToLive: WriteBuffer.none))
        key.withUnsafeBytes { bytes.append($0) }
        for _ in 0..<columnCount {
            places.append(Place(offset: 0, length: -1))
            sums.append(0)
        }
        return rows.count - 1
    }

    private func isKey(_ row: Int, _ key: [UInt8]) -> Bool {
        key.withUnsafeBytes { compareBytes($0, self.key(row)) == 0 }
    }

    private func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        let mask = slots.count - 1
        for row in rows.indices {
            var slot = Int(truncatingIfNeeded: rows[row].hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(truncatingIfNeeded: row)
        }
    }
}
