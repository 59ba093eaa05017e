import SluiceBase
import SluiceColumns
import SluiceTableStore

/// A CREATE TABLE for a stored table, with types guessed from the first rows: HBase itself knows only bytes.
struct TableGuess {
    private(set) var rowCount = 0
    private var key = Evidence()
    private var columns: [(family: [UInt8], qualifier: [UInt8], evidence: Evidence)] = []
    private let name: HBaseTableName

    static let sampledRows = 200
    static let maxColumns = 500

    /// What the values of a column have in common.
    private struct Evidence {
        private var lengths: Set<Int> = []
        private var isText = true
        private var isBoolean = true
        /// As a floating-point number every value has a common magnitude; as an integer some would be huge.
        private var isFloating = true

        mutating func add(_ bytes: [UInt8]) {
            // An empty value stands for NULL and tells nothing.
            guard !bytes.isEmpty else { return }
            lengths.insert(bytes.count)
            if isText { isText = isReadable(bytes) }
            if isFloating { isFloating = isCommonFloat(bytes) }
            if isBoolean { isBoolean = bytes == [0] || bytes == [0xFF] }
        }

        private func isCommonFloat(_ bytes: [UInt8]) -> Bool {
            if bytes.allSatisfy({ $0 == 0 }) { return true }
            let number = bytes.withUnsafeBytes { bytes in
                bytes.count == 8 ? HBaseBytes.double(bytes) : HBaseBytes.float(bytes).map { Double($0) }
            }
            guard let number, number.isFinite else { return false }
            return (1e-6...1e12).contains(number.magnitude)
        }

        private func isReadable(_ bytes: [UInt8]) -> Bool {
            guard let text = String(validating: bytes, as: UTF8.self) else { return false }
            return text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        }

        var type: String {
            guard let length = lengths.first else { return "STRING" }
            if isText { return "STRING" }
            guard lengths.count == 1 else { return "BYTES" }
            switch length {
            case 1: return isBoolean ? "BOOLEAN" : "TINYINT"
            case 2: return "SMALLINT"
            case 4: return isFloating ? "FLOAT" : "INT"
            case 8: return isFloating ? "DOUBLE" : "BIGINT"
            default: return "BYTES"
            }
        }
    }

    private let options: String

    init(_ verbs: any TableVerbs, _ table: HBaseTableName) throws(SQLError) {
        name = table
        options = verbs.ddlOptions
        var rows: [StoredRow] = []
        try verbs.scan(table, ScanRange(), ReadOptions(), limit: Self.sampledRows) {
            (row) throws(SQLError) in rows.append(row)
        }
        for row in rows {
            rowCount += 1
            key.add(row.row)
            for cell in row.cells { add(cell) }
        }
    }

    private mutating func add(_ cell: StoredCell) {
        let known = columns.firstIndex { $0.family == cell.family && $0.qualifier == cell.qualifier }
        if let known {
            columns[known].evidence.add(cell.value)
        } else if columns.count < Self.maxColumns {
            var evidence = Evidence()
            evidence.add(cell.value)
            columns.append((cell.family, cell.qualifier, evidence))
        }
    }

    /// Line by line. What SQL cannot name is left out, and told.
    var statement: [String] {
        var lines: [String] = []
        let groups = Dictionary(grouping: columns) { $0.family }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        var families: [(name: String, fields: [String])] = []
        for (family, columns) in groups {
            let name = String(decoding: family, as: UTF8.self)
            var fields: [String] = []
            let ledger = columns.filter { $0.qualifier.starts(with: LedgerIdentity.prefix) }.count
            if ledger > 0 { lines.append("-- left out, marks of increments: \(ledger) column(s) of \(name)") }
            for column in columns.sorted(by: { $0.qualifier.lexicographicallyPrecedes($1.qualifier) }) {
                if column.qualifier.starts(with: LedgerIdentity.prefix) { continue }
                if let text = String(validating: column.qualifier, as: UTF8.self), !text.isEmpty {
                    fields.append("\(quoteIdentifier(text)) \(column.evidence.type)")
                } else {
                    lines.append(
                        "-- left out, no name of SQL: \(name):\(HBaseBytes.printable(column.qualifier))")
                }
            }
            if !fields.isEmpty { families.append((name, fields)) }
        }
        if columns.count == Self.maxColumns {
            lines.append("-- left out: columns after the first \(columns.count)")
        }
        var key = "rowkey"
        while families.contains(where: { $0.name == key }) { key = "_" + key }
        let keyName = quoteIdentifier(key)
        lines += ["CREATE TABLE \(quoteIdentifier(name.qualifier)) (", "  \(keyName) \(self.key.type),"]
        for family in families {
            lines.append("  \(quoteIdentifier(family.name)) ROW<\(family.fields.joined(separator: ", "))>,")
        }
        lines.append("  PRIMARY KEY (\(keyName)) NOT ENFORCED")
        lines.append(") WITH ('connector' = 'hbase', 'table-name' = '\(name)'\(options));")
        return lines
    }
}
