import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// The row keys that can meet conditions on the row key. Bytes order as the values do for strings and byte strings
/// only; of other types just `=` narrows the range, where a value has one form in bytes.
enum RowKeyRange {
    /// Ranges of stored keys: one, or with salted keys one a bucket.
    static func ranges(_ layout: RowLayout, _ filters: [ScanFilter]) -> [ScanRange] {
        let range = range(layout, filters)
        guard layout.salt.isOn else { return [range] }
        if !range.start.isEmpty, range.start == range.stop {
            let bucket = range.start.withUnsafeBytes { layout.salt.bucket($0) }
            return [salted(range, layout.salt.prefix(bucket))]
        }
        return (0..<layout.salt.buckets).map { salted(range, layout.salt.prefix($0)) }
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
            guard isOrdered || filter.comparison == .equal, layout.schema.rowKeyCodec.hasOneForm else {
                continue
            }
            var key: [UInt8] = []
            let column = Column([filter.value], type: type)
            guard layout.schema.rowKeyCodec.append(column, 0, to: &key), !key.isEmpty else { continue }
            narrow(&range, filter.comparison, key)
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
