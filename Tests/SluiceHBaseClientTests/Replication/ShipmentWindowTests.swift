import SluiceBase
import Testing

@testable import SluiceHBaseClient

/// C7: what comes twice is known.
@Suite struct ShipmentWindowTests {
    private let region = [UInt8]("r1".utf8)

    /// Which of the numbers are new.
    private func new(
        _ window: inout ShipmentWindow, _ numbers: some Sequence<UInt64>, of region: [UInt8]? = nil
    ) -> [UInt64] {
        var found: [UInt64] = []
        for number in numbers where window.insert(region ?? self.region, number) { found.append(number) }
        return found
    }

    @Test func C7_repetitionsAreKnownWithinTheWindow() {
        var window = ShipmentWindow(isSerial: false, width: 100)
        #expect(new(&window, [5, 7, 6, 12]) == [5, 7, 6, 12])
        #expect(new(&window, [5, 6, 7, 12, 11, 11]) == [11])
        #expect(new(&window, [5], of: [1]) == [5])
        #expect(window.contains(region, 11) && !window.contains(region, 10))
    }

    /// A set that forgets nothing says the same, as long as the window reaches.
    @Test func C7_agreesWithASet() {
        var random = RandomSource(seed: 5)
        var window = ShipmentWindow(isSerial: false, width: 64)
        var seen: Set<UInt64> = []
        var highest: UInt64 = 1000
        for _ in 0..<20_000 {
            let back = UInt64.random(in: 0...30, using: &random)
            if Bool.random(using: &random) { highest += UInt64.random(in: 1...5, using: &random) }
            let sequence = highest - back
            let isNew = window.insert(region, sequence)
            #expect(isNew == seen.insert(sequence).inserted)
        }
    }

    @Test func C7_beyondTheWindowSerialShippingHasNoNews() {
        var serial = ShipmentWindow(isSerial: true, width: 10)
        var free = ShipmentWindow(isSerial: false, width: 10)
        #expect(new(&serial, 1...100).count == 100)
        #expect(new(&free, 1...100).count == 100)
        #expect(new(&serial, [3]).isEmpty)
        #expect(new(&free, [3]) == [3])
    }

    @Test func C7_survivesARestart() throws {
        var window = ShipmentWindow(isSerial: true, width: 10)
        _ = new(&window, stride(from: UInt64(1), to: 90, by: 3))
        _ = new(&window, [4], of: [9])
        var restored = ShipmentWindow(isSerial: true, width: 10)
        for state in window.states { try withRaw(state) { try restored.restore($0) } }
        #expect(restored.regionCount == 2)
        for sequence in 1...100 as ClosedRange<UInt64> {
            #expect(restored.contains(region, sequence) == window.contains(region, sequence))
        }
        #expect(new(&restored, [4, 5], of: [9]) == [5])
    }

    /// A state that is older than an entry before it adds to what is known.
    @Test func C7_aStateJoinsWhatCameAfterIt() throws {
        var window = ShipmentWindow(isSerial: false, width: 10)
        _ = new(&window, 1...5)
        let states = window.states
        var restored = ShipmentWindow(isSerial: false, width: 10)
        _ = new(&restored, [7])
        for state in states { try withRaw(state) { try restored.restore($0) } }
        #expect(new(&restored, 1...8) == [6, 8])
    }
}
