import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// The row keys that can meet conditions on the row key. Bytes order as the values do for strings and byte strings
/// only; of other types just `=` narrows the range, where a value has one form in bytes.
enum RowKeyRange {
    /// More keys than these are looked for between the first and the last of them: each is a scan of its own.
    static let mostKeys = 64

    /// Ranges of stored keys in their order: one; of a list of keys one for each; with salted keys one a bucket.
    static func ranges(_ layout: RowLayout, _ filters: [ScanFilter]) -> [ScanRange] {
        let ranges = unsalted(layout, filters)
        guard layout.salt.isOn else { return ranges }
        if ranges.allSatisfy({ !$0.start.isEmpty && $0.start == $0.stop }) {
            return ranges.map { range in
                let bucket = range.start.withUnsafeBytes { layout.salt.bucket($0) }
                return salted(range, layout.salt.prefix(bucket))
            }
        }
        let whole = range(layout, filters)
        return (0..<layout.salt.buckets).map { salted(whole, layout.salt.prefix($0)) }
    }

    private static func unsalted(_ layout: RowLayout, _ filters: [ScanFilter]) -> [ScanRange] {
        let whole = range(layout, filters)
        for filter in filters where filter.comparison == .oneOf && filter.column == layout.schema.rowKey {
            guard let keys = keys(layout, filter), keys.count <= mostKeys else { continue }
            return keys.filter { contains(whole, $0) }.map {
                ScanRange(start: $0, includesStart: true, stop: $0, includesStop: true)
            }
        }
        return [whole]
    }

    /// The stored forms of a filter's values, in their order, each once. Nil: one has no form or several.
    private static func keys(_ layout: RowLayout, _ filter: ScanFilter) -> [[UInt8]]? {
        guard layout.schema.rowKeyCodec.hasOneForm else { return nil }
        let type = layout.table.columns[layout.schema.rowKey].type
        var keys: Set<[UInt8]> = []
        for value in filter.values {
            var key: [UInt8] = []
            guard layout.schema.rowKeyCodec.append(Column([value], type: type), 0, to: &key), !key.isEmpty
            else { return nil }
            keys.insert(key)
        }
        return keys.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func contains(_ range: ScanRange, _ key: [UInt8]) -> Bool {
        if key.lexicographicallyPrecedes(range.start) || (key == range.start && !range.includesStart) {
            return false
        }
        if range.stop.isEmpty { return true }
        return key.lexicographicallyPrecedes(range.stop) || (key == range.stop && range.includesStop)
    }

    static func salted(_ range: ScanRange, _ prefix: [UInt8]) -> ScanRange {
        var result = range
        result.start = prefix + range.start
        if range.stop.isEmpty {
            result.stop = prefix.afterAllWithPrefix ?? []
            result.includesStop = false
        } else {
            result.stop = prefix + range.stop
        }
        return result
    }

    /// Of keys without a salt.
    private static func range(_ layout: RowLayout, _ filters: [ScanFilter]) -> ScanRange {
        var range = ScanRange()
        let type = layout.table.columns[layout.schema.rowKey].type
        let isOrdered = type.kind.isCharacter || type.kind.isBinary
        for filter in filters where filter.column == layout.schema.rowKey {
            let isExact = filter.comparison == .equal || filter.comparison == .oneOf
            guard isOrdered || isExact, let keys = keys(layout, filter), let first = keys.first,
                let last = keys.last
            else { continue }
            if filter.comparison == .oneOf {
                // Between these bytes, whether or not they order as values.
                narrow(&range, .greaterOrEqual, first)
                narrow(&range, .lessOrEqual, last)
            } else {
                narrow(&range, filter.comparison, first)
            }
        }
        return range
    }

    private static func narrow(_ range: inout ScanRange, _ comparison: ScanFilter.Comparison, _ key: [UInt8])
    {
        switch comparison {
        case .equal:
            raiseStart(&range, key, isIncluded: true)
            lowerStop(&range, key, isIncluded: true)
        case .greater: raiseStart(&range, key, isIncluded: false)
        case .greaterOrEqual: raiseStart(&range, key, isIncluded: true)
        case .less: lowerStop(&range, key, isIncluded: false)
        case .lessOrEqual: lowerStop(&range, key, isIncluded: true)
        case .startsWith:
            raiseStart(&range, key, isIncluded: true)
            if let end = key.afterAllWithPrefix { lowerStop(&range, end, isIncluded: false) }
        case .oneOf: break
        }
    }

    private static func raiseStart(_ range: inout ScanRange, _ key: [UInt8], isIncluded: Bool) {
        if range.start.isEmpty || range.start.lexicographicallyPrecedes(key) {
            range.start = key
            range.includesStart = isIncluded
        } else if range.start == key {
            range.includesStart = range.includesStart && isIncluded
        }
    }

    private static func lowerStop(_ range: inout ScanRange, _ key: [UInt8], isIncluded: Bool) {
        if range.stop.isEmpty || key.lexicographicallyPrecedes(range.stop) {
            range.stop = key
            range.includesStop = isIncluded
        } else if range.stop == key {
            range.includesStop = range.includesStop && isIncluded
        }
    }
}
