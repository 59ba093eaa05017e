import SluiceBase
import SluiceNet

/// Connections per server and service: opened when first needed, opened again after a growing pause.
extension ClientCore {
    func server(at endpoint: Endpoint) -> ServerState {
        if let known = servers[endpoint] { return known }
        let made = ServerState(endpoint)
        servers[endpoint] = made
        return made
    }

    /// The connection when it is ready. Otherwise it is being opened, or will be once the pause after its
    /// last failure is over.
    func readyConnection(_ server: ServerState, _ service: HBaseCall.Service) -> ServerConnection? {
        if let connection = server.connections[service] {
            return connection.state == .ready ? connection : nil
        }
        if server.reconnectAt > now {
            wake(at: server.reconnectAt)
            return nil
        }
        var rpc = RPCConnection<PendingCall>.Settings(user: settings.user, service: service.rawValue)
        rpc.largestFrame = settings.maxFrameBytes
        if service == .client { rpc.compression = settings.cellBlockCompression }
        // What did not answer before may not answer now: nothing else is tried while one waits.
        let patience = server.failures > 0 ? 2 * settings.longestPauseNanos : settings.connectTimeoutNanos
        let id = transport.connect(
            server.endpoint, tls: settings.tls, timeoutNanos: min(settings.connectTimeoutNanos, patience))
        let connection = ServerConnection(
            id, server: server, service: service, rpc: RPCConnection(rpc), now: now)
        connections[id] = connection
        server.connections[service] = connection
        server.metrics.connectionsOpened += 1
        return nil
    }

    func connectionOpened(_ connection: ServerConnection) {
        connection.isOpen = true
        if case .kerberos(let kerberos) = settings.authentication {
            secure(connection, kerberos)
        } else {
            start(connection)
        }
    }

    /// Sends what opens the connection: preamble and header, or preamble and token.
    func start(_ connection: ServerConnection) {
        do {
            let bytes = try connection.rpc.start()
            transport.send(bytes, on: connection.id)
            if connection.rpc.isReady { connectionReady(connection) }
        } catch {
            connectionFailed(connection, error)
        }
    }

    private func connectionReady(_ connection: ServerConnection) {
        connection.state = .ready
        connection.lastReceived = now
        let waiting = connection.waiting
        connection.waiting = []
        for call in waiting {
            if connection.state == .closed { dispatch(call) } else { send(call, connection) }
        }
        markDirty(connection.server)
    }

    func connectionReceived(_ bytes: UnsafeRawBufferPointer, _ connection: ServerConnection) {
        connection.lastReceived = now
        connection.hasReceived = true
        if connection.security != nil { return securityReceived(bytes, connection) }
        let server = connection.server
        server.metrics.bytesReceived += UInt64(bytes.count)
        var rpc = connection.rpc
        var answers: [(PendingCall, ResponseFrame)] = []
        var isReady = false
        var problem: RPCFailure?
        do {
            connection.rpc = RPCConnection(rpc.settings)
            try rpc.received(bytes) { event in
                switch event {
                case .send(let bytes): transport.send(bytes, on: connection.id)
                case .ready: isReady = true
                case .response(let call, let frame): answers.append((call, frame))
                }
            }
        } catch { problem = error }
        connection.rpc = rpc
        if isReady, connection.state == .connecting { connectionReady(connection) }
        for (call, frame) in answers { answered(call, frame, connection) }
        if let problem { connectionFailed(connection, problem) }
    }

    private func answered(_ call: PendingCall, _ frame: ResponseFrame, _ connection: ServerConnection) {
        let server = connection.server
        connection.timeouts[frame.callID] = nil
        server.failures = 0
        server.metrics.latency.record(nanos: now - call.sentAt)
        if frame.exception != nil { server.metrics.failedCalls += 1 }
        switch call.content {
        case .generic(let generic):
            measure(generic, nanos: now - call.sentAt, failed: frame.exception != nil)
            answered(generic, frame, server)
        case .multi(let multi):
            ended(multi, call, server)
            measure(multi, nanos: now - call.sentAt, failed: frame.exception != nil)
            if let exception = frame.exception {
                failed(multi, server, exception)
            } else {
                answered(multi, frame, server)
            }
        }
    }

    /// Gives back the room that a Multi took.
    private func ended(_ multi: MultiCall, _ call: PendingCall, _ server: ServerState) {
        server.multisInFlight -= 1
        server.bytesInFlight -= call.bytes
        bytesInFlight -= call.bytes
        if !server.ready.isEmpty { markDirty(server) }
        if !starved.isEmpty {
            for other in starved { markDirty(other) }
            starved = []
        }
    }

    // MARK: the end of connections

    /// The protocol failed: the server refused us, or its bytes are no answers.
    func connectionFailed(_ connection: ServerConnection, _ problem: RPCFailure) {
        guard connections[connection.id] != nil else { return }
        transport.close(connection.id)
        if mayHelpAgain(problem, connection) { authenticator?.forgetTickets() }
        let (error, rule) = outcome(of: problem, connection)
        end(connection, error, rule)
    }

    /// What a failure of the protocol means for the calls of its connection.
    func outcome(of problem: RPCFailure, _ connection: ServerConnection) -> (HBaseError, ExceptionRule) {
        var error = failure(of: problem, connection)
        guard mayHelpAgain(problem, connection) else { return (error, finalRule(problem)) }
        error.kind = .network
        return (error, ExceptionRule(.network, .dropServer))
    }

    /// Whether another connection with new tickets may do better.
    private func mayHelpAgain(_ problem: RPCFailure, _ connection: ServerConnection) -> Bool {
        switch problem {
        // The server may have a new key, or take two authentications of one moment for a replayed one.
        case .refused: return authenticator != nil && connection.server.failures == 0
        // What was agreed upon is over: the ticket has expired, or a message is damaged.
        case .authentication: return connection.state == .ready
        case .malformed, .fatal, .notSecured: return false
        }
    }

    func connectionClosed(_ connection: ServerConnection, _ error: NetworkError?) {
        let server = connection.server
        var text = error?.message ?? "the server closed the connection"
        if error == nil, !connection.hasReceived {
            text += " without an answer"
            if connection.state == .ready {
                text += " (asked for service \"\(connection.service.rawValue)\" with codec "
                text += "\"\(ConnectionHeader.keyValueCodec)\""
                if let codec = connection.rpc.settings.compression {
                    text += " and compressor \"\(codec.className)\""
                }
                text += ")"
            }
        }
        if isUnansweredPlainText(connection, error) { text += "; it may want TLS" }
        let isFinal = error?.kind == .untrusted || error?.kind == .tls
        let kind: HBaseError.Kind = isFinal ? .tls : .network
        var problem = HBaseError(kind, text, server: server.endpoint)
        problem.hint = error?.tls.map {
            $0.hint(stores: "hbase.rpc.tls.truststore", "hbase.rpc.tls.keystore")
        }
        if error?.tls == .plainText { problem.hint = "set hbase.client.netty.tls.enabled to false" }
        if isUnansweredPlainText(connection, error) {
            problem.hint = "set hbase.client.netty.tls.enabled to true"
        }
        let isIdle = connection.state == .ready && connection.rpc.openCalls == 0 && server.queued == 0
        if isIdle {
            forget(connection)
            return
        }
        end(connection, problem, ExceptionRule(kind, isFinal ? .fail : .dropServer))
    }

    /// Servers that want TLS end connections without it.
    private func isUnansweredPlainText(_ connection: ServerConnection, _ error: NetworkError?) -> Bool {
        (error == nil || error?.kind == .reset) && connection.isOpen && !connection.hasReceived
            && settings.tls == nil
    }

    private func forget(_ connection: ServerConnection) {
        connection.state = .closed
        connections[connection.id] = nil
        connection.server.connections[connection.service] = nil
    }

    func end(_ connection: ServerConnection, _ error: HBaseError, _ rule: ExceptionRule) {
        let server = connection.server
        let wasReached = connection.state == .ready
        forget(connection)
        server.failures += 1
        server.lastFailure = error
        let wait = backoff.pause(tries: server.failures, random: &random)
        server.reconnectAt = now + min(wait, settings.longestPauseNanos)
        let open = connection.rpc.takeOpenCalls().map(\.call)
        let waiting = connection.waiting
        connection.waiting = []
        connection.timeouts = [:]
        if rule.recovery == .fail { failQueues(of: server, error) }
        dropServer(server, error, wasTried: !wasReached && connection.service == .client)
        for call in open {
            switch call.content {
            case .multi(let multi):
                ended(multi, call, server)
                measure(multi, nanos: now - call.sentAt, failed: true)
                failed(multi, server, error, rule)
            case .generic(let generic): callFailed(generic, server, error, rule, wait: nil)
            }
        }
        for call in waiting { callFailed(call, server, error, rule, wait: nil) }
    }

    /// Ends what waits for a server that will not have us.
    private func failQueues(of server: ServerState, _ error: HBaseError) {
        for table in tablesInOrder {
            for region in table.cache.regions where region.server === server {
                for operation in takeQueue(of: region) { fail(operation, error) }
            }
        }
    }

    func failure(of problem: RPCFailure, _ connection: ServerConnection) -> HBaseError {
        let server = connection.server.endpoint
        switch problem {
        case .malformed: return HBaseError(.malformed, problem.message, server: server)
        case .fatal(let exception):
            if exception.wantsAuthentication {
                return HBaseError(
                    .authentication, "the server wants Kerberos: \(exception.firstLine)", server: server,
                    hint: problem.hint)
            }
            return HBaseError(
                ExceptionRule(exception).kind, problem.message, className: exception.className,
                server: server)
        case .refused(let className, _):
            return HBaseError(
                .authentication, problem.message, className: className, server: server, hint: problem.hint)
        case .notSecured, .authentication:
            return HBaseError(.authentication, problem.message, server: server, hint: problem.hint)
        }
    }

    func finalRule(_ problem: RPCFailure) -> ExceptionRule {
        if case .malformed = problem { return ExceptionRule(.malformed, .dropServer) }
        return ExceptionRule(.authentication, .fail)
    }

    /// Finds calls without an answer in their time, and servers that say nothing at all.
    func checkConnections(_ time: Int64) {
        for connection in connections.values.sorted(by: { $0.id.number < $1.id.number }) {
            if connection.state == .connecting { checkOpening(connection, time) }
            guard connection.state == .ready, !connection.timeouts.isEmpty else { continue }
            // A call may have asked for more time than is usual.
            let isOverdue = connection.timeouts.values.contains { $0 <= time }
            if isOverdue, time - connection.lastReceived >= settings.rpcTimeoutNanos {
                let seconds = settings.rpcTimeoutNanos / 1_000_000_000
                let text = "the server has sent nothing for \(seconds) s"
                transport.close(connection.id)
                end(
                    connection, HBaseError(.network, text, server: connection.server.endpoint),
                    ExceptionRule(.network, .dropServer))
                continue
            }
            let lost = connection.timeouts.filter { $0.value <= time }.map(\.key).sorted()
            for number in lost { lose(number, connection) }
        }
    }

    /// The transport bounds the time of connecting; this bounds the authentication too.
    private func checkOpening(_ connection: ServerConnection, _ time: Int64) {
        guard time - connection.lastReceived >= settings.connectTimeoutNanos * 2 else { return }
        transport.close(connection.id)
        let text = "the server did not accept the connection in time"
        end(
            connection, HBaseError(.network, text, server: connection.server.endpoint),
            ExceptionRule(.network, .dropServer))
    }

    /// A call whose time is up; other calls of the connection may still be answered.
    private func lose(_ number: UInt32, _ connection: ServerConnection) {
        connection.timeouts[number] = nil
        guard let call = connection.rpc.forget(number) else { return }
        let server = connection.server
        let error = HBaseError(.timedOut, "the server did not answer in time", server: server.endpoint)
        let rule = ExceptionRule(.timedOut, .relocate)
        switch call.content {
        case .multi(let multi):
            ended(multi, call, server)
            measure(multi, nanos: now - call.sentAt, failed: true)
            failed(multi, server, error, rule)
        case .generic(let generic):
            measure(generic, nanos: now - call.sentAt, failed: true)
            callFailed(generic, server, error, rule, wait: nil)
        }
    }
}
