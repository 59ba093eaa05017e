import SluiceTableStore

/// Row keys of a table with the times of their newest cells, in the order of the keys; and what they tell about the
/// region that new rows go to. Of a table that is larger than the sample every second, fourth, … row is kept.
public struct RowKeySample: Sendable {
    public enum Verdict: String, Sendable {
        /// Keys follow the time of writing, or have the shape of something that counts up.
        case sequential
        /// Keys do not follow the time of writing.
        case spread
        /// Neither can be told.
        case unknown
    }

    /// How many of a table's rows lie in a region, and of the tenth that was written last, in percent.
    public struct RegionShare: Sendable, Hashable {
        public var startKey: [UInt8]
        public var rows: Int
        public var newest: Int

        /// Bytes that are no printable ASCII as `\xNN`.
        public var startText: String { HBaseBytes.printable(startKey) }
    }

    public struct Report: Sendable {
        public var rows: Int
        public var sampled: Int
        public var verdict: Verdict
        /// One line each.
        public var evidence: [String]
        public var advice: String?
        /// Empty where the regions are not known, or there are too few rows.
        public var regions: [RegionShare] = []
    }

    private struct Row {
        var key: [UInt8]
        var time: Int64
    }

    /// The first keys of the table's regions, ascending.
    public var regionStarts: [[UInt8]] = []
    private let capacity: Int
    private var rows: [Row] = []
    private var stride = 1
    private var seen = 0

    /// `capacity`: rows kept at most; at least 2.
    public init(capacity: Int = 100_000) { self.capacity = Swift.max(2, capacity) }

    /// Takes the next row in the order of keys; `time` is that of its newest cell, in milliseconds.
    public mutating func add(key: [UInt8], time: Int64) {
        defer { seen += 1 }
        guard seen % stride == 0 else { return }
        if rows.count == capacity {
            rows = rows.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            stride *= 2
            guard seen % stride == 0 else { return }
        }
        rows.append(Row(key: key, time: time))
    }

    public func report() -> Report {
        var report = Report(rows: seen, sampled: rows.count, verdict: .unknown, evidence: [], advice: nil)
        guard rows.count >= 20 else {
            report.evidence.append("\(rows.count) row(s) are too few to judge")
            return report
        }
        judgeTimes(&report)
        addRegions(&report)
        let shape = RowKeyShape(rows.map(\.key), stride: stride)
        if let found = shape.sequence {
            report.evidence.append("keys are \(found)")
            if report.verdict == .unknown { report.verdict = .sequential }
        }
        if report.verdict == .sequential {
            report.advice =
                "begin keys with something that has many values, such as the id of what a row is about; or declare "
                + "the table with 'row-key.salt-buckets' = '16' and load it again"
        }
        return report
    }

    /// Rank correlation of key and time of writing, and where the newest rows lie.
    private func judgeTimes(_ report: inout Report) {
        let distinct = Set(rows.map(\.time)).count
        guard distinct >= 20 else {
            report.evidence.append(
                "the rows were written at \(distinct) different times: too few to compare with")
            return
        }
        let correlation = RowKeySample.rankCorrelation(rows.map(\.time))
        let hundredths = Int((abs(correlation) * 100).rounded())
        let percent = newestTenthInBusiestTenth()
        report.evidence.append(
            "key order and time of writing agree to \(hundredths) % (\(correlation < 0 ? "falling" : "rising"))"
        )
        report.evidence.append(
            "\(percent) % of the newest tenth of the rows lie in one tenth of the table")
        report.verdict = hundredths >= 90 || percent >= 90 ? .sequential : .spread
    }

    /// Spearman's coefficient of the positions and the values, with mean ranks for equal values.
    static func rankCorrelation(_ values: [Int64]) -> Double {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = Array(repeating: 0.0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for index in start...end { ranks[order[index]] = Double(start + end) / 2 }
            start = end + 1
        }
        let mean = Double(values.count - 1) / 2
        var together = 0.0
        var own = 0.0
        var other = 0.0
        for (position, rank) in ranks.enumerated() {
            let left = Double(position) - mean
            let right = rank - mean
            together += left * right
            own += left * left
            other += right * right
        }
        return own > 0 && other > 0 ? together / (own * other).squareRoot() : 0
    }

    /// Positions of the rows that were written last.
    private var newestTenth: [Int] {
        let count = Swift.max(1, rows.count / 10)
        return Array(rows.indices.sorted { rows[$0].time > rows[$1].time }.prefix(count))
    }

    private func addRegions(_ report: inout Report) {
        guard regionStarts.count > 1 else { return }
        var all = Array(repeating: 0, count: regionStarts.count)
        var late = all
        for row in rows { all[region(row.key)] += 1 }
        let newest = newestTenth
        for index in newest { late[region(rows[index].key)] += 1 }
        report.regions = regionStarts.indices.map { index in
            RegionShare(
                startKey: regionStarts[index], rows: all[index] * 100 / rows.count,
                newest: late[index] * 100 / newest.count)
        }
        guard let busiest = report.regions.max(by: { $0.newest < $1.newest }) else { return }
        report.evidence.append(
            "of \(regionStarts.count) regions one has \(busiest.newest) % of the newest tenth of the rows, and "
                + "\(busiest.rows) % of all")
    }

    /// The last region that does not begin behind the key.
    private func region(_ key: [UInt8]) -> Int {
        var low = 0
        var high = regionStarts.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if key.lexicographicallyPrecedes(regionStarts[middle]) { high = middle - 1 } else { low = middle }
        }
        return low
    }

    /// In percent.
    private func newestTenthInBusiestTenth() -> Int {
        let newest = newestTenth
        var counts = Array(repeating: 0, count: 10)
        for index in newest { counts[index * 10 / rows.count] += 1 }
        return (counts.max() ?? 0) * 100 / newest.count
    }
}
