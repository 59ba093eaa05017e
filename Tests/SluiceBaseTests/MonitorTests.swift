import SluiceBase
import Testing

@Suite struct MonitorTests {
    @Test("who waits is woken by the change that he waits for, and not before")
    func wakes() {
        let monitor = Monitor(0)
        for _ in 0..<4 {
            #expect(DetachedThread.start { for _ in 0..<1000 { monitor.change { $0 += 1 } } })
        }
        #expect(monitor.wait { $0 == 4000 ? $0 : nil } == 4000)
        #expect(monitor.wait(nanos: 1_000_000) { $0 == 1 ? true : nil } == nil)
        #expect(monitor.read { $0 } == 4000)
    }

    @Test("a promise keeps its first value; a wait ends when its time is over")
    func promise() {
        let promise = Promise<Int>()
        #expect(promise.wait(milliseconds: 5) == nil)
        #expect(DetachedThread.start { promise.give(7) })
        #expect(promise.wait() == 7)
        promise.give(8)
        #expect(promise.wait(milliseconds: 0) == 7)
    }
}
