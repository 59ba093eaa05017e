/// Tells the meters of batches and calls what happened to them.
extension ClientCore {
    /// A Multi was answered, or lost. To be called while its jobs are not yet ended.
    func measure(_ call: MultiCall, nanos: Int64, failed: Bool = false) {
        var shares: [RegionMeter.Share] = []
        var current: RegionMeter?
        var slot: Int32 = -1
        var meter: RegionMeter?
        var isRead = true
        // Changes of a row that went as one.
        var changes: Int64 = 1
        func tell() {
            if let current, !shares.isEmpty { current.record(shares[...], nanos: nanos, failed: failed) }
            shares.removeAll(keepingCapacity: true)
        }
        for segment in call.segments where segment.kind != .ledgerAbsent {
            for position in segment.start..<segment.end {
                let operation = call.operations[position]
                if operation.job != slot {
                    slot = operation.job
                    meter = nil
                    if let job = jobs[Int(slot)], operation.sequence >= job.first {
                        meter = job.meter
                        isRead = job.isRead
                        changes = Int64(max(job.members.count, 1))
                    }
                }
                guard let meter else { continue }
                if meter !== current {
                    tell()
                    current = meter
                }
                if shares.last?.key != segment.region.meterKey {
                    shares.append(
                        RegionMeter.Share(location: segment.region.location, key: segment.region.meterKey))
                }
                let last = shares.count - 1
                if isRead { shares[last].reads += 1 } else { shares[last].writes += changes }
            }
        }
        tell()
    }

    /// A call to a region was answered, or lost.
    func measure(_ call: GenericCall, nanos: Int64, failed: Bool = false) {
        guard let meter = call.call.meter, let location = call.region?.location ?? call.call.meteredRegion
        else { return }
        let share = RegionMeter.Share(location: location, key: location.meterKey, reads: 1)
        meter.record([share][...], nanos: nanos, failed: failed)
    }

    /// Operations of an answered Multi failed on their own.
    func measure(_ failures: Failures, of call: MultiCall) {
        for item in failures.items {
            guard item.position < call.operations.count,
                let meter = job(of: call.operations[item.position])?.meter
            else { continue }
            meter.recordFailure(
                RegionMeter.Share(location: item.region.location, key: item.region.meterKey))
        }
    }
}
