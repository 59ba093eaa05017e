public import SluiceBase
import SluiceTableStore

/// What `get` and `scan` print of a row.
public struct HBaseReadArguments: Sendable {
    /// `family` or `family:qualifier`; empty = all.
    public var columns: [String] = []
    public var versions: Int = 1
    /// Timestamps from `minTimestamp` to below `maxTimestamp`.
    public var minTimestamp: Int64 = 0
    public var maxTimestamp: Int64 = .max
    /// Delete markers and deleted cells, too.
    public var isRaw = false
    /// Reads cells as this type: string, int, bigint, smallint, tinyint, double, float, boolean or hex.
    public var type: HBaseValueType = .string

    public init() {}
}

/// Which rows `scan` prints.
public struct HBaseScanArguments: Sendable {
    public var read = HBaseReadArguments()
    public var start: String?
    public var stop: String?
    public var prefix: String?
    public var limit: Int?
    public var isReversed = false

    public init() {}
}

extension HBaseCommands {
    public func put(
        _ table: String, row: String, column: String, value: String, type: HBaseValueType = .string,
        timestamp: Int64? = nil, _ emit: Emit
    ) throws(SQLError) {
        let bytes = try type.encode(value)
        let target = try self.column(column)
        let step = Mutation.Step.put(target, value: bytes, timestamp: timestamp)
        try change(table, row, step)
        try report("put", 1, emit)
    }

    /// Adds to a counter and prints the new value.
    public func increment(
        _ table: String, row: String, column: String, by delta: Int64 = 1, _ emit: Emit
    ) throws(SQLError) {
        let target = try self.column(column)
        let cells = try change(table, row, .increment(target, by: delta))
        let sum = cells.first.flatMap { cell in cell.value.withUnsafeBytes { HBaseBytes.int64($0) } } ?? delta
        if isJSON {
            var line = JSONLine()
            line.add("value", sum)
            try emit(line.text)
        } else {
            try emit("COUNTER VALUE = \(sum)")
        }
    }

    /// Without a column the row, with a family all its columns, with a column all its versions, up to the
    /// timestamp; with `newestOnly` one version of the column.
    public func delete(
        _ table: String, row: String, column: String? = nil, timestamp: Int64? = nil,
        newestOnly: Bool = false,
        _ emit: Emit
    ) throws(SQLError) {
        let step: Mutation.Step
        if let column {
            let target = reference(column)
            if target.qualifier == nil {
                step = .deleteFamily(target, timestamp: timestamp)
            } else if newestOnly {
                step = .deleteVersion(target, timestamp: timestamp)
            } else {
                step = .deleteColumn(target, timestamp: timestamp)
            }
        } else {
            step = .deleteRow(timestamp: timestamp)
        }
        try change(table, row, step)
        try report("deleted", 1, emit)
    }

    @discardableResult
    private func change(_ table: String, _ row: String, _ step: Mutation.Step) throws(SQLError)
        -> [StoredCell]
    {
        let name = try HBaseTableName(table)
        return try verbs.mutate(name, Mutation(row: HBaseBytes.parsePrintable(row), [step]))
    }

    public func get(
        _ table: String, row: String, _ arguments: HBaseReadArguments, _ emit: Emit
    ) throws(SQLError) {
        let name = try HBaseTableName(table)
        let found = try verbs.get(name, HBaseBytes.parsePrintable(row), options(arguments))
        if !isJSON { try emit("COLUMN" + spaces(22) + "CELL") }
        if let found {
            if isJSON {
                try emit(json(found, arguments))
            } else {
                for cell in found.cells {
                    try emit(" " + padded(columnName(cell), 27) + text(cell, arguments))
                }
            }
        }
        if !isJSON { try emit("\(found == nil ? 0 : 1) row(s)") }
    }

    public func scan(
        _ table: String, _ arguments: HBaseScanArguments, _ emit: Emit
    ) throws(SQLError) {
        let name = try HBaseTableName(table)
        let range = try range(arguments)
        let header = "ROW" + spaces(22) + "COLUMN+CELL"
        var total = 0
        try verbs.scan(name, range, options(arguments.read), limit: arguments.limit ?? .max) {
            (row) throws(SQLError) in
            // A table that is not there has no header either.
            if total == 0 && !isJSON { try emit(header) }
            try printRow(row, arguments.read, emit)
            total += 1
        }
        if !isJSON {
            if total == 0 { try emit(header) }
            try emit("\(total) row(s)")
        }
    }

    // MARK: Arguments

    private func range(_ arguments: HBaseScanArguments) throws(SQLError) -> ScanRange {
        if let prefix = arguments.prefix {
            if arguments.start != nil || arguments.stop != nil || arguments.isReversed {
                throw SQLError(.tableStore, "a prefix cannot be combined with start, stop or reversed")
            }
            return ScanRange(prefix: HBaseBytes.parsePrintable(prefix))
        }
        return ScanRange(
            start: HBaseBytes.parsePrintable(arguments.start ?? ""),
            stop: HBaseBytes.parsePrintable(arguments.stop ?? ""), isReversed: arguments.isReversed)
    }

    private func options(_ arguments: HBaseReadArguments) -> ReadOptions {
        ReadOptions(
            columns: arguments.columns.map { reference($0) }, maxVersions: max(1, arguments.versions),
            minTimestamp: arguments.minTimestamp, maxTimestamp: arguments.maxTimestamp, isRaw: arguments.isRaw
        )
    }

    private func reference(_ text: String) -> ColumnReference {
        guard let colon = text.firstIndex(of: ":") else { return ColumnReference(text) }
        return ColumnReference(
            family: Array(text[..<colon].utf8),
            qualifier: HBaseBytes.parsePrintable(String(text[text.index(after: colon)...])))
    }

    private func column(_ text: String) throws(SQLError) -> ColumnReference {
        let found = reference(text)
        guard found.qualifier != nil else {
            throw SQLError(
                .tableStore, "\"\(text)\" names no column", hint: "write family:qualifier")
        }
        return found
    }

    // MARK: Output

    private func report(_ what: String, _ count: Int, _ emit: Emit) throws(SQLError) {
        guard isJSON else { return }
        var line = JSONLine()
        line.add(what, Int64(count))
        try emit(line.text)
    }

    private func printRow(_ row: StoredRow, _ arguments: HBaseReadArguments, _ emit: Emit) throws(SQLError) {
        if isJSON { return try emit(json(row, arguments)) }
        for cell in row.cells {
            let key = padded(HBaseBytes.printable(row.row), 24)
            try emit(" \(key)column=\(columnName(cell)), \(text(cell, arguments))")
        }
    }

    private func columnName(_ cell: StoredCell) -> String {
        HBaseBytes.printable(cell.family) + ":" + HBaseBytes.printable(cell.qualifier)
    }

    private func text(_ cell: StoredCell, _ arguments: HBaseReadArguments) -> String {
        if cell.type != .put { return "timestamp=\(cell.timestamp), type=\(cell.type.name)" }
        return "timestamp=\(cell.timestamp), value=\(arguments.type.text(cell.value))"
    }

    private func json(_ row: StoredRow, _ arguments: HBaseReadArguments) -> String {
        var line = JSONLine()
        line.add("row", HBaseBytes.printable(row.row))
        var cells: [String] = []
        for cell in row.cells {
            var part = JSONLine()
            part.add("column", columnName(cell))
            part.add("timestamp", cell.timestamp)
            if cell.type == .put {
                part.add("value", arguments.type.text(cell.value))
            } else {
                part.add("type", cell.type.name)
            }
            cells.append(part.text)
        }
        line.addRaw("cells", "[" + cells.joined(separator: ",") + "]")
        return line.text
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(1, count)) }

    private func padded(_ text: String, _ width: Int) -> String {
        text + spaces(width - text.utf8.count)
    }
}
