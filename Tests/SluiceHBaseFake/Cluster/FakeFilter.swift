/// A comparator of a filter or condition: of the class names those that compare bytes.
struct FakeComparator {
    enum Kind { case binary, prefix, substring }

    let value: [UInt8]
    let kind: Kind

    init(_ message: FakeMessage) throws {
        let name = try message.requiredString(1)
        let package = "org.apache.hadoop.hbase.filter."
        let inner = try message.message(2, name, known: 1)
        guard let inner, name.hasPrefix(package) else { throw FakeFilter.unknown(name) }
        switch name.dropFirst(package.count) {
        case "BinaryComparator", "LongComparator": kind = .binary
        case "BinaryPrefixComparator": kind = .prefix
        case "SubstringComparator":
            kind = .substring
            value = Array(try inner.requiredString(1).lowercased().utf8)
            return
        default: throw FakeFilter.unknown(name)
        }
        value = try inner.requiredMessage(1, "ByteArrayComparable", known: 1).bytes(1) ?? []
    }

    /// `left OP right` as unsigned bytes.
    static func compare(_ left: [UInt8], _ comparison: UInt64, _ right: [UInt8]) -> Bool {
        let less = bytesPrecede(left, right)
        let equal = left == right
        switch comparison {
        case 0: return less
        case 1: return less || equal
        case 2: return equal
        case 3: return !equal
        case 4: return !less
        case 5: return !less && !equal
        default: return true
        }
    }

    /// `cell OP comparator`, the order of filters.
    func accepts(_ bytes: [UInt8], _ comparison: UInt64) -> Bool {
        switch kind {
        case .binary: return Self.compare(bytes, comparison, value)
        case .prefix: return Self.compare(Array(bytes.prefix(value.count)), comparison, value)
        case .substring:
            let found = String(decoding: bytes, as: UTF8.self).lowercased()
                .contains(String(decoding: value, as: UTF8.self))
            return found == (comparison == 2)
        }
    }
}

/// A filter of a Get or Scan: takes the cells of a row, gives those that pass, or nil when the row is left out.
final class FakeFilter {
    /// Nothing that follows can pass.
    private(set) var isDone = false
    private let body: ([FakeCell], FakeFilter) -> [FakeCell]?

    func apply(_ cells: [FakeCell]) -> [FakeCell]? { isDone ? nil : body(cells, self) }

    static func unknown(_ name: String) -> FakeException {
        .doNotRetryIO("java.lang.ClassNotFoundException: \(name)")
    }

    private static let package = "org.apache.hadoop.hbase.filter."

    init(_ message: FakeMessage) throws {
        let full = try message.requiredString(1)
        guard full.hasPrefix(Self.package) else { throw Self.unknown(full) }
        let name = String(full.dropFirst(Self.package.count))
        let inner = try message.bytes(2) ?? []
        func parsed(_ known: Int) throws -> FakeMessage { try FakeMessage(name, inner[...], known: known) }
        switch name {
        case "PrefixFilter":
            let prefix = try parsed(1).bytes(1) ?? []
            body = { cells, filter in
                let row = cells[0].row
                if row.starts(with: prefix) { return cells }
                if !bytesPrecede(row, prefix) { filter.isDone = true }
                return nil
            }
        case "FirstKeyOnlyFilter": body = { cells, _ in Array(cells.prefix(1)) }
        case "KeyOnlyFilter":
            let lengths = try parsed(1).requiredUInt(1) != 0
            body = { cells, _ in
                cells.map { cell in
                    var bare = cell
                    bare.value = lengths ? BigEndian.bytes(Int32(cell.value.count)) : []
                    return bare
                }
            }
        case "PageFilter":
            let size = Int(clamping: try parsed(1).requiredUInt(1))
            var count = 0
            body = { cells, filter in
                count += 1
                if count >= size { filter.isDone = true }
                return count <= size ? cells : nil
            }
        case "InclusiveStopFilter":
            let stop = try parsed(1).bytes(1) ?? []
            body = { cells, filter in
                guard bytesPrecede(stop, cells[0].row) else { return cells }
                filter.isDone = true
                return nil
            }
        case "ColumnPrefixFilter":
            let prefix = try parsed(1).requiredBytes(1)
            body = { cells, _ in Self.nonEmpty(cells.filter { $0.qualifier.starts(with: prefix) }) }
        case "RowFilter", "QualifierFilter", "FamilyFilter", "ValueFilter":
            body = try Self.compareFilter(name, parsed(1))
        case "SingleColumnValueFilter", "SingleColumnValueExcludeFilter", "ColumnValueFilter":
            body = try Self.valueFilter(name, inner)
        case "MultiRowRangeFilter": body = try Self.ranges(parsed(1))
        case "FilterList": body = try Self.list(parsed(2))
        default: throw Self.unknown(full)
        }
    }

    private static func nonEmpty(_ cells: [FakeCell]) -> [FakeCell]? { cells.isEmpty ? nil : cells }

    private static func compareFilter(
        _ name: String, _ message: FakeMessage
    ) throws -> ([FakeCell], FakeFilter) -> [FakeCell]? {
        let compare = try message.requiredMessage(1, "CompareFilter", known: 2)
        let comparison = try compare.requiredUInt(1)
        let comparator = try FakeComparator(compare.requiredMessage(2, "Comparator", known: 2))
        return { cells, _ in
            let kept = cells.filter { cell in
                switch name {
                case "RowFilter": comparator.accepts(cell.row, comparison)
                case "QualifierFilter": comparator.accepts(cell.qualifier, comparison)
                case "FamilyFilter": comparator.accepts(cell.family, comparison)
                default: comparator.accepts(cell.value, comparison)
                }
            }
            return nonEmpty(kept)
        }
    }

    private static func valueFilter(
        _ name: String, _ inner: [UInt8]
    ) throws -> ([FakeCell], FakeFilter) -> [FakeCell]? {
        var message: FakeMessage
        if name == "SingleColumnValueExcludeFilter" {
            let outer = try FakeMessage(name, inner[...], known: 1)
            message = try outer.requiredMessage(1, "SingleColumnValueFilter", known: 6)
        } else {
            message = try FakeMessage(name, inner[...], known: 6)
        }
        let family = try message.bytes(1) ?? []
        let qualifier = try message.bytes(2) ?? []
        let comparison = try message.requiredUInt(3)
        let comparator = try FakeComparator(message.requiredMessage(4, "Comparator", known: 2))
        let ifMissing = try message.bool(5) ?? false
        func isColumn(_ cell: FakeCell) -> Bool { cell.family == family && cell.qualifier == qualifier }
        return { cells, _ in
            if name == "ColumnValueFilter" {
                return nonEmpty(cells.filter { isColumn($0) && comparator.accepts($0.value, comparison) })
            }
            guard let cell = cells.first(where: isColumn) else { return ifMissing ? nil : cells }
            guard comparator.accepts(cell.value, comparison) else { return nil }
            return name == "SingleColumnValueFilter" ? cells : nonEmpty(cells.filter { !isColumn($0) })
        }
    }

    private static func ranges(_ message: FakeMessage) throws -> ([FakeCell], FakeFilter) -> [FakeCell]? {
        var ranges: [(start: [UInt8], first: Bool, stop: [UInt8], last: Bool)] = []
        for range in try message.messages(1, "RowRange", known: 4) {
            ranges.append(
                (
                    try range.bytes(1) ?? [], try range.bool(2) ?? false, try range.bytes(3) ?? [],
                    try range.bool(4) ?? false
                ))
        }
        return { [ranges] cells, _ in
            let row = cells[0].row
            for range in ranges {
                let low = bytesPrecede(range.start, row) || (range.first && row == range.start)
                let high =
                    range.stop.isEmpty || bytesPrecede(row, range.stop) || (range.last && row == range.stop)
                if low && high { return cells }
            }
            return nil
        }
    }

    private static func list(_ message: FakeMessage) throws -> ([FakeCell], FakeFilter) -> [FakeCell]? {
        let all = try message.requiredUInt(1) == 1
        let filters = try message.messages(2, "Filter", known: 2).map { try FakeFilter($0) }
        return { cells, list in
            if all {
                var rest: [FakeCell]? = cells
                for filter in filters {
                    guard let now = rest else { break }
                    rest = filter.apply(now)
                }
                list.isDone = filters.contains { $0.isDone }
                return rest
            }
            let passed = filters.compactMap { $0.apply(cells) }
            list.isDone = !filters.isEmpty && filters.allSatisfy { $0.isDone }
            return nonEmpty(cells.filter { cell in passed.contains { $0.contains(cell) } })
        }
    }
}
