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
            if item.rule.recovery != .fail, regions.insert(ObjectIdentifier(item.region)).inserted {
                firsts.append(item)
            }
            // A call cut short by the size of its results brings some of them every time.
            let isProgress = item.rule.recovery == .immediately && hasAnswers
            if item.rule.recovery == .fail {
                fail(operation, item.error)
                release(operation.gate)
                continue
            }
            if hasOldLocation(operation, item, call) {
                again.old.append(relocated(operation, item.error))
                continue
            }
            switch tryAgain(operation, item.error, counts: !isProgress, wasSent: true) {
            case .ended: release(operation.gate)
            case .exhausted(let job, let error):
                if item.rule.isOfAbsence { failBehind(operation, job, error) }
                release(operation.gate)
            case .early(let operation, let due): putBack(operation, due)
            case .later(let operation):
                let pause = pause(item, tries: Int(operation.tries))
                if item.rule.isOfAbsence {
                    again.absent.append(operation)
                    again.absentPause = max(again.absentPause, pause)
                } else {
                    again.others.append(operation)
                    again.othersPause = max(again.othersPause, pause)
                }
            }
        }
        for item in firsts { recover(item) }
        give(back: again.old, after: 0)
        give(back: again.absent, after: again.absentPause, isOfAbsence: true)
        give(back: again.others, after: again.othersPause)
    }

    /// What is to be tried again of one call: after a moment, or when a region or server is back.
    private struct Again {
        var others: [Operation] = []
        var othersPause: Int64 = 0
        var absent: [Operation] = []
        var absentPause: Int64 = 0
        var old: [Operation] = []
    }

    /// Whether the region was not where it had been for a while: nothing says that it cannot be found now. Once between
    /// two tries, so that nothing goes round without a pause.
    private func hasOldLocation(_ operation: Operation, _ item: Failures.Item, _ call: MultiCall) -> Bool {
        guard item.error.kind == .notServing, !operation.hadOldLocation else { return false }
        guard item.rule.recovery == .relocate || item.rule.recovery == .moved else { return false }
        return call.sentAt - item.region.foundAt > backoff.pauseNanos
    }

    /// Looks for the region at once, as the same try.
    private func relocated(_ operation: Operation, _ error: HBaseError) -> Operation {
        metrics.retries += 1
        if let job = job(of: operation) { note(error, job) }
        var next = operation
        next.wasSent = true
        next.hadOldLocation = true
        return next
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

    /// What becomes of an operation that has failed.
    enum Attempt {
        /// It is tried again.
        case later(Operation)
        /// It was a sample, and is tried again when it would have been tried without that.
        case early(Operation, due: Int64)
        /// It has failed too often, which has ended it.
        case exhausted(Job, HBaseError)
        /// Its job had ended before.
        case ended
    }

    /// Counts a try, unless the operation was sent before its time as a sample.
    func tryAgain(
        _ operation: Operation, _ error: HBaseError, counts: Bool = true, wasSent: Bool = false
    ) -> Attempt {
        let due = endSample(operation)
        guard let job = job(of: operation) else { return .ended }
        var next = operation
        if wasSent { next.wasSent = true }
        next.hadOldLocation = false
        if counts, due == nil { next.tries = next.tries == UInt8.max ? UInt8.max : next.tries + 1 }
        var described = error
        described.tries = Int(next.tries)
        if Int(next.tries) > settings.maxRetries {
            fail(operation, described)
            return .exhausted(job, described)
        }
        metrics.retries += 1
        note(described, job)
        return due.map { .early(next, due: $0) } ?? .later(next)
    }

    /// Keeps why a job's operations are not done yet.
    private func note(_ error: HBaseError, _ job: Job) {
        job.lastError = error
        for member in job.members { self.job(of: member)?.lastError = error }
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
        discard(region, error, wasTried: false)
    }

    /// Forgets all regions of a server. `wasTried`: what waits for it could not be sent, for it was not reached.
    func dropServer(_ server: ServerState, _ error: HBaseError, wasTried: Bool = false) {
        for table in tablesInOrder {
            for region in table.cache.removeAll(where: { $0.server === server }) {
                metrics.regionMoves += 1
                discard(region, error, wasTried: wasTried)
            }
        }
    }

    /// The region is no longer in the cache; what waits to be sent to it finds another one after a moment. That is a
    /// try only when there was one: what others found out is not held against operations that were never sent.
    private func discard(_ region: Region, _ error: HBaseError, wasTried: Bool) {
        region.isCurrent = false
        let queued = takeQueue(of: region)
        if queued.isEmpty { return }
        if wasTried { return postpone(queued, error) }
        for operation in queued { if let job = job(of: operation) { note(error, job) } }
        hold(queued)
        give(back: queued, after: backoff.pause(tries: 1, random: &random), isOfAbsence: true)
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

    func hold(_ operations: [Operation]) {
        for operation in operations where operation.gate != 0 { gate.hold(operation.gate) }
    }

    /// Operations to be tried again after a pause. They hold their rows until then, so that younger mutations
    /// of these rows wait.
    func give(back operations: [Operation], after pause: Int64, isOfAbsence: Bool = false) {
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
}
