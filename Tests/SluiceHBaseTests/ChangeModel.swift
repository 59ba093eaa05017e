import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore
import SluiceScratch
import Testing

/// A table with two families in a store of its own, written at random, and what a changelog of it adds up to.
final class ChangeModel {
    let folder: ScratchFolder
    let clock = ManualClock(micros: 1_000_000_000)
    let store: TableStore
    let table: StoredTable
    private var state: UInt64

    static let columns: [ResolvedTable.Column] = [
        ResolvedTable.Column(name: "id", type: DataType.string.notNull),
        ResolvedTable.Column(
            name: "f", type: DataType(.row([Field("a", .string), Field("b", .bigint)]))),
        ResolvedTable.Column(name: "g", type: DataType(.row([Field("c", .string)]))),
    ]
    static let cells = [
        ColumnReference("f", "a"), ColumnReference("f", "b"), ColumnReference("g", "c"),
        ColumnReference("f", "other"),
    ]

    init(seed: UInt64, versions: Int = 1, retention: EditRetention = EditRetention()) throws {
        folder = try ScratchFolder()
        state = seed &+ 0x9E37_79B9_7F4A_7C15
        store = TableStore(folder: folder.path, clock: clock, retention: retention)
        var families = [try HBaseFamilyDescriptor("f"), try HBaseFamilyDescriptor("g")]
        for index in families.indices { families[index].versions = versions }
        table = try store.ensure(HBaseTableDescriptor(name: HBaseTableName("t"), families: families))
    }

    static func resolved(_ options: [String: String], metadata: [(String, DataType)] = []) -> ResolvedTable {
        var entries = TableOptions([.init("connector", "hbase-cdc"), .init("table-name", "t")])
        for (key, value) in options.sorted(by: { $0.key < $1.key }) { entries[key] = value }
        let extra = metadata.map {
            ResolvedTable.Column(name: $0.0, type: $0.1, metadataKey: $0.0, isVirtual: true)
        }
        return ResolvedTable(name: "h_cdc", columns: columns + extra, primaryKey: [0], options: entries)
    }

    /// A number below `limit`.
    func random(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(limit))
    }

    /// One transaction of one to three steps on one of `rows` rows.
    func writeSomething(rows: Int, explicitTimes: Bool = false) throws {
        let row = Array("r\(random(rows))".utf8)
        var steps: [Mutation.Step] = []
        for _ in 0...random(3) { steps.append(step(explicitTimes)) }
        if random(4) > 0 { clock.advance(micros: Int64(random(3)) * 1000) }
        try table.mutate([Mutation(row: row, steps)])
    }

    private func step(_ explicitTimes: Bool) -> Mutation.Step {
        let column = Self.cells[random(Self.cells.count)]
        let now = clock.nowMicros() / 1000
        let time: Int64? = explicitTimes && random(3) == 0 ? now - Int64(random(20)) : nil
        switch random(10) {
        case 0: return .deleteRow(timestamp: time)
        case 1: return .deleteFamily(ColumnReference(family: column.family, qualifier: nil), timestamp: time)
        case 2: return .deleteColumn(column, timestamp: time)
        case 3: return .deleteVersion(column, timestamp: time)
        case 4: return .increment(Self.cells[1], by: Int64(random(5)))
        default:
            var value = Array("v\(random(4))".utf8)
            if column.qualifier == Array("b".utf8) {
                value = []
                HBaseBytes.append(int64: Int64(random(9)), to: &value)
            }
            return .put(column, value: value, timestamp: time)
        }
    }

    /// What a scan of the declared columns gives now: `id|a|b|c`.
    func scan() throws -> Set<String> {
        let columns = Array(Self.cells[..<3])
        var lines: Set<String> = []
        for row in try table.rows(ScanRange(), ReadOptions(columns: columns)) {
            let number = row.value("f", "b").flatMap { $0.withUnsafeBytes { HBaseBytes.int64($0) } }
            let texts = [
                row.value("f", "a").map { String(decoding: $0, as: UTF8.self) }, number.map { "\($0)" },
                row.value("g", "c").map { String(decoding: $0, as: UTF8.self) },
            ]
            let values = texts.map { $0 ?? "NULL" }.joined(separator: "|")
            lines.insert(String(decoding: row.row, as: UTF8.self) + "|" + values)
        }
        return lines
    }
}

/// Adds a changelog up, and finds every row that says something that was not so before.
struct ChangeSum {
    private(set) var rows: Set<String> = []
    private(set) var kinds: [RowKind: Int] = [:]
    private(set) var problems: [String] = []

    mutating func add(_ batch: RecordBatch) {
        for row in 0..<batch.rowCount {
            let line = batch.row(row).map { Self.text($0) }.joined(separator: "|")
            let kind = batch.kind(row)
            kinds[kind, default: 0] += 1
            if kind.isRetraction {
                if rows.remove(line) == nil {
                    problems.append("\(kind.symbol) of \(line), which is not there")
                }
            } else if !rows.insert(line).inserted {
                problems.append("\(kind.symbol) of \(line), which is there already")
            }
        }
    }

    static func text(_ value: Datum) -> String {
        switch value {
        case .null: return "NULL"
        case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .row(let fields), .list(let fields): return fields.map { text($0) }.joined(separator: "|")
        case .int64(let number): return "\(number)"
        default: return "\(value)"
        }
    }
}
