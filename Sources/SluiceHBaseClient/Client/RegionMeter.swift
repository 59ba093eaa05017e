public import SluiceBase

/// Counts what one user of a client asks of each region and how long the answers take. Batches, scans and calls carry
/// it; it is written on the loop thread and read from any.
///
/// A Multi is about several regions and has one time. What each region adds to it is estimated from call to call: the
/// part of the time that the estimates do not explain is spread over the regions of the call, so that one slow region
/// is told from those that only share calls with it.
public final class RegionMeter: Sendable {
    public struct Load: Sendable {
        public var location: RegionLocation
        public var reads: Int64 = 0
        public var writes: Int64 = 0
        public var calls: Int64 = 0
        /// Operations that failed, whether they were tried again or not.
        public var failures: Int64 = 0
        public var latency = LatencyHistogram()
        /// What the region adds to a call, in microseconds.
        public var costMicros: Double = 0
    }

    /// What one call asks of a region.
    struct Share {
        var location: RegionLocation
        var key: UInt64
        var reads: Int64 = 0
        var writes: Int64 = 0
    }

    private struct State {
        var loads: [Load] = []
        var places: [UInt64: Int] = [:]
        /// Of the call at hand.
        var touched: [Int] = []
    }

    /// More regions are not told apart: the last place counts for all of them.
    static let mostRegions = 1024
    /// How quickly estimates follow.
    private static let step = 0.2

    private let state = Lock(State())

    public init() {}

    /// The regions that were asked for, in the order of their first calls.
    public var loads: [Load] { state.withLock { $0.loads } }

    func record(_ shares: ArraySlice<Share>, nanos: Int64, failed: Bool) {
        state.withLock { state in
            state.touched.removeAll(keepingCapacity: true)
            for share in shares {
                let place = RegionMeter.place(share, &state)
                state.loads[place].reads &+= share.reads
                state.loads[place].writes &+= share.writes
                if failed { state.loads[place].failures &+= share.reads &+ share.writes }
                if state.touched.contains(place) { continue }
                state.touched.append(place)
                state.loads[place].calls &+= 1
                state.loads[place].latency.record(nanos: nanos)
            }
            RegionMeter.attribute(nanos, &state)
        }
    }

    func recordFailure(_ share: Share) {
        state.withLock { state in
            state.loads[RegionMeter.place(share, &state)].failures &+= 1
        }
    }

    private static func place(_ share: Share, _ state: inout State) -> Int {
        if let known = state.places[share.key] {
            if state.loads[known].location.server != share.location.server, known < mostRegions - 1 {
                state.loads[known].location.server = share.location.server
            }
            return known
        }
        if state.loads.count == mostRegions { return mostRegions - 1 }
        state.places[share.key] = state.loads.count
        state.loads.append(Load(location: share.location))
        return state.loads.count - 1
    }

    private static func attribute(_ nanos: Int64, _ state: inout State) {
        let micros = Double(max(nanos, 0)) / 1000
        var explained = 0.0
        var unseen = 0
        for place in state.touched {
            explained += state.loads[place].costMicros
            if state.loads[place].calls == 1 { unseen += 1 }
        }
        // The first call of a region sets its estimate.
        let isFirst = unseen > 0
        let correction = (micros - explained) * (isFirst ? 1 : step)
        let share = correction / Double(max(isFirst ? unseen : state.touched.count, 1))
        for place in state.touched where !isFirst || state.loads[place].calls == 1 {
            state.loads[place].costMicros = max(0, state.loads[place].costMicros + share)
        }
    }
}

extension RegionLocation {
    /// The same for the same region, wherever it is.
    var meterKey: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}
