/// Selects rows and cells on the server (`hbase.pb.Filter`): the Java class and its fields.
///
/// A `singleColumnValue` with `ifMissing` false lets rows without the column pass, and sees the column only when the
/// read asks for it too.
public indirect enum Filter: Sendable, Hashable, ProtobufWritable {
    public enum ListOperator: UInt32, Sendable, Hashable {
        case all = 1
        case any = 2
    }

    /// Rows from `start` to `stop`; an empty key is no bound.
    public struct RowRange: Sendable, Hashable {
        public var start: [UInt8]
        public var includesStart: Bool
        public var stop: [UInt8]
        public var includesStop: Bool

        public init(
            start: [UInt8], includesStart: Bool = true, stop: [UInt8], includesStop: Bool = false
        ) {
            self.start = start
            self.includesStart = includesStart
            self.stop = stop
            self.includesStop = includesStop
        }
    }

    /// A row passes by the value of one column; all of it comes back. `dropsIfMissing`: rows without the column do
    /// not pass.
    case singleColumnValue(
        family: [UInt8], qualifier: [UInt8], CompareOperator, Comparator, dropsIfMissing: Bool = true)
    /// Only the column's own cells that match come back.
    case columnValue(family: [UInt8], qualifier: [UInt8], CompareOperator, Comparator)
    /// Rows that begin so; the scan still reads from its start row.
    case prefix([UInt8])
    case row(CompareOperator, Comparator)
    case family(CompareOperator, Comparator)
    case qualifier(CompareOperator, Comparator)
    case value(CompareOperator, Comparator)
    /// Sorted, disjoint ranges; the server jumps from one to the next.
    case rowRanges([RowRange])
    /// The first cell of each row.
    case firstKeyOnly
    /// Cells without their values; with `lengthAsValue` four bytes of its length instead.
    case keyOnly(lengthAsValue: Bool = false)
    case columnPrefix([UInt8])
    case columnRange(
        from: [UInt8]?, includesFrom: Bool = true, to: [UInt8]?, includesTo: Bool = false)
    /// So many rows per region.
    case page(Int64)
    case inclusiveStop([UInt8])
    case timestamps([Int64])
    case list(ListOperator, [Filter])
    /// Drops the whole row when one of its cells does not pass.
    case skip(Filter)
    /// Ends the scan at the first cell that does not pass.
    case whileMatch(Filter)

    public var className: String {
        switch self {
        case .singleColumnValue: return "SingleColumnValueFilter"
        case .columnValue: return "ColumnValueFilter"
        case .prefix: return "PrefixFilter"
        case .row: return "RowFilter"
        case .family: return "FamilyFilter"
        case .qualifier: return "QualifierFilter"
        case .value: return "ValueFilter"
        case .rowRanges: return "MultiRowRangeFilter"
        case .firstKeyOnly: return "FirstKeyOnlyFilter"
        case .keyOnly: return "KeyOnlyFilter"
        case .columnPrefix: return "ColumnPrefixFilter"
        case .columnRange: return "ColumnRangeFilter"
        case .page: return "PageFilter"
        case .inclusiveStop: return "InclusiveStopFilter"
        case .timestamps: return "TimestampsFilter"
        case .list: return "FilterList"
        case .skip: return "SkipFilter"
        case .whileMatch: return "WhileMatchFilter"
        }
    }

    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, "org.apache.hadoop.hbase.filter." + className)
        let inner = writer.begin(2)
        writeFields(to: &writer)
        writer.end(inner)
    }

    private func writeFields(to writer: inout ProtobufWriter) {
        switch self {
        case .singleColumnValue(let family, let qualifier, let compare, let comparator, let drops):
            writer.field(1, family)
            writer.field(2, qualifier)
            writer.field(3, compare.rawValue)
            writer.field(4, comparator)
            writer.field(5, drops)
            writer.field(6, true)
        case .columnValue(let family, let qualifier, let compare, let comparator):
            writer.field(1, family)
            writer.field(2, qualifier)
            writer.field(3, compare.rawValue)
            writer.field(4, comparator)
        case .prefix(let bytes), .columnPrefix(let bytes), .inclusiveStop(let bytes):
            writer.field(1, bytes)
        case .row(let compare, let comparator), .family(let compare, let comparator),
            .qualifier(let compare, let comparator), .value(let compare, let comparator):
            let mark = writer.begin(1)
            writer.field(1, compare.rawValue)
            writer.field(2, comparator)
            writer.end(mark)
        case .rowRanges(let ranges): for range in ranges { writeRange(range, &writer) }
        case .firstKeyOnly: break
        case .keyOnly(let lengthAsValue): writer.field(1, lengthAsValue)
        case .columnRange(let from, let includesFrom, let to, let includesTo):
            writer.optional(1, from)
            writer.field(2, includesFrom)
            writer.optional(3, to)
            writer.field(4, includesTo)
        case .page(let rows): writer.field(1, rows)
        case .timestamps(let times): for time in times { writer.field(1, time) }
        case .list(let combine, let filters):
            writer.field(1, combine.rawValue)
            for filter in filters { writer.field(2, filter) }
        case .skip(let filter), .whileMatch(let filter): writer.field(1, filter)
        }
    }

    private func writeRange(_ range: RowRange, _ writer: inout ProtobufWriter) {
        let mark = writer.begin(1)
        writer.field(1, range.start)
        writer.field(2, range.includesStart)
        writer.field(3, range.stop)
        writer.field(4, range.includesStop)
        writer.end(mark)
    }
}
