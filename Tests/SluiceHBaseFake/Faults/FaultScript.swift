import SluiceBase

/// What goes wrong with one call.
public enum FaultAction: Sendable {
    /// The whole call is refused; nothing is applied.
    case exception(FakeException)
    /// In a Multi one region, or with `all` every region, is refused; nothing of it is applied.
    case regionException(FakeException, all: Bool = false)
    /// In a Multi one single action is refused.
    case actionException(FakeException)
    /// In a Multi the results become too large after the first action of each region.
    case resultTooLarge
    /// Applied, then the connection is cut without an answer.
    case replyLost
    /// Applied, a part of the answer is sent, then the connection is cut.
    case halfReply
    /// The connection is cut and nothing is applied.
    case requestLost
    /// Never answered; applied or not.
    case silence(applied: Bool)
    /// Waits this long before it is applied and answered.
    case slow(nanos: Int64)
    /// Applied at once, answered late.
    case slowReply(nanos: Int64)
    /// A frame that ends the connection, without the number of a call.
    case fatal(FakeException)
    /// An answer to a call that nobody made comes first.
    case strayReply
    /// In a Scan: an answer that is no end, with a part of the rows that were asked for.
    case heartbeat
    /// In a Scan: the last row of the answer is cut, if it has several cells.
    case partialRow
}

/// What a fault may look at to choose its calls.
public struct FaultCall: Sendable {
    public var service: String
    public var method: String
    /// Region server, or nil for the master.
    public var server: Int?
    public var onMeta: Bool
    /// A Scan with a scanner's number.
    public var continuesScan: Bool
    /// Start keys of the regions that a Multi is about.
    public var startKeys: @Sendable () -> [[UInt8]] = { [] }
}

/// One kind of fault: which calls, when, what. Counts how often it fired, so that a test can tell a fault that never
/// engaged.
public final class FaultRule {
    public enum Trigger: Sendable {
        case always
        /// The k-th matching call, counted from 1; several are possible.
        case calls(Set<Int>)
        case every(Int)
        case probability(Double)
    }

    public let name: String
    public let trigger: Trigger
    public let action: FaultAction
    public var isActive = true
    /// At most this often.
    public var limit = Int.max
    public private(set) var fired = 0
    public private(set) var matched = 0
    private let matches: (FaultCall) -> Bool

    init(_ name: String, _ trigger: Trigger, _ action: FaultAction, matches: @escaping (FaultCall) -> Bool) {
        self.name = name
        self.trigger = trigger
        self.action = action
        self.matches = matches
    }

    fileprivate func fires(on call: FaultCall, _ random: inout RandomSource) -> Bool {
        guard isActive, fired < limit, matches(call) else { return false }
        matched += 1
        let hit: Bool
        switch trigger {
        case .always: hit = true
        case .calls(let numbers): hit = numbers.contains(matched)
        case .every(let n): hit = matched % n == 0
        case .probability(let p): hit = Double.random(in: 0..<1, using: &random) < p
        }
        if hit { fired += 1 }
        return hit
    }
}

/// The faults of a cluster; the first rule that fires on a call decides.
public final class FaultScript {
    public private(set) var rules: [FaultRule] = []

    public init() {}

    /// A fault on calls of a user table: `method` nil means any method.
    @discardableResult
    public func add(
        _ name: String, on method: String?, _ trigger: FaultRule.Trigger, _ action: FaultAction,
        limit: Int = .max, where matches: @escaping (FaultCall) -> Bool = { !$0.onMeta }
    ) -> FaultRule {
        let rule = FaultRule(name, trigger, action) { call in
            (method == nil || call.method == method) && matches(call)
        }
        rule.limit = limit
        rules.append(rule)
        return rule
    }

    func action(on call: FaultCall, _ random: inout RandomSource) -> FaultAction? {
        for rule in rules where rule.fires(on: call, &random) { return rule.action }
        return nil
    }

    public func fired(_ name: String) -> Int { rules.filter { $0.name == name }.reduce(0) { $0 + $1.fired } }

    /// Faults that never engaged.
    public var idle: [String] { rules.filter { $0.fired == 0 }.map { $0.name } }

    public func stop() {
        for rule in rules { rule.isActive = false }
    }
}
