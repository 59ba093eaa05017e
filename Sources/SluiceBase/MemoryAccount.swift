import Synchronization

/// The bytes that a job may hold in state, arenas and channels. Shared by all of its operators.
public final class MemoryBudget: Sendable {
    /// nil: no limit.
    public let limit: Int64?
    private let reserved = Atomic<Int64>(0)
    private let highest = Atomic<Int64>(0)

    public init(limit: Int64?) { self.limit = limit }

    public var used: Int64 { reserved.load(ordering: .relaxed) }
    public var peak: Int64 { highest.load(ordering: .relaxed) }

    /// False when the limit would be passed; nothing is reserved then.
    func reserve(_ bytes: Int64) -> Bool {
        let now = reserved.wrappingAdd(bytes, ordering: .relaxed).newValue
        if let limit, now > limit, bytes > 0 {
            reserved.wrappingSubtract(bytes, ordering: .relaxed)
            return false
        }
        highest.max(now, ordering: .relaxed)
        return true
    }

    func release(_ bytes: Int64) { reserved.wrappingSubtract(bytes, ordering: .relaxed) }
}

/// What one owner holds of a budget, in steps of 64 KiB. A value: whoever has it guards it, and releases it.
public struct MemoryCharge: Sendable {
    public static let step: Int64 = 64 * 1024

    private let budget: MemoryBudget
    private let owner: String
    private var held: Int64 = 0
    /// Bytes said to be in use.
    public private(set) var used: Int64 = 0

    public init(_ budget: MemoryBudget, owner: String) {
        self.budget = budget
        self.owner = owner
    }

    /// So many bytes are in use now. Over budget the job ends with the owner's name.
    public mutating func set(_ bytes: Int) throws(JobError) {
        used = Swift.max(0, Int64(bytes))
        let steps = (used &+ MemoryCharge.step &- 1) / MemoryCharge.step
        let wanted = steps &* MemoryCharge.step
        if wanted == held { return }
        if wanted < held {
            budget.release(held - wanted)
            held = wanted
            return
        }
        guard budget.reserve(wanted - held) else { throw overBudget(wanted) }
        held = wanted
    }

    /// Gives everything back.
    public mutating func release() {
        budget.release(held)
        held = 0
        used = 0
    }

    /// Nothing is held, of the same budget and in the same name.
    public var another: MemoryCharge { MemoryCharge(budget, owner: owner) }

    private func overBudget(_ wanted: Int64) -> JobError {
        let limit = (budget.limit ?? 0) >> 20
        return JobError(
            SQLError(
                .memoryBudget,
                "the memory budget of \(limit) MiB is used up; \"\(owner)\" holds \(held >> 20) MiB and wants more",
                hint: "raise --memory, or shorten windows or state TTL"),
            domain: .user, operatorName: owner)
    }
}

/// What one operator holds of the budget. Used by one thread at a time; gives back in `deinit`.
public final class MemoryAccount {
    private var charge: MemoryCharge

    public init(_ budget: MemoryBudget, owner: String) { charge = MemoryCharge(budget, owner: owner) }

    private init(_ charge: MemoryCharge) { self.charge = charge }

    deinit { charge.release() }

    /// An account of the same owner for something that is counted apart.
    public func another() -> MemoryAccount { MemoryAccount(charge.another) }

    /// Bytes said to be in use.
    public var usedBytes: Int64 { charge.used }

    /// `bytes` more are in use (fewer if negative). Over budget the job ends with the operator's name.
    @inlinable
    public func add(_ bytes: Int) throws(JobError) { try set(Int(usedBytes) &+ bytes) }

    /// So many bytes are in use now; for owners that know their size.
    public func set(_ bytes: Int) throws(JobError) { try charge.set(bytes) }
}
