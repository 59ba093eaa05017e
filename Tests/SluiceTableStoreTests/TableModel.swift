import SluiceTableStore

/// HBase's rules, written down as plainly as possible: every cell in one list, every question a search.
struct TableModel {
    struct Rules {
        var versions = 1
        var minVersions = 0
        var ttlMillis: Int64?
    }

    struct Entry {
        var row: [UInt8]
        var cell: StoredCell
    }

    let rules: [String: Rules]
    var entries: [Entry] = []

    mutating func add(_ row: [UInt8], _ cell: StoredCell) {
        entries.removeAll {
            $0.row == row && $0.cell.family == cell.family && $0.cell.qualifier == cell.qualifier
                && $0.cell.timestamp == cell.timestamp && $0.cell.type == cell.type
        }
        entries.append(Entry(row: row, cell: cell))
    }

    func isHidden(_ cell: StoredCell, row: [UInt8]) -> Bool {
        entries.contains { entry in
            let marker = entry.cell
            guard entry.row == row, marker.family == cell.family else { return false }
            switch marker.type {
            case .put: return false
            case .deleteFamily: return marker.timestamp >= cell.timestamp
            case .deleteFamilyVersion: return marker.timestamp == cell.timestamp
            case .deleteColumn:
                return marker.qualifier == cell.qualifier && marker.timestamp >= cell.timestamp
            case .delete: return marker.qualifier == cell.qualifier && marker.timestamp == cell.timestamp
            }
        }
    }

    func get(_ row: [UInt8], _ options: ReadOptions, now: Int64) -> StoredRow? {
        var seen: [StoredCell] = []
        let puts = entries.filter { $0.row == row && $0.cell.type == .put }.map(\.cell)
        for (family, rule) in rules.sorted(by: { $0.key < $1.key }) {
            let inFamily = puts.filter { $0.family == Array(family.utf8) }
            let qualifiers = Set(inFamily.map(\.qualifier)).sorted { $0.lexicographicallyPrecedes($1) }
            for qualifier in qualifiers {
                let isWanted =
                    options.columns.isEmpty
                    || options.columns.contains {
                        $0.family == Array(family.utf8) && ($0.qualifier == nil || $0.qualifier == qualifier)
                    }
                guard isWanted else { continue }
                var versions = inFamily.filter { $0.qualifier == qualifier && !isHidden($0, row: row) }
                versions.sort { $0.timestamp > $1.timestamp }
                versions.removeAll {
                    $0.timestamp >= options.maxTimestamp || $0.timestamp < options.minTimestamp
                }
                versions = Array(versions.prefix(min(options.maxVersions, rule.versions)))
                if let ttl = rule.ttlMillis {
                    let alive = versions.prefix { $0.timestamp >= now - ttl }.count
                    versions = Array(versions.prefix(max(alive, rule.minVersions)))
                }
                seen += versions
            }
        }
        return seen.isEmpty ? nil : StoredRow(row: row, cells: seen)
    }

    mutating func compact(now: Int64) {
        let everything = ReadOptions(maxVersions: .max)
        let rows = Set(entries.map(\.row))
        let kept = rows.compactMap { get($0, everything, now: now) }
        entries = kept.flatMap { row in row.cells.map { Entry(row: row.row, cell: $0) } }
    }

    func scan(_ options: ReadOptions, now: Int64) -> [StoredRow] {
        Set(entries.map(\.row)).sorted { $0.lexicographicallyPrecedes($1) }
            .compactMap { get($0, options, now: now) }
    }
}
