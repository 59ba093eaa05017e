import SluiceBase
import SluiceNet
import Testing

@Suite("Loop timers")
struct LoopTimerTests {
    @Test func timersFireInTheOrderOfTheirTime() throws {
        let harness = try LoopHarness()
        let started = harness.run { transport -> [TimerID] in
            let now = transport.now
            let delays: [Int64] = [30, 5, 20, 5, 0, -100, 10]
            return delays.map { transport.startTimer(at: now + $0 * 1_000_000) }
        }
        let timers = try #require(started)
        #expect(wait { harness.events.count == timers.count })
        let order: [Int] = [5, 4, 1, 3, 6, 2, 0]
        #expect(harness.events == order.map { .fired(timers[$0]) })
        harness.thread.stop()
    }

    @Test func noTimerIsEarly() throws {
        let harness = try LoopHarness()
        let due = Lock<[TimerID: Int64]>([:])
        harness.post { transport in
            for step in 1...40 {
                let time: Int64 = transport.now + Int64(step) * 700_000
                let timer = transport.startTimer(at: time)
                due.withLock { $0[timer] = time }
            }
        }
        #expect(wait { harness.events.count == 40 })
        let now = harness.run { $0.now } ?? 0
        #expect(due.withLock { $0.values.allSatisfy { $0 <= now } })
        harness.thread.stop()
    }

    @Test func cancelledTimersDoNotFire() throws {
        let harness = try LoopHarness()
        let kept = harness.run { transport -> TimerID in
            let now = transport.now
            var kept = TimerID(0)
            for index in 0..<100_000 {
                let timer = transport.startTimer(at: now + 40_000_000 + Int64(index % 977) * 1000)
                if index == 50_000 { kept = timer } else { transport.cancelTimer(timer) }
            }
            transport.cancelTimer(TimerID(1 << 60))
            return kept
        }
        let timer = try #require(kept)
        #expect(wait { harness.events == [.fired(timer)] })
        harness.thread.stop()
        #expect(harness.events == [.fired(timer)])
    }

    @Test func extremeTimesAreTaken() throws {
        let harness = try LoopHarness()
        let early = harness.run { transport in
            _ = transport.startTimer(at: .max)
            return transport.startTimer(at: .min)
        }
        let timer = try #require(early)
        #expect(wait { harness.events == [.fired(timer)] })
        harness.thread.stop()
    }
}
