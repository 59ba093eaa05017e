/// What of a row is asked for.
struct FakeSelection {
    /// No entry: all families; a family without qualifiers: the whole family.
    var columns: [(family: [UInt8], qualifiers: [[UInt8]])] = []
    var from: Int64 = 0
    var to: Int64 = .max
    var maxVersions = 1
    var readPoint: UInt64 = .max
    var storeLimit: Int?
    var storeOffset = 0
    /// Markers and what they hide, too.
    var isRaw = false

    func wants(_ family: [UInt8], _ qualifier: [UInt8]) -> Bool {
        if columns.isEmpty { return true }
        return columns.contains { column in
            column.family == family && (column.qualifiers.isEmpty || column.qualifiers.contains(qualifier))
        }
    }

    func inRange(_ timestamp: Int64) -> Bool { timestamp >= from && (timestamp < to || to == .max) }
}

/// The cells of a table, all versions and delete markers, by row.
public struct FakeStore {
    private var rows: [[UInt8]: [FakeCell]] = [:]
    /// Ordered; rows added since are in `fresh`.
    private var keys: [[UInt8]] = []
    private var fresh: [[UInt8]] = []

    /// The servers' clock, for cells that vanish.
    var nowMillis: () -> Int64 = { .min }

    public var rowCount: Int { rows.count }

    mutating func insert(_ cell: FakeCell, versions: Int) {
        guard rows[cell.row] != nil else {
            rows[cell.row] = [cell]
            fresh.append(cell.row)
            return
        }
        var list = rows[cell.row] ?? []
        rows[cell.row] = []
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if FakeCell.inOrder(list[middle], cell) { low = middle + 1 } else { high = middle }
        }
        list.insert(cell, at: low)
        if list.count > 400 { list = Self.pruned(list, versions: versions, newest: cell.sequence) }
        rows[cell.row] = list
    }

    /// Drops versions that are no longer seen by anyone, as a compaction does; what was written lately stays for
    /// scanners that read an older state. Delete markers stay.
    private static func pruned(_ cells: [FakeCell], versions: Int, newest: UInt64) -> [FakeCell] {
        var kept: [FakeCell] = []
        var seen = 0
        for cell in cells {
            let sameColumn =
                kept.last.map { $0.family == cell.family && $0.qualifier == cell.qualifier } ?? false
            if !sameColumn { seen = 0 }
            let recent = newest - cell.sequence < 20_000
            if cell.type != FakeCell.Kind.put || recent || seen < max(versions, 1) { kept.append(cell) }
            if cell.type == FakeCell.Kind.put, !recent { seen += 1 }
        }
        return kept
    }

    /// The cells of a row that a reader sees.
    func read(_ row: [UInt8], _ selection: FakeSelection, versions: ([UInt8]) -> Int) -> [FakeCell] {
        guard let all = rows[row] else { return [] }
        var result: [FakeCell] = []
        var at = 0
        while at < all.count {
            let family = all[at].family
            var end = at
            while end < all.count, all[end].family == family { end += 1 }
            let limit = min(selection.maxVersions, versions(family))
            readFamily(all[at..<end], selection, limit, &result)
            at = end
        }
        return result
    }

    private func readFamily(
        _ cells: ArraySlice<FakeCell>, _ selection: FakeSelection, _ limit: Int, _ result: inout [FakeCell]
    ) {
        let now = nowMillis()
        let seen = cells.filter { $0.sequence <= selection.readPoint && !$0.isExpired(now) }
        if selection.isRaw {
            var puts = 0
            var before: [UInt8]?
            for cell in seen where selection.inRange(cell.timestamp) {
                if before != cell.qualifier { (before, puts) = (cell.qualifier, 0) }
                if cell.type == FakeCell.Kind.put { puts += 1 }
                let wanted = selection.wants(cell.family, cell.qualifier)
                if wanted, cell.type != FakeCell.Kind.put || puts <= selection.maxVersions {
                    result.append(cell)
                }
            }
            return
        }
        var familyDeleted = Int64.min
        var deletedVersions: Set<Int64> = []
        for cell in seen {
            if cell.type == FakeCell.Kind.deleteFamily { familyDeleted = max(familyDeleted, cell.timestamp) }
            if cell.type == FakeCell.Kind.deleteFamilyVersion { deletedVersions.insert(cell.timestamp) }
        }
        var found: [FakeCell] = []
        var column: [UInt8]?
        var columnDeleted = Int64.min
        var exact: Set<Int64> = []
        var lastPut: Int64?
        var count = 0
        for cell in seen {
            if column != cell.qualifier {
                (column, columnDeleted, exact, lastPut, count) = (cell.qualifier, .min, [], nil, 0)
            }
            switch cell.type {
            case FakeCell.Kind.deleteColumn: columnDeleted = max(columnDeleted, cell.timestamp)
            case FakeCell.Kind.delete: exact.insert(cell.timestamp)
            case FakeCell.Kind.put:
                guard lastPut != cell.timestamp else { continue }
                lastPut = cell.timestamp
                guard cell.timestamp > familyDeleted, cell.timestamp > columnDeleted,
                    !deletedVersions.contains(cell.timestamp), !exact.contains(cell.timestamp),
                    selection.inRange(cell.timestamp), count < limit,
                    selection.wants(cell.family, cell.qualifier)
                else { continue }
                count += 1
                found.append(cell)
            default: continue
            }
        }
        if let most = selection.storeLimit {
            found = Array(found.dropFirst(selection.storeOffset).prefix(most))
        }
        result += found
    }

    // MARK: Rows in order

    private mutating func settle() {
        guard !fresh.isEmpty else { return }
        fresh.sort(by: bytesPrecede)
        if let last = keys.last, let first = fresh.first, bytesPrecede(first, last) {
            var merged: [[UInt8]] = []
            merged.reserveCapacity(keys.count + fresh.count)
            var next = 0
            for key in keys {
                while next < fresh.count, bytesPrecede(fresh[next], key) {
                    merged.append(fresh[next])
                    next += 1
                }
                merged.append(key)
            }
            merged += fresh[next...]
            keys = merged
        } else {
            keys += fresh
        }
        fresh = []
    }

    /// The first row at or after the key (after it without `inclusive`).
    mutating func row(from key: [UInt8], inclusive: Bool) -> [UInt8]? {
        settle()
        let at = position(key, after: !inclusive)
        return at < keys.count ? keys[at] : nil
    }

    /// The last row at or before the key; an empty key stands for the end of the table.
    mutating func row(before key: [UInt8], inclusive: Bool) -> [UInt8]? {
        settle()
        let at = key.isEmpty ? keys.count : position(key, after: inclusive)
        return at > 0 ? keys[at - 1] : nil
    }

    mutating func allRows() -> [[UInt8]] {
        settle()
        return keys
    }

    /// The rows of a region.
    mutating func rows(from start: [UInt8], to end: [UInt8]) -> ArraySlice<[UInt8]> {
        settle()
        return keys[position(start, after: false)..<(end.isEmpty ? keys.count : position(end, after: false))]
    }

    /// How many rows stand before the key (with `after`: or are it).
    private func position(_ key: [UInt8], after: Bool) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            let before = after ? !bytesPrecede(key, keys[middle]) : bytesPrecede(keys[middle], key)
            if before { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
