import SluiceColumns
import SluiceConnect
import SluiceHBaseClient
import SluiceTableStore

/// Conditions on qualifiers as HBase's filters, so that rows which cannot meet them stay on the server. The query
/// judges rows again; a filter must only never drop a row that it would take.
enum ValueFilters {
    /// Nil: no condition can be judged by a cell's bytes.
    static func filter(_ layout: RowLayout, _ conditions: [ScanFilter]) -> Filter? {
        var list: [Filter] = []
        for condition in conditions {
            if let filter = filter(layout, condition) { list.append(filter) }
        }
        return list.count <= 1 ? list.first : .list(.all, list)
    }

    private static func filter(_ layout: RowLayout, _ condition: ScanFilter) -> Filter? {
        guard let field = condition.field,
            let family = layout.schema.families.first(where: { $0.column == condition.column }),
            family.qualifiers.indices.contains(field)
        else { return nil }
        let qualifier = family.qualifiers[field]
        let name = Array(family.name.utf8)
        // The server sees only what is read.
        let isRead = layout.columns.contains { $0.family == name && $0.qualifier == qualifier.name }
        guard isRead, case .row(let fields) = layout.table.columns[condition.column].type.kind,
            let comparison = comparison(condition.comparison, fields[field].type)
        else { return nil }
        var list: [Filter] = []
        for value in condition.values {
            var bytes: [UInt8] = []
            let column = Column([value], type: fields[field].type.nullable())
            guard qualifier.codec.append(column, 0, to: &bytes) else { return nil }
            let isPrefix = condition.comparison == .startsWith
            list.append(
                .singleColumnValue(
                    family: name, qualifier: qualifier.name, comparison,
                    isPrefix ? .binaryPrefix(bytes) : .binary(bytes)))
        }
        return list.count == 1 ? list[0] : .list(.any, list)
    }

    /// Bytes order as values only of strings; equal values have equal bytes for strings, integers and times. Booleans,
    /// decimals and floating-point numbers have several forms of one value.
    private static func comparison(
        _ comparison: ScanFilter.Comparison, _ type: DataType
    ) -> CompareOperator? {
        switch type.kind {
        case .varchar, .varbinary:
            switch comparison {
            case .equal, .startsWith, .oneOf: return .equal
            case .less: return .less
            case .lessOrEqual: return .lessOrEqual
            case .greater: return .greater
            case .greaterOrEqual: return .greaterOrEqual
            }
        case .smallint, .int, .bigint, .tinyint, .date, .timestamp, .timestampLTZ:
            return comparison == .equal || comparison == .oneOf ? .equal : nil
        default: return nil
        }
    }
}
