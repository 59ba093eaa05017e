import SluiceNet

/// Calls that are no batches: found a server for, sent, tried again.
extension ClientCore {
    func start(
        _ call: HBaseCall,
        _ completion: @escaping (Result<HBaseReply, HBaseError>) -> Void
    ) {
        let made = GenericCall(
            call, deadline: deadline(call.operationTimeoutNanos), completion)
        if isClosed {
            made.finish(.failure(HBaseError(.cancelled, "the client was closed")))
            return
        }
        calls.append(made)
        if calls.count > 64, calls.count % 64 == 0 { calls.removeAll { $0.isFinished } }
        dispatch(made)
    }

    /// Sends a call to where it belongs now, or lets it wait for that to be known.
    func dispatch(_ call: GenericCall) {
        if call.isFinished || isClosed { return }
        call.isWaiting = true
        switch call.call.target {
        case .server(let endpoint):
            send(call, to: server(at: endpoint))
        case .region(let name, _), .regionBefore(let name, _):
            let table = state(of: name)
            guard let region = region(of: call.call, table) else {
                table.parkedCalls.append(call)
                lookUp(table)
                return
            }
            call.region = region
            send(call, to: region.server)
        case .master:
            guard let master else {
                masterWaiters.append(call)
                findMaster()
                return
            }
            send(call, to: server(at: master))
        }
    }

    private func region(of call: HBaseCall, _ table: TableState) -> Region? {
        guard let place = call.place else { return nil }
        return place.isBefore ? table.cache.find(before: place.row) : table.cache.find(place.row)
    }

    private func findMaster() {
        guard !isFindingMaster, let registry else { return }
        isFindingMaster = true
        registry.find(.master) { [weak self] result in
            guard let self else { return }
            self.isFindingMaster = false
            let waiting = self.masterWaiters
            self.masterWaiters = []
            switch result {
            case .success(let server):
                self.master = Endpoint(host: server.host, port: server.port)
                for call in waiting { self.dispatch(call) }
            case .failure(let error):
                for call in waiting {
                    if error.kind == .authentication || error.kind == .tls {
                        call.finish(.failure(error))
                    } else {
                        self.retry(call, error, pause: nil, isOfAbsence: true)
                    }
                }
            }
        }
    }

    private func send(_ call: GenericCall, to server: ServerState) {
        guard let connection = readyConnection(server, call.call.service) else {
            if let waiting = server.connections[call.call.service] {
                waiting.waiting.append(call)
            } else {
                let error = server.lastFailure ?? HBaseError(.network, "the server cannot be reached")
                callFailed(call, server, error, ExceptionRule(.network, .dropServer), wait: nil)
            }
            return
        }
        send(call, connection)
    }

    func send(_ call: GenericCall, _ connection: ServerConnection) {
        if call.isFinished { return }
        call.isWaiting = false
        let server = connection.server
        let message = call.call.message(call.region?.location)
        let timeout = min(
            call.call.timeoutNanos ?? settings.rpcTimeoutNanos, max(call.deadline - now, 1_000_000))
        let size = message.count + call.call.cells.count
        let pending = PendingCall(content: .generic(call), sentAt: now, bytes: size)
        do {
            let request = try connection.rpc.request(
                pending, method: call.call.method, timeoutMillis: UInt32(clamping: timeout / 1_000_000),
                priority: call.call.priority, cellBlockLength: call.call.cells.count,
                expecting: message.count,
                message: { $0.raw(message) }, cells: { $0.raw(call.call.cells) })
            server.metrics.calls += 1
            server.metrics.bytesSent += UInt64(request.bytes.count)
            if connection.timeouts.isEmpty { connection.lastReceived = max(connection.lastReceived, now) }
            connection.timeouts[request.callID] = pending.sentAt + timeout
            transport.send(request.bytes, on: connection.id)
        } catch {
            let (problem, rule) = outcome(of: error, connection)
            connectionFailed(connection, error)
            callFailed(call, server, problem, rule, wait: nil)
        }
    }

    func answered(_ call: GenericCall, _ frame: ResponseFrame, _ server: ServerState) {
        if call.isFinished { return }
        guard let exception = frame.exception else {
            call.finish(
                .success(
                    HBaseReply(frame: frame, location: call.region?.location, server: server.endpoint)))
            return
        }
        let error = HBaseError(exception, call.region, server)
        let wait = ExceptionText.throttlingWaitNanos(exception.firstLine)
        callFailed(call, server, error, ExceptionRule(exception), wait: wait)
    }

    /// Does to locations what the rule says, and tries the call again if that is wanted.
    func callFailed(
        _ call: GenericCall, _ server: ServerState, _ error: HBaseError, _ rule: ExceptionRule, wait: Int64?
    ) {
        switch rule.recovery {
        case .relocate, .moved: if let region = call.region { drop(region, error) }
        case .dropServer: dropServer(server, error)
        case .fail, .wait, .busyRegion, .overloaded, .throttled, .immediately, .findMaster, .reopenScanner:
            break
        }
        if case .master = call.call.target, rule.recovery != .fail { master = nil }
        call.region = nil
        let isFinal = rule.recovery == .fail || rule.recovery == .reopenScanner || !call.call.retries
        if isFinal {
            var told = error
            told.tries = call.tries + 1
            call.finish(.failure(told))
            return
        }
        var pause = rule.recovery == .immediately ? 0 : wait
        if pause == nil, rule.recovery == .overloaded || rule.recovery == .busyRegion {
            pause = overloaded.pause(tries: call.tries + 1, random: &random)
        }
        retry(call, error, pause: pause, isOfAbsence: rule.isOfAbsence)
    }

    /// Tries a call again after a pause, unless it has failed too often or may not be tried again. One that waits for
    /// a region or server to come back is tried more often than its tries are counted.
    func retry(_ call: GenericCall, _ error: HBaseError, pause: Int64?, isOfAbsence: Bool = false) {
        if call.isFinished { return }
        let isEarly = isOfAbsence && now < call.countsFrom
        if !isEarly { call.tries += 1 }
        var told = error
        told.tries = call.tries
        call.lastError = told
        guard call.call.retries, call.tries <= settings.maxRetries else {
            call.finish(.failure(told))
            return
        }
        metrics.retries += 1
        call.isWaiting = true
        var wait =
            pause ?? (isEarly ? call.countsFrom - now : backoff.pause(tries: call.tries, random: &random))
        if isOfAbsence {
            if !isEarly { call.countsFrom = now + wait }
            if wait > settings.longestPauseNanos { wait = min(wait, shortPause()) }
        }
        later(at: now + wait) { [weak self] in self?.dispatch(call) }
    }
}
