import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// The row keys that can meet conditions on the row key. Bytes order as the values do for strings and byte strings
/// only; of other types just `=` narrows the range.
enum RowKeyRange {
    static func range(_ layout: RowLayout, _ filters: [ScanFilter]) -> ScanRange {
        var range = ScanRange()
        let type = layout.table.columns[layout.schema.rowKey].type
        let isOrdered = type.kind.isCharacter || type.kind.isBinary
        for filter in filters where filter.column == layout.schema.rowKey {
            guard isOrdered || filter.comparison == .equal else { continue }
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
