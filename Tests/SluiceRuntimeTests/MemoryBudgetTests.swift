import SluiceBase
import SluiceRuntime
import Testing

@Suite struct MemoryBudgetTests {
    @Test("memory is reserved in steps of 64 KiB and given back")
    func steps() throws {
        let budget = MemoryBudget(limit: nil)
        let account = MemoryAccount(budget, owner: "Join")
        try account.set(1)
        #expect(budget.used == 65_536)
        try account.add(65_536)
        #expect(budget.used == 131_072)
        try account.set(10)
        #expect(budget.used == 65_536)
        #expect(budget.peak == 131_072)
    }

    @Test("an account that goes away gives everything back")
    func release() throws {
        let budget = MemoryBudget(limit: nil)
        do {
            let account = MemoryAccount(budget, owner: "Join")
            try account.set(200_000)
            #expect(budget.used == 262_144)
        }
        #expect(budget.used == 0)
    }

    @Test("over the budget the error names the operator and ends the process with 7")
    func overBudget() throws {
        let budget = MemoryBudget(limit: 1 << 20)
        let first = MemoryAccount(budget, owner: "Join")
        let second = MemoryAccount(budget, owner: "GroupAggregate(groupBy=[region])")
        try first.set(900_000)
        do {
            try second.set(200_000)
            Issue.record("the budget was passed")
        } catch {
            #expect(error.cause.code == .memoryBudget)
            #expect(error.cause.code.exitCode == 7)
            #expect(error.operatorName == "GroupAggregate(groupBy=[region])")
        }
        #expect(budget.used <= 1 << 20)
    }
}

@Suite struct TimerServiceTests {
    @Test("timers are called once, in order of time, when they are due")
    func inOrder() {
        let timers = TimerService()
        for micros: Int64 in [50, 10, 30, 10, 40, 20] { timers.register(atMicros: micros) }
        #expect(timers.next == 10)
        #expect(timers.takeDue(nowMicros: 9) == nil)
        var due: [Int64] = []
        while let micros = timers.takeDue(nowMicros: 35) { due.append(micros) }
        #expect(due == [10, 20, 30])
        #expect(timers.next == 40)
        timers.register(atMicros: 10)
        #expect(timers.takeDue(nowMicros: 35) == 10)
        timers.removeAll()
        #expect(timers.next == nil)
    }
}
