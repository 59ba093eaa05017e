import SluiceBase
import SluiceConnect
import SluiceHBaseClient
import SluiceTableStore

/// A bounded scan of a table of a cluster: one split for each region, read in parallel. Rows are atomic, the table as
/// a whole is not: it has no snapshot.
struct ClusterSource: Source {
    let layout: RowLayout
    let cluster: ClusterOptions
    let pool: ClusterPool
    let limit: Int?
    /// The rows that can meet the query's conditions on the row key; several: salted keys.
    let ranges: [ScanRange]
    /// Conditions on other columns.
    let filter: Filter?
    let report: RegionReport

    func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
        let table = try ClusterTable(layout.options, cluster, pool)
        let preflight = Preflight(table, layout.schema, for: .reading)
        try preflight.check()
        // Salted rows come back in the order of their keys, which takes all of them in one place.
        guard ranges.count == 1, let range = ranges.first else {
            return [SourceSplit(id: layout.options.tableName.description)]
        }
        var splits: [SourceSplit] = []
        for region in try preflight.regions().ranges {
            guard let part = ScanSplit.overlap(range, start: region.start, end: region.end) else { continue }
            splits.append(SourceSplit(id: ScanSplit.id(layout.options.tableName.description, part)))
        }
        return splits
    }

    func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
        let table = try ClusterTable(layout.options, cluster, pool)
        context.publish(report)
        var parts = ranges
        if let range = ScanSplit.range(split.id) { parts = [range] }
        var scans: [any CellScan] = []
        for part in parts {
            guard let rest = SaltedPosition.rest(of: part, after: split.detail, layout.salt) else { continue }
            scans.append(
                ClusterScan(
                    table, layout, rest, filter: filter, limit: limit, meter: report.meter,
                    versions: layout.options.scan, of: parts.count, context))
        }
        let scan: any CellScan
        if scans.count == 1 {
            scan = scans[0]
        } else {
            scan = MergedScan(scans, leafCount: layout.codecs.count, salt: layout.salt)
        }
        return CellScanReader(scan, layout, after: split.detail, limit: limit, context)
    }
}

/// A split's range in its name, which stays while its position moves on.
enum ScanSplit {
    /// The part of a range inside a region; nil: none.
    static func overlap(_ range: ScanRange, start: [UInt8], end: [UInt8]) -> ScanRange? {
        var part = range
        if part.start.lexicographicallyPrecedes(start) {
            part.start = start
            part.includesStart = true
        }
        let endsFirst = part.stop.isEmpty || end.lexicographicallyPrecedes(part.stop) || end == part.stop
        if !end.isEmpty && endsFirst {
            // A stop that is the region's end exactly, and included, is the next region's first row.
            part.stop = end
            part.includesStop = false
        }
        if !part.stop.isEmpty {
            if part.stop.lexicographicallyPrecedes(part.start) { return nil }
            if part.stop == part.start && !(part.includesStart && part.includesStop) { return nil }
        }
        return part
    }

    static func id(_ table: String, _ range: ScanRange) -> String {
        let open = range.includesStart ? "[" : "("
        let close = range.includesStop ? "]" : ")"
        return "\(table)\(open)\(hex(range.start)),\(hex(range.stop))\(close)"
    }

    static func range(_ id: String) -> ScanRange? {
        guard let open = id.lastIndex(where: { $0 == "[" || $0 == "(" }), let last = id.last,
            last == "]" || last == ")"
        else { return nil }
        let inner = id[id.index(after: open)...].dropLast()
        let parts = inner.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let start = bytes(parts[0]), let stop = bytes(parts[1]) else { return nil }
        return ScanRange(
            start: start, includesStart: id[open] == "[", stop: stop, includesStop: last == "]")
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return text
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var out: [UInt8] = []
        for at in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[at..<(at + 2)], as: UTF8.self), radix: 16) else {
                return nil
            }
            out.append(byte)
        }
        return out
    }
}
