import SluiceNet

/// What failed of one call.
struct Failures {
    struct Item {
        /// In the call's operations.
        var position: Int
        var region: Region
        var rule: ExceptionRule
        var error: HBaseError
        /// Nanoseconds that the server asked for.
        var wait: Int64?
        var exception: RemoteException?
    }

    var items: [Item] = []

    mutating func add(
        _ position: Int, _ region: Region, _ rule: ExceptionRule, _ error: HBaseError, wait: Int64?,
        _ exception: RemoteException? = nil
    ) {
        items.append(
            Item(
                position: position, region: region, rule: rule, error: error, wait: wait,
                exception: exception))
    }

    mutating func add(
        _ position: Int, _ region: Region, _ exception: RemoteException, _ server: ServerState
    ) {
        add(
            position, region, ExceptionRule(exception), HBaseError(exception, region, server),
            wait: ExceptionText.throttlingWaitNanos(exception.firstLine), exception)
    }
}

extension HBaseError {
    /// An exception of a server about a region.
    init(_ exception: RemoteException, _ region: Region?, _ server: ServerState) {
        self.init(
            ExceptionRule(exception).kind, exception.firstLine, className: exception.className,
            region: region?.location.nameText, server: server.endpoint)
    }
}

/// Tries operations again, or ends them, as the rules of exceptions say.
extension ClientCore {
    /// Ends what a call's answer has not settled: frees rows, groups what is to be tried again.
    func settle(_ call: MultiCall, _ failures: inout Failures) {
        guard !failures.items.isEmpty else {
            for operation in call.operations where operation.gate != 0 { release(operation.gate) }
            return
        }
        failures.items.sort { $0.position < $1.position }
        var isFailed = [Bool](repeating: false, count: call.operations.count)
        for item in failures.items { isFailed[item.position] = true }
        for (position, operation) in call.operations.enumerated()
        where !isFailed[position] && operation.gate != 0 {
            release(operation.gate)
        }
        let hasAnswers = failures.items.count < call.operations.count
        var regions: Set<ObjectIdentifier> = []
        var firsts: [Failures.Item] = []
        var again = Again()
        for item in failures.items {
            let operation = call.operations[item.position]
            // A call cut short by the size of its results brings some of them every time.
            let isProgress = item.rule.recovery == .immediately && hasAnswers
            guard item.rule.recovery != .fail,
                let waiting = tryAgain(operation, item.error, counts: !isProgress, wasSent: true)
            else {
                if item.rule.recovery == .fail { fail(operation, item.error) }
                release(operation.gate)
                continue
            }
            let isOfAbsence = item.rule.isOfAbsence
            if let due = waiting.due {
                putBack(waiting.operation, due)
            } else if isOfAbsence {
                again.absent.append(waiting.operation)
                again.absentPause = max(again.absentPause, pause(item, tries: Int(waiting.operation.tries)))
            } else {
                again.others.append(waiting.operation)
                again.othersPause = max(again.othersPause, pause(item, tries: Int(waiting.operation.tries)))
            }
            if regions.insert(ObjectIdentifier(item.region)).inserted { firsts.append(item) }
        }
        for item in firsts { recover(item) }
        give(back: again.absent, after: again.absentPause, isOfAbsence: true)
        give(back: again.others, after: again.othersPause)
    }

    /// What is to be tried again of one call: after a moment, or when a region or server is back.
    private struct Again {
        var others: [Operation] = []
        var othersPause: Int64 = 0
        var absent: [Operation] = []
        var absentPause: Int64 = 0
    }

    /// A whole call failed with one error.
    func failed(_ call: MultiCall, _ server: ServerState, _ error: HBaseError, _ rule: ExceptionRule) {
        failed(call, error, rule, nil)
    }

    /// A whole call was answered by an exception.
    func failed(_ call: MultiCall, _ server: ServerState, _ exception: RemoteException) {
        failed(call, HBaseError(exception, nil, server), ExceptionRule(exception), exception)
    }

    private func failed(
        _ call: MultiCall, _ error: HBaseError, _ rule: ExceptionRule, _ exception: RemoteException?
    ) {
        var failures = Failures()
        let wait = exception.flatMap { ExceptionText.throttlingWaitNanos($0.firstLine) }
        for segment in call.segments where segment.kind != .ledgerAbsent {
            for position in segment.start..<segment.end {
                failures.add(position, segment.region, rule, error, wait: wait, exception)
            }
        }
        settle(call, &failures)
    }

    /// Counts a try, unless the operation was sent before its time as a sample; it has a time to wait for then. nil
    /// when the operation's job has ended, or the operation has failed too often, which ends it.
    private func tryAgain(
        _ operation: Operation, _ error: HBaseError, counts: Bool = true, wasSent: Bool = false
    ) -> (operation: Operation, due: Int64?)? {
        let due = endSample(operation)
        guard let job = job(of: operation) else { return nil }
        var next = operation
        if wasSent { next.wasSent = true }
        if counts, due == nil { next.tries = next.tries == UInt8.max ? UInt8.max : next.tries + 1 }
        var described = error
        described.tries = Int(next.tries)
        if Int(next.tries) > settings.maxRetries {
            fail(operation, described)
            return nil
        }
        metrics.retries += 1
        job.lastError = described
        for member in job.members { self.job(of: member)?.lastError = described }
        return (next, due)
    }

    func fail(_ operation: Operation, _ error: HBaseError) {
        guard let job = job(of: operation) else { return }
        _ = endSample(operation)
        var described = error
        described.tries = Int(operation.tries) + 1
        job.fail(job.index(operation), described)
        if job.remaining == 0 { complete(job) }
    }

    private func pause(_ item: Failures.Item, tries: Int) -> Int64 {
        switch item.rule.recovery {
        case .immediately: return 0
        case .moved: return item.region.isHint || tries > 1 ? backoff.pause(tries: tries, random: &random) : 0
        case .throttled:
            return max(item.wait ?? 0, backoff.pause(tries: tries, random: &random))
        case .overloaded, .busyRegion: return overloaded.pause(tries: tries, random: &random)
        default: return backoff.pause(tries: tries, random: &random)
        }
    }

    /// Does to location and server what the rule says.
    private func recover(_ item: Failures.Item) {
        let region = item.region
        switch item.rule.recovery {
        case .fail, .immediately: return
        case .wait, .reopenScanner: pause(region, backoff.pause(tries: 1, random: &random))
        case .busyRegion: pause(region, overloaded.pause(tries: 1, random: &random))
        case .throttled: pause(region, item.wait ?? backoff.pause(tries: 1, random: &random))
        case .overloaded:
            let wait = overloaded.pause(tries: 1, random: &random)
            region.server.pausedUntil = max(region.server.pausedUntil, now + wait)
        case .relocate, .findMaster: drop(region, item.error)
        case .moved:
            guard region.isCurrent, !region.isHint, let target = item.exception.flatMap({ movedTo($0) })
            else {
                drop(region, item.error)
                return
            }
            let queued = takeQueue(of: region)
            drop(region, item.error)
            follow(target, region)
            place(queued)
        case .dropServer: dropServer(region.server, item.error)
        }
    }

    /// Where the exception says that a region went.
    private func movedTo(_ exception: RemoteException) -> (server: ServerName, sequenceNumber: Int64)? {
        if let moved = ExceptionText.movedTo(exception.firstLine) {
            return (
                ServerName(host: moved.host, port: moved.port, startCode: moved.startCode), moved.seqNum
            )
        }
        guard let host = exception.host, let port = exception.port else { return nil }
        return (ServerName(host: host, port: port), -1)
    }

    /// Takes the hint of a moved region; when it is wrong, `hbase:meta` is asked.
    private func follow(_ target: (server: ServerName, sequenceNumber: Int64), _ region: Region) {
        var location = region.location
        location.server = target.server
        location.sequenceNumber = target.sequenceNumber
        learn(location, region.table, isHint: true)
    }

    /// Lets a region be for a while that is opening, or has too much to do.
    private func pause(_ region: Region, _ nanos: Int64) {
        region.pausedUntil = max(region.pausedUntil, now + nanos)
    }

    // MARK: locations

    /// Forgets where a region is; what waits for it is given back.
    func drop(_ region: Region, _ error: HBaseError) {
        guard region.isCurrent, region.table.cache.remove(region) else { return }
        metrics.regionMoves += 1
        discard(region, error)
    }

    /// Forgets all regions of a server.
    func dropServer(_ server: ServerState, _ error: HBaseError) {
        for table in tablesInOrder {
            for region in table.cache.removeAll(where: { $0.server === server }) {
                metrics.regionMoves += 1
                discard(region, error)
            }
        }
    }

    /// The region is no longer in the cache; its operations find another one.
    func discard(_ region: Region, _ error: HBaseError?) {
        region.isCurrent = false
        giveBackQueue(of: region, error)
    }

    /// Gives back what waits to be sent to a region. It was not sent, but counts a try where there is an
    /// error, so that it does not go round for ever.
    private func giveBackQueue(of region: Region, _ error: HBaseError?) {
        let queued = takeQueue(of: region)
        if queued.isEmpty { return }
        guard let error else {
            hold(queued)
            give(back: queued, after: backoff.pauseNanos)
            return
        }
        postpone(queued, error)
    }

    func takeQueue(of region: Region) -> [Operation] {
        let queued = region.queue.takeAll()
        region.server.queued -= queued.count
        if region.isReady {
            region.server.ready.removeAll { $0 === region }
            region.isReady = false
        }
        if region.isBlocked {
            blocked.removeAll { $0 === region }
            region.isBlocked = false
        }
        return queued
    }

    private func hold(_ operations: [Operation]) {
        for operation in operations where operation.gate != 0 { gate.hold(operation.gate) }
    }

    /// Operations to be tried again after a pause. They hold their rows until then, so that younger mutations
    /// of these rows wait.
    private func give(back operations: [Operation], after pause: Int64, isOfAbsence: Bool = false) {
        if operations.isEmpty { return }
        if pause <= 0 {
            requeue(operations)
            return
        }
        let due = now + pause
        retries.append(RetryGroup(due: due, operations: operations, isOfAbsence: isOfAbsence))
        wake(at: due)
        if isOfAbsence, pause > settings.longestPauseNanos { expectSamples() }
    }

    func releaseRetries(_ time: Int64) {
        guard retries.contains(where: { $0.due <= time }) else { return }
        let due = retries.filter { $0.due <= time }
        retries.removeAll { $0.due <= time }
        for group in due { requeue(group.operations) }
    }

    func requeue(_ operations: [Operation]) {
        place(operations)
        for operation in operations where operation.gate != 0 { release(operation.gate) }
    }

    /// Operations of regions that cannot be found now, and hold no rows yet.
    func postpone(_ operations: [Operation], _ error: HBaseError) {
        var again: [Operation] = []
        // What waits for another change of its row has not been tried: that one counts.
        let isWaiting = operations.map { $0.gate != 0 && gate.isHeld($0.gate) }
        for (index, operation) in operations.enumerated() {
            guard let waiting = tryAgain(operation, error, counts: !isWaiting[index]) else { continue }
            hold([waiting.operation])
            guard let due = waiting.due else {
                again.append(waiting.operation)
                continue
            }
            putBack(waiting.operation, due)
        }
        let tries = again.map { Int($0.tries) }.max() ?? 1
        give(back: again, after: backoff.pause(tries: tries, random: &random), isOfAbsence: true)
    }
}
