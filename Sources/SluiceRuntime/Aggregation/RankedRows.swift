import SluiceColumns

/// The rows of one partition in order: by encoded sort key, then by arrival. Kept in runs, so that a row can be put
/// anywhere in a long list.
struct RankedRows {
    struct Entry {
        var key: [UInt8]
        var row: [Datum]
    }

    private var runs: [[Entry]] = []
    private(set) var count = 0
    private static let runLength = 512

    /// The place behind all rows whose key is not greater; rows before it and the run.
    private func upperBound(_ key: [UInt8]) -> (run: Int, index: Int, rank: Int) {
        var rank = 0
        for (number, run) in runs.enumerated() {
            if let last = run.last, RankedRows.order(last.key, key) <= 0 {
                rank += run.count
                continue
            }
            var low = 0
            var high = run.count
            while low < high {
                let middle = (low + high) / 2
                if RankedRows.order(run[middle].key, key) <= 0 { low = middle + 1 } else { high = middle }
            }
            return (number, low, rank + low)
        }
        return (runs.count - 1, runs.last?.count ?? 0, rank)
    }

    private static func order(_ a: [UInt8], _ b: [UInt8]) -> Int {
        a.withUnsafeBytes { left in b.withUnsafeBytes { Comparison.bytes(left, $0) } }
    }

    /// Puts a row behind its equals; its place, from 0.
    mutating func insert(_ entry: Entry) -> Int {
        if runs.isEmpty { runs.append([]) }
        let place = upperBound(entry.key)
        runs[place.run].insert(entry, at: place.index)
        count += 1
        if runs[place.run].count > RankedRows.runLength {
            let half = runs[place.run].count / 2
            let tail = Array(runs[place.run][half...])
            runs[place.run].removeLast(tail.count)
            runs.insert(tail, at: place.run + 1)
        }
        return place.rank
    }

    /// Takes the oldest row with this key and these values away; its place, nil if there is none.
    mutating func remove(_ entry: Entry) -> Int? {
        var rank = 0
        for number in runs.indices {
            if let last = runs[number].last, RankedRows.order(last.key, entry.key) < 0 {
                rank += runs[number].count
                continue
            }
            for index in runs[number].indices {
                let order = RankedRows.order(runs[number][index].key, entry.key)
                if order > 0 { return nil }
                if order == 0 && runs[number][index].row == entry.row {
                    runs[number].remove(at: index)
                    count -= 1
                    if runs[number].isEmpty { runs.remove(at: number) }
                    return rank + index
                }
            }
            rank += runs[number].count
        }
        return nil
    }

    mutating func removeLast() -> Entry? {
        guard let entry = runs[runs.count - 1].popLast() else { return nil }
        count -= 1
        if runs[runs.count - 1].isEmpty { runs.removeLast() }
        return entry
    }

    var last: Entry? { runs.last?.last }

    subscript(place: Int) -> Entry? {
        var rest = place
        for run in runs {
            if rest < run.count { return run[rest] }
            rest -= run.count
        }
        return nil
    }

    /// Rows from `start` on, while `body` answers true.
    func forEach(from start: Int, _ body: (Int, Entry) -> Bool) {
        var place = 0
        for run in runs {
            if place + run.count <= start {
                place += run.count
                continue
            }
            for index in Swift.max(0, start - place)..<run.count where !body(place + index, run[index]) {
                return
            }
            place += run.count
        }
    }
}
