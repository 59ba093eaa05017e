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

/// What one operator holds of the budget, in steps of 64 KiB. Used by one thread at a time; gives back in `deinit`.
public final class MemoryAccount {
    public static let step: Int64 = 64 * 1024

    private let budget: MemoryBudget
    private let owner: String
    private var used: Int64 = 0
    private var held: Int64 = 0

    public init(_ budget: MemoryBudget, owner: String) {
        self.budget = budget
        self.owner = owner
    }

    deinit { budget.release(held) }

    /// Bytes said to be in use.
    public var usedBytes: Int64 { used }

    /// `bytes` more are in use (fewer if negative). Over budget the job ends with the operator's name.
    @inlinable
    public func add(_ bytes: Int) throws(JobError) { try set(Int(usedBytes) &+ bytes) }

    /// So many bytes are in use now; for owners that know their size.
    public func set(_ bytes: Int) throws(JobError) {
        used = Swift.max(0, Int64(bytes))
        let steps = (used &+ MemoryAccount.step &- 1) / MemoryAccount.step
        let wanted = steps &* MemoryAccount.step
        if wanted == held { return }
        if wanted < held {
            budget.release(held - wanted)
            held = wanted
            return
        }
        guard budget.reserve(wanted - held) else { throw overBudget(wanted) }
        held = wanted
    }

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
