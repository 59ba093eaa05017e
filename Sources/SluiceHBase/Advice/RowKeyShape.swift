/// What the bytes of sorted row keys look like behind what they have in common.
struct RowKeyShape {
    /// "numbers that count up", "dates", …; nil: nothing of the kind.
    let sequence: String?

    /// `stride`: one key in so many was kept.
    init(_ keys: [[UInt8]], stride: Int) {
        guard let first = keys.first, let last = keys.last, keys.count >= 2 else {
            sequence = nil
            return
        }
        let common = zip(first, last).prefix { $0 == $1 }.count
        sequence =
            RowKeyShape.dates(keys) ?? RowKeyShape.text(keys, common, stride)
            ?? RowKeyShape.binary(keys, stride)
    }

    /// A year, and perhaps month and day, at the front of nearly all keys.
    private static func dates(_ keys: [[UInt8]]) -> String? {
        let count = keys.filter { key in
            guard key.count >= 6, key.prefix(4).allSatisfy(isDigit) else { return false }
            let year = number(key.prefix(4))
            let isSeparated = key[4] == 0x2D || key[4] == 0x2F
            let month = number(key.dropFirst(isSeparated ? 5 : 4).prefix(2))
            return (1970...2100).contains(year) && (1...12).contains(month)
        }.count
        return count * 100 >= keys.count * 95 ? "dates: they begin with year and month" : nil
    }

    /// Digits of one length behind a common prefix that are close to each other.
    private static func text(_ keys: [[UInt8]], _ common: Int, _ stride: Int) -> String? {
        var start = common
        while start > 0, let byte = keys.first?[start - 1], isDigit(byte) { start -= 1 }
        var numbers: [Int64] = []
        var length = -1
        for key in keys {
            let digits = key.dropFirst(start).prefix { isDigit($0) }
            guard !digits.isEmpty, digits.count <= 18, length < 0 || digits.count == length else {
                return nil
            }
            length = digits.count
            numbers.append(number(digits))
        }
        return isDense(numbers, stride) ? "numbers that count up" : nil
    }

    /// Big-endian numbers of four or eight bytes: times, or close to each other.
    private static func binary(_ keys: [[UInt8]], _ stride: Int) -> String? {
        guard let width = keys.first?.count, width == 4 || width == 8, keys.allSatisfy({ $0.count == width })
        else {
            return nil
        }
        let numbers = keys.map { key in
            Int64(truncatingIfNeeded: key.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        // From 2000 to 2100, in milliseconds and seconds.
        let times: [(String, ClosedRange<Int64>)] = [
            ("times in milliseconds", 946_684_800_000...4_102_444_800_000),
            ("times in seconds", 946_684_800...4_102_444_800),
        ]
        for (name, range) in times where numbers.allSatisfy({ range.contains($0) }) { return name }
        if numbers.allSatisfy({ times[0].1.contains(Int64.max &- $0) }) {
            return "reversed times in milliseconds"
        }
        return isDense(numbers, stride) ? "numbers that count up" : nil
    }

    /// Nearly every key has a number of its own, and more than half of all numbers between the smallest and the largest
    /// one are there.
    private static func isDense(_ numbers: [Int64], _ stride: Int) -> Bool {
        guard let low = numbers.min(), let high = numbers.max(), numbers.count >= 20 else { return false }
        guard Set(numbers).count * 10 >= numbers.count * 9 else { return false }
        let (span, overflow) = high.subtractingReportingOverflow(low)
        return !overflow && span >= 0 && span / Int64(numbers.count) / Int64(stride) < 2
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func number(_ digits: some Sequence<UInt8>) -> Int64 {
        digits.reduce(Int64(0)) { isDigit($1) ? $0 &* 10 &+ Int64($1 &- 0x30) : $0 }
    }
}
