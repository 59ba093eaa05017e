/// While regions or servers are away, what waits for them waits longer and longer. So that work goes on soon after
/// they are back, a few of the waiting operations are sent before their time, about one a second: samples. When a sample
/// comes through, the others of its table follow at once. A sample that fails goes back to where it waited, and does
/// not count as a try, so that patience stays what the settings say.
extension ClientCore {
    /// Samples of one moment, of different groups.
    private static let samplesAtOnce = 2

    func expectSamples() {
        if samplesAt == Int64.max { samplesAt = now + shortPause() }
        wake(at: samplesAt)
    }

    /// About the longest pause, a quarter less or more, so that many clients do not come together.
    func shortPause() -> Int64 {
        let longest = max(settings.longestPauseNanos, 4)
        return longest - longest / 4 + Int64(random.next() % UInt64(longest / 2))
    }

    /// Sends samples when their time has come.
    func sendSamples(_ time: Int64) {
        guard samplesAt <= time else { return }
        samplesAt = Int64.max
        early = early.filter { $0.value.due > time }
        let soon = time + settings.longestPauseNanos / 4
        var candidates = retries.indices.filter { retries[$0].isOfAbsence && retries[$0].due > soon }
        guard !candidates.isEmpty, !isClosed else { return }
        candidates.shuffle(using: &random)
        var samples: [Operation] = []
        for index in candidates.prefix(ClientCore.samplesAtOnce) {
            let group = retries[index]
            let place = Int(random.next() % UInt64(max(group.operations.count, 1)))
            guard place < group.operations.count else { continue }
            let operation = retries[index].operations.remove(at: ClientCore.first(ofRowAt: place, in: group))
            early[operation.sequence] = EarlyTry(due: group.due, isSample: true)
            samples.append(operation)
        }
        retries.removeAll { $0.operations.isEmpty }
        samplesAt = time + shortPause()
        wake(at: samplesAt)
        metrics.samples += UInt64(samples.count)
        requeue(samples)
    }

    /// Where the oldest operation of the same row is: younger ones would only wait for it.
    private static func first(ofRowAt place: Int, in group: RetryGroup) -> Int {
        let gate = group.operations[place].gate
        if gate == 0 { return place }
        let others = group.operations.indices.filter { group.operations[$0].gate == gate }
        return others.min { group.operations[$0].sequence < group.operations[$1].sequence } ?? place
    }

    /// An operation that was sent before its time has come back; when it would have been sent. nil: it was not, or
    /// that time is over.
    func endSample(_ operation: Operation) -> Int64? {
        guard !early.isEmpty, let entry = early.removeValue(forKey: operation.sequence) else { return nil }
        return entry.due > now ? entry.due : nil
    }

    /// A sample waits again for its time. It holds its row.
    func putBack(_ operation: Operation, _ due: Int64) {
        if let index = retries.firstIndex(where: { $0.isOfAbsence && $0.due == due }) {
            retries[index].operations.append(operation)
        } else {
            retries.append(RetryGroup(due: due, operations: [operation], isOfAbsence: true))
        }
        wake(at: due)
    }

    /// An operation was answered. When it was a sample, what waits for its table is sent at the end of the event.
    @inline(__always)
    func sampleAnswered(_ operation: Operation, _ table: TableState) {
        if early.isEmpty { return }
        guard let entry = early.removeValue(forKey: operation.sequence), entry.isSample else { return }
        if !returned.contains(where: { $0 === table }) { returned.append(table) }
    }

    /// Sends what waited for tables that are back.
    func sendReturned() {
        guard !returned.isEmpty else { return }
        let tables = returned
        returned = []
        var ready: [Operation] = []
        for index in retries.indices where retries[index].isOfAbsence {
            let due = retries[index].due
            var stay: [Operation] = []
            for operation in retries[index].operations {
                guard let job = job(of: operation), tables.contains(where: { $0 === job.table }) else {
                    stay.append(operation)
                    continue
                }
                early[operation.sequence] = EarlyTry(due: due, isSample: false)
                ready.append(operation)
            }
            retries[index].operations = stay
        }
        retries.removeAll { $0.operations.isEmpty }
        requeue(ready)
    }
}
