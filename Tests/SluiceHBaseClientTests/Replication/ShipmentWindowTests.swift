import SluiceBase
import Testing

@testable import SluiceHBaseClient

/// C7: what comes twice is known.
@Suite struct ShipmentWindowTests {
    private let region = [UInt8]("r1".utf8)

    @Test func C7_repetitionsAreKnownWithinTheWindow() {
        var window = ShipmentWindow(isSerial: false, width: 100)
        for sequence: UInt64 in [5, 7, 6, 12] { #expect(window.insert(region, sequence)) }
        for sequence: UInt64 in [5, 6, 7, 12] { #expect(!window.insert(region, sequence)) }
        #expect(window.insert(region, 11))
        #expect(window.insert([1], 5))
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
            #expect(window.insert(region, sequence) == seen.insert(sequence).inserted)
        }
    }

    @Test func C7_beyondTheWindowSerialShippingHasNoNews() {
        var serial = ShipmentWindow(isSerial: true, width: 10)
        var free = ShipmentWindow(isSerial: false, width: 10)
        for sequence in 1...100 as ClosedRange<UInt64> {
            #expect(serial.insert(region, sequence))
            #expect(free.insert(region, sequence))
        }
        #expect(!serial.insert(region, 3))
        #expect(free.insert(region, 3))
    }

    @Test func C7_survivesARestart() throws {
        var window = ShipmentWindow(isSerial: true, width: 10)
        for sequence in stride(from: UInt64(1), to: 90, by: 3) { _ = window.insert(region, sequence) }
        _ = window.insert([9], 4)
        var restored = ShipmentWindow(isSerial: true, width: 10)
        for state in window.states { try withRaw(state) { try restored.restore($0) } }
        #expect(restored.regionCount == 2)
        for sequence in 1...100 as ClosedRange<UInt64> {
            #expect(restored.contains(region, sequence) == window.contains(region, sequence))
        }
        #expect(!restored.insert([9], 4) && restored.insert([9], 5))
    }
}
