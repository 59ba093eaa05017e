import SluiceBase

/// What is kept no longer.
extension LogPartition {
    static let retentionNanos: Int64 = 30_000_000_000

    /// Removes what is too old or too much, as the settings say. Gives the number of removed segments.
    @discardableResult
    public func retain() throws(LogError) -> Int {
        try locked(waits: true) { (state) throws(LogError) in try retain(&state) } ?? 0
    }

    func retainNowAndThen(_ state: inout State) throws(LogError) {
        guard settings.retentionMillis != nil || settings.retentionBytes != nil else { return }
        let now = clock.monotonicNanos()
        guard now >= state.nextRetention else { return }
        state.nextRetention = now &+ LogPartition.retentionNanos
        _ = try retain(&state)
    }

    private func retain(_ state: inout State) throws(LogError) -> Int {
        let tail = try current(&state)
        let oldest = settings.retentionMillis.flatMap { millis -> Int64? in
            // An age beyond the clock's range is never reached.
            let (micros, isNever) = millis.multipliedReportingOverflow(by: 1000)
            return isNever ? nil : clock.nowMicros() &- micros
        }
        if let oldest, tail.index.size > 0, try isUnchanged(tail.base, since: oldest) {
            _ = try roll(tail, &state)
        }
        let bases = try folder.bases()
        var total: Int64 = 0
        for base in bases { total &+= try status(folder.segment(base))?.size ?? 0 }
        var keep = bases.first ?? 0
        for (base, next) in zip(bases, bases.dropFirst()) {
            let size = try status(folder.segment(base))?.size ?? 0
            let isTooMuch = settings.retentionBytes.map { total > $0 } ?? false
            var isTooOld = false
            if !isTooMuch, let oldest { isTooOld = try isUnchanged(base, since: oldest) }
            guard isTooMuch || isTooOld else { break }
            total -= size
            keep = next
        }
        return try remove(below: keep)
    }

    /// The times of records may be those of events long ago: what counts is when the file was last added to.
    private func isUnchanged(_ base: Int64, since micros: Int64) throws(LogError) -> Bool {
        guard let status = try status(folder.segment(base)) else { return false }
        return status.modified < micros
    }

    /// Records below `offset` are kept no longer; files go when all of their records do. Offsets go on.
    public func trim(below offset: Int64) throws(LogError) {
        _ = try locked(waits: true) { (state) throws(LogError) in
            let tail = try current(&state)
            let end = tail.index.nextOffset
            guard offset >= 0, offset <= end else {
                throw .outOfRange(offset: offset, kept: min(try firstOffset(), end)..<end)
            }
            guard offset > (try firstOffset()) else { return }
            if offset == end, tail.index.size > 0 { _ = try roll(tail, &state) }
            _ = try remove(below: offset)
        }
    }

    /// The new start is durable before the first file goes, and the oldest file goes first: whatever a stop leaves is
    /// a log that begins later.
    private func remove(below offset: Int64) throws(LogError) -> Int {
        if offset > (try folder.keptFrom()), offset > 0 { try folder.setKeptFrom(offset) }
        let bases = try folder.bases()
        var removed = 0
        for (base, next) in zip(bases, bases.dropFirst()) where next <= offset {
            try onDisk { () throws(DiskError) in
                if try folder.disk.status(folder.index(base)) != nil {
                    try folder.disk.remove(folder.index(base))
                }
                try folder.disk.remove(folder.segment(base))
            }
            removed += 1
        }
        return removed
    }
}
