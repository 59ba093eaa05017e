public import SluiceBase
import SluiceColumns
public import SluiceConnect

/// `datagen`: made-up rows, the same for the same seed.
public struct DatagenConnector: Connector {
    public let names = ["datagen"]
    public let options: [OptionSpec] = [
        OptionSpec("rows-per-second", .string, default: "10000", "the rate of rows"),
        OptionSpec("number-of-rows", .string, "the source ends after so many; without it, it never does"),
        OptionSpec(
            "fields.*", .string,
            "per column: .kind (random or sequence), .min, .max, .length, .var-len, .max-past, .null-rate, "
                + ".start, .end"),
    ]

    public init() {}

    public func validate(_ table: ResolvedTable) throws(SQLError) {
        try OptionCheck.check(table, options)
        _ = try DatagenPlan(table)
    }

    public func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits? {
        let plan = try DatagenPlan(table)
        return SourceTraits(isBounded: plan.rowLimit != nil)
    }

    public func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        DatagenSource(plan: try DatagenPlan(table), scan: scan)
    }
}

/// The options of a table, understood.
struct DatagenPlan: Sendable {
    let generators: [ValueGenerator]
    let types: [DataType]
    /// nil: no end.
    let rowLimit: Int64?
    let rowsPerSecond: Int64

    init(_ table: ResolvedTable) throws(SQLError) {
        rowsPerSecond = Int64(try table.options.int("rows-per-second", default: 10_000))
        if rowsPerSecond <= 0 {
            throw table.options.wrong(
                "rows-per-second", table.options["rows-per-second"] ?? "", "a positive number")
        }
        var generators: [ValueGenerator] = []
        var known: Set<String> = []
        for column in table.columns {
            generators.append(try ValueGenerator(column.type, "fields.\(column.name)", table.options, &known))
        }
        for key in table.options.keys where key.hasPrefix("fields.") && !known.contains(key) {
            throw SQLError(
                .connectorOption, "unknown option '\(key)' of table \"\(table.name)\"",
                label: DidYouMean.label(key, in: known))
        }
        self.generators = generators
        types = table.columns.map(\.type)
        var limit: Int64?
        if table.options["number-of-rows"] != nil {
            limit = Int64(try table.options.int("number-of-rows", default: 0))
        }
        for generator in generators {
            if let count = generator.sequenceCount { limit = Swift.min(limit ?? count, count) }
        }
        rowLimit = limit
    }
}

struct DatagenSource: Source {
    let plan: DatagenPlan
    let scan: ScanRequest

    func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
        [SourceSplit(id: "rows")]
    }

    func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
        DatagenReader(plan, scan, split, context)
    }
}

/// Makes rows at the wanted rate. The row with number n is the same whenever it is made.
final class DatagenReader: SplitReader {
    private let plan: DatagenPlan
    private let projection: [Int]
    private let context: ConnectorContext
    private let builder: BatchBuilder
    private let started: Int64
    private let first: Int64
    private var next: Int64

    init(_ plan: DatagenPlan, _ scan: ScanRequest, _ split: SourceSplit, _ context: ConnectorContext) {
        self.plan = plan
        self.context = context
        projection = scan.projection
        let types = plan.types
        builder = BatchBuilder(scan.projection.map { Field("f\($0)", types[$0]) }, capacity: 1024)
        started = context.clock.monotonicNanos()
        first = Int64(String(decoding: split.detail, as: UTF8.self)) ?? 0
        next = first
    }

    func poll(maxRows: Int) throws(JobError) -> Polled {
        if let limit = plan.rowLimit, next >= limit { return .finished }
        let elapsed = context.clock.monotonicNanos() &- started
        // A row at once, then one for each part of a second.
        let due = first + 1 + Int64(Double(elapsed) / 1e9 * Double(plan.rowsPerSecond))
        var count = Swift.min(due - next, Int64(maxRows))
        if let limit = plan.rowLimit { count = Swift.min(count, limit - next) }
        if count <= 0 {
            let wait = Double(next - first) / Double(plan.rowsPerSecond) * 1e9
            return .wait(.at(nanos: started &+ Int64(wait) &+ 1))
        }
        let now = context.clock.nowMicros()
        for row in next..<(next + count) { append(row, now) }
        next += count
        return .rows(builder.finish())
    }

    private func append(_ row: Int64, _ now: Int64) {
        for (position, column) in projection.enumerated() {
            // Each value has its own stream: a projection does not change the others.
            let mix =
                UInt64(bitPattern: row) &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(column) &* 0xC2B2_AE3D_27D4_EB4F
            var random = RandomSource(seed: context.randomSeed ^ mix)
            builder.columns[position].append(
                plan.generators[column].value(row: row, now: now, &random))
        }
        builder.endRow()
    }

    func position() -> [UInt8] { Array(String(next).utf8) }
    func close() {}
}
