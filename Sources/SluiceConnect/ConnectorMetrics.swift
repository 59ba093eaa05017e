public import SluiceBase

/// One number about the work of a connector, under Flink's name where Flink has one.
public struct ConnectorMetric: Sendable, Hashable {
    /// How the numbers of several subtasks become one.
    public enum Union: Sendable, Hashable {
        case sum
        case highest
    }

    public var name: String
    public var value: Int64
    public var union: Union

    public init(_ name: String, _ value: Int64, _ union: Union = .sum) {
        self.name = name
        self.value = value
        self.union = union
    }
}

/// What a job asked of one part of an outside table, such as a region, and how long that took.
public struct PartLoad: Sendable {
    public var table: String
    /// The part's name; several loads with the same name are of the same part.
    public var part: String
    public var startKey: [UInt8] = []
    public var endKey: [UInt8] = []
    public var server = ""
    public var reads: Int64 = 0
    public var writes: Int64 = 0
    public var calls: Int64 = 0
    /// Operations that failed and were tried again or given up.
    public var failures: Int64 = 0
    /// Of the calls that had something of this part.
    public var latency = LatencyHistogram()
    /// What the part itself adds to a call, in microseconds: a call may be about several parts.
    public var costMicros: Double = 0

    public init(table: String, part: String) {
        self.table = table
        self.part = part
    }

    public var operations: Int64 { reads &+ writes }

    public mutating func add(_ other: PartLoad) {
        let all = Double(calls &+ other.calls)
        if all > 0 {
            costMicros = (costMicros * Double(calls) + other.costMicros * Double(other.calls)) / all
        }
        reads &+= other.reads
        writes &+= other.writes
        calls &+= other.calls
        failures &+= other.failures
        latency.add(other.latency)
        server = other.server
    }
}

/// Counters of a reader, look-up or writer, for whoever looks at the running job. Read from any thread.
public protocol ConnectorMetrics: AnyObject, Sendable {
    var metrics: [ConnectorMetric] { get }
    var parts: [PartLoad] { get }
}

extension ConnectorMetrics {
    public var parts: [PartLoad] { [] }
    public var metrics: [ConnectorMetric] { [] }
}

/// Parts that stand out of their table.
public struct PartJudgement: Sendable {
    /// A part this many times slower than the middle one is slow.
    static let slowFactor = 5.0
    /// Microseconds that a part must add to a call to be called slow.
    static let slowMicros = 5_000.0
    static let fewestCalls: Int64 = 5

    private var medians: [String: Double] = [:]
    private var totals: [String: (operations: Int64, parts: Int64)] = [:]

    public init(_ parts: [PartLoad]) {
        var costs: [String: [Double]] = [:]
        for part in parts where part.calls > 0 {
            costs[part.table, default: []].append(part.costMicros)
            let old = totals[part.table] ?? (0, 0)
            totals[part.table] = (old.operations &+ part.operations, old.parts + 1)
        }
        for (table, list) in costs { medians[table] = list.sorted()[(list.count - 1) / 2] }
    }

    /// Microseconds that the middle one of a table's parts adds to a call.
    public func medianMicros(_ table: String) -> Double { medians[table] ?? 0 }

    /// Share of the table's operations, 0 to 1.
    public func share(_ part: PartLoad) -> Double {
        guard let total = totals[part.table], total.operations > 0 else { return 0 }
        return Double(part.operations) / Double(total.operations)
    }

    /// Nil: the part is as the others are.
    public func verdict(_ part: PartLoad) -> String? {
        guard let total = totals[part.table], total.parts > 1 else { return nil }
        let median = medians[part.table] ?? 0
        let isSlow = part.costMicros >= Self.slowMicros && part.costMicros >= median * Self.slowFactor
        if isSlow && part.calls >= Self.fewestCalls { return "slow" }
        // Three times its part, and more than a third of all.
        let share = share(part)
        if share >= 3 / Double(total.parts), share > 0.34, part.operations >= 1000 { return "hot" }
        return nil
    }
}
