import SluiceBase
import SluiceNet

/// A running scan: gives whole rows in blocks, one block per `next`. For any thread.
///
/// Back-pressure is by pull: while nobody asks, one block is read ahead and no more; the scanner's lease is renewed
/// meanwhile. Splits, merges, moves, expired scanners and lost servers are survived. The scanner on the server is
/// closed at the end, by `cancel`, and when the handle goes.
public final class ScanHandle: Sendable {
    public typealias Completion = @Sendable (Result<ScanBlock?, HBaseError>) -> Void

    private struct State {
        var scan: TableScan
        /// Where the open scanner is.
        var server: Endpoint?
        var location: RegionLocation?
        var readAhead: (block: ScanBlock, position: ScanPosition)?
        var waiter: Completion?
        /// A call is on its way, or a pause before the next.
        var isBusy = false
        var failure: HBaseError?
        var position = ScanPosition.start
        var isCancelled = false
        /// Counts calls, so that a timer knows whether its scanner was idle.
        var turn: UInt64 = 0
        var hasTimer = false
    }

    /// What to do when the lock is free again.
    private enum Action {
        case none
        case open(HBaseCall.Target, TableScan)
        case next(ScanRequest, Endpoint)
        case complete(Completion, Result<ScanBlock?, HBaseError>)
    }

    private let client: HBaseClient
    private let table: HBaseTable
    private let meter: RegionMeter?
    private let state: Lock<State>

    init(_ client: HBaseClient, _ spec: TableScanSpec, _ meter: RegionMeter? = nil) {
        self.client = client
        self.meter = meter
        table = spec.table
        state = Lock(State(scan: TableScan(spec, maxFailures: client.settings.maxRetries)))
    }

    deinit { closeScanner() }

    /// The next rows, nil at the end. One at a time: ask again when the completion was called. It is called on the
    /// client's loop thread, or at once when rows were read ahead.
    public func next(_ completion: @escaping Completion) {
        let isRefused = state.withLock { state in
            if state.waiter != nil { return true }
            state.waiter = completion
            return false
        }
        if isRefused {
            completion(.failure(HBaseError(.refused, "a scan gives one block at a time")))
            return
        }
        proceed()
    }

    /// Behind the last row that was given out by `next`.
    public var position: ScanPosition { state.withLock { $0.position } }

    /// Ends the scan: a `next` that waits fails, and the server's scanner is closed.
    public func cancel() {
        let waiter = state.withLock { state in
            state.isCancelled = true
            state.readAhead = nil
            let waiter = state.waiter
            state.waiter = nil
            return waiter
        }
        waiter?(.failure(ScanHandle.cancelled))
        closeScanner()
    }

    private static var cancelled: HBaseError { HBaseError(.cancelled, "the scan was cancelled") }

    // MARK: steps

    /// Gives out what there is and asks for what is missing, until there is nothing to do.
    private func proceed() {
        while true {
            switch state.withLock({ step(&$0) }) {
            case .none: return
            case .complete(let waiter, let result): waiter(result)
            case .open(let target, let scan):
                open(target, scan)
                return
            case .next(let request, let server):
                fetch(request, server)
                return
            }
        }
    }

    private func step(_ state: inout State) -> Action {
        if let waiter = state.waiter, let result = result(&state) {
            state.waiter = nil
            return .complete(waiter, result)
        }
        guard !state.isBusy, !state.isCancelled, state.failure == nil, state.readAhead == nil else {
            return .none
        }
        switch state.scan.nextCall() {
        case .finished: return .none
        case .open(let row, let isBefore):
            state.isBusy = true
            state.turn += 1
            let target: HBaseCall.Target =
                isBefore ? .regionBefore(table, row: row) : .region(table, row: row)
            return .open(target, state.scan)
        case .next(let request):
            guard let server = state.server else { return .none }
            state.isBusy = true
            state.turn += 1
            return .next(request, server)
        }
    }

    /// What can be given out now.
    private func result(_ state: inout State) -> Result<ScanBlock?, HBaseError>? {
        if state.isCancelled { return .failure(ScanHandle.cancelled) }
        if let ready = state.readAhead {
            state.readAhead = nil
            state.position = ready.position
            return .success(ready.block)
        }
        if let failure = state.failure { return .failure(failure) }
        guard state.scan.isFinished, !state.isBusy else { return nil }
        state.position = .finished
        return .success(nil)
    }

    private func open(_ target: HBaseCall.Target, _ scan: TableScan) {
        var call = HBaseCall(service: .client, method: "Scan", target: target) { location in
            scan.openRequest(region: location?.name ?? []).encoded()
        }
        call.meter = meter
        client.call(call) { [self] result in
            switch result {
            // All else was tried again by the client.
            case .failure(let error): error.kind == .scannerGone ? retry(error) : fail(error)
            case .success(let reply):
                guard let location = reply.location else {
                    fail(HBaseError(.malformed, "the region of a scan is not known"))
                    return
                }
                if meter != nil { state.withLock { $0.location = location } }
                take(reply) { (scan: inout TableScan) throws(WireError) in
                    try scan.opened(reply.frame, location)
                }
            }
        }
    }

    private func fetch(_ request: ScanRequest, _ server: Endpoint) {
        var call = ScanHandle.call(request, server)
        call.meter = meter
        if meter != nil { call.meteredRegion = state.withLock { $0.location } }
        client.call(call) { [self] result in
            switch result {
            case .failure(let error): retry(error)
            case .success(let reply):
                take(reply) { (scan: inout TableScan) throws(WireError) in try scan.received(reply.frame) }
            }
        }
    }

    private static func call(_ request: ScanRequest, _ server: Endpoint) -> HBaseCall {
        HBaseCall(service: .client, method: "Scan", target: .server(server), retries: false) { _ in
            request.encoded()
        }
    }

    private func take(
        _ reply: HBaseReply, _ read: (inout TableScan) throws(WireError) -> ScanBlock?
    ) {
        let isGivenUp = state.withLock { state in
            state.isBusy = false
            state.server = reply.server
            do throws(WireError) {
                if let block = try read(&state.scan), !state.isCancelled {
                    state.readAhead = (block, state.scan.position)
                }
            } catch {
                state.failure = HBaseError(.malformed, "the answer of a scan: \(error)", server: reply.server)
            }
            return state.isCancelled || state.failure != nil || state.scan.isFinished
        }
        if isGivenUp { closeScanner() } else { watchLease() }
        proceed()
    }

    private func fail(_ error: HBaseError) {
        state.withLock { state in
            state.isBusy = false
            state.failure = error
        }
        proceed()
    }

    /// A call to an open scanner failed: a new one goes on where it was, after a pause when that is not the first.
    private func retry(_ error: HBaseError) {
        let failures = state.withLock { state in
            guard state.scan.failed(error) else {
                state.failure = error
                state.isBusy = false
                return 0
            }
            return state.scan.failures
        }
        if failures == 0 { return proceed() }
        let isBusyServer = error.kind == .busy
        var pause = failures > 1 || isBusyServer ? client.settings.pauseNanos * Int64(failures) : 0
        pause = max(pause, ExceptionText.throttlingWaitNanos(error.message) ?? 0)
        client.after(nanos: pause) { [self] in
            state.withLock { $0.isBusy = false }
            proceed()
        }
    }

    // MARK: the lease

    /// Looks at the scanner at every third of its lease, and renews it when nobody has asked for rows since.
    private func watchLease() {
        let due: (turn: UInt64, millis: UInt32)? = state.withLock { state in
            guard !state.hasTimer, let machine = state.scan.machine, machine.isOpen, !state.isCancelled else {
                return nil
            }
            state.hasTimer = true
            return (state.turn, machine.leaseMillis)
        }
        guard let due else { return }
        client.after(nanos: Int64(max(due.millis, 1000)) * 1_000_000 / 3) { [weak self] in
            self?.renew(due.turn)
        }
    }

    private func renew(_ turn: UInt64) {
        let call: HBaseCall? = state.withLock { state in
            state.hasTimer = false
            guard state.turn == turn, !state.isBusy, !state.isCancelled, let machine = state.scan.machine,
                machine.isOpen, let server = state.server
            else { return nil }
            state.isBusy = true
            return ScanHandle.call(machine.renewRequest(), server)
        }
        guard let call else { return watchLease() }
        client.call(call) { [self] result in
            // A lease that is lost shows with the next request, which then opens a new scanner.
            let isCancelled = state.withLock { state in
                state.isBusy = false
                return state.isCancelled
            }
            if isCancelled { closeScanner() } else if case .success = result { watchLease() }
            proceed()
        }
    }

    /// Closes the server's scanner, unless a call is on its way: its answer closes it then.
    private func closeScanner() {
        let call: HBaseCall? = state.withLock { state in
            guard !state.isBusy, let request = state.scan.machine?.closeRequest(), let server = state.server
            else {
                return nil
            }
            state.server = nil
            return ScanHandle.call(request, server)
        }
        if let call { client.call(call) { _ in } }
    }
}

extension HBaseClient {
    /// Starts to scan a table; nothing is sent before rows are asked for.
    public func scan(_ spec: TableScanSpec, meter: RegionMeter? = nil) -> ScanHandle {
        ScanHandle(self, spec, meter)
    }
}
