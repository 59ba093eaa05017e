import SluiceBase
import SluiceColumns

/// The values of a result as texts, for the formats that people read.
struct CellTexts {
    private let formatters: [ValueFormatter]
    private let null: String

    init(_ columns: Schema, _ options: RenderOptions) {
        formatters = columns.map { ValueFormatter($0.type, zone: options.zone) }
        null = options.null
    }

    /// One text a column; control characters are still in them.
    func row(_ columns: [Column], _ row: Int) -> [String] {
        var out: [String] = []
        out.reserveCapacity(columns.count + 1)
        for (column, formatter) in zip(columns, formatters) {
            if column.isNull(row) {
                out.append(null)
            } else {
                var scratch = ByteScratch(capacity: 256)
                formatter.append(column, row, to: &scratch)
                out.append(scratch.string())
            }
        }
        return out
    }

    /// Numbers stand at the right.
    static func isNumeric(_ type: DataType) -> Bool { type.kind.isNumeric }

    /// Room that values of the type need, for results whose widths are fixed before the last row is known: every
    /// number fits, texts get what is usual.
    static func usualWidth(_ type: DataType) -> Int {
        switch type.kind {
        case .boolean: return 5
        case .tinyint: return 4
        case .smallint: return 6
        case .int: return 11
        case .bigint: return 20
        case .float: return 14
        case .double: return 24
        case .decimal(let precision, _): return precision + 3
        case .date: return 10
        case .time(let precision): return precision == 0 ? 8 : 9 + precision
        case .timestamp(let precision), .timestampLTZ(let precision):
            return precision == 0 ? 19 : 20 + precision
        case .char(let length), .varchar(let length): return min(length, 12)
        default: return 8
        }
    }
}
