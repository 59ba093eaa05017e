import SluiceBase
import SluiceNet

/// The server that region servers ship to: takes connections, reads calls, hands shipments to a sink, and answers
/// each when the sink has said what became of it. A state machine over a transport; lives on its thread.
///
/// Memory is bounded by `maxPendingBytes` of shipments that the sink has not kept yet, beyond which nothing is read, and
/// by as much of frames that have begun, beyond which one connection alone is read: at most one frame more.
final class ReplicationReceiver: ListeningHandler {
    struct Settings: Sendable {
        var nodes: PeerNodes
        var quorum: [Endpoint]
        var access = ZooKeeperAccess()
        var sessionNanos: Int64 = 30_000_000_000
        var maxConnections = 1024
        var maxPendingBytes = 64 << 20
        var largestFrame = 256 << 20
    }

    private struct Client {
        var machine: PeerConnection
        var endpoint: Endpoint
        var lastHeard: Int64
    }

    /// Which connections are read.
    private enum Flow: Equatable {
        case all, none
        case only(ConnectionID)

        func pauses(_ connection: ConnectionID) -> Bool {
            switch self {
            case .all: return false
            case .none: return true
            case .only(let chosen): return chosen != connection
            }
        }
    }

    /// The one connection that is read has sent nothing for so long: its source is gone.
    private static let silenceNanos: Int64 = 20_000_000_000

    private let settings: Settings
    private let transport: any ListeningTransport
    private let listener: ListenerID
    private let sink: any ReplicationSink
    private let mailbox: ReceiverMailbox
    private let state: ReceiverState
    private let wake: @Sendable () -> Void
    private let services: PeerServices
    private var registration: PeerRegistration?
    private var clients: [ConnectionID: Client] = [:]
    private var pendingBytes = 0
    /// Of frames that have not come whole.
    private var heldBytes = 0
    private var flow = Flow.all
    private var hasEnded = false

    init(
        _ settings: Settings, transport: any ListeningTransport, listener: ListenerID,
        sink: any ReplicationSink, mailbox: ReceiverMailbox, state: ReceiverState, first: Int,
        authenticator: (any Authenticator)? = nil, wake: @escaping @Sendable () -> Void
    ) {
        self.settings = settings
        self.transport = transport
        self.listener = listener
        self.sink = sink
        self.mailbox = mailbox
        self.state = state
        self.wake = wake
        services = PeerServices(clusterID: settings.nodes.clusterID, server: settings.nodes.server)
        let registration = PeerRegistration(
            settings.nodes, quorum: settings.quorum, access: settings.access,
            sessionNanos: settings.sessionNanos, first: first, transport: transport,
            ticket: { connection, principal in
                guard let authenticator else { return false }
                authenticator.prepare(serverPrincipal: principal, protections: [.authentication]) {
                    mailbox.post(.authenticated(connection, $0))
                    wake()
                }
                return true
            }
        ) { [state] status in state.change { $0.take(status) } }
        self.registration = registration
        registration.start()
        tickLater()
    }

    private func tickLater() { _ = transport.startTimer(at: transport.now + PeerRegistration.tickNanos) }

    // MARK: Connections

    func accepted(_ connection: ConnectionID, from peer: Endpoint, on listener: ListenerID) {
        if hasEnded { return transport.close(connection) }
        guard clients.count < settings.maxConnections else {
            state.change {
                $0.note("a connection from \(peer) was closed: there are \(settings.maxConnections) already")
            }
            return transport.close(connection)
        }
        clients[connection] = Client(
            machine: PeerConnection(
                clusterID: settings.nodes.clusterID, largestFrame: settings.largestFrame), endpoint: peer,
            lastHeard: transport.now)
        state.change { $0.sources += 1 }
        if flow.pauses(connection) { transport.setPaused(true, connection) }
    }

    func opened(_ connection: ConnectionID) { registration?.opened(connection) }

    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID) {
        guard var client = clients[connection] else {
            registration?.received(bytes, on: connection)
            return
        }
        var events: [PeerConnection.Event] = []
        // Taken out, so that the machine's buffers are not copied.
        clients[connection] = nil
        heldBytes -= client.machine.heldBytes
        client.machine.received(bytes) { events.append($0) }
        heldBytes += client.machine.heldBytes
        client.lastHeard = transport.now
        let endpoint = client.endpoint
        clients[connection] = client
        for event in events {
            switch event {
            case .send(let bytes): transport.send(bytes, on: connection)
            case .call(let request, let service): called(request, service, connection)
            case .close(let reason):
                state.change { $0.note("a connection from \(endpoint) was closed: \(reason)") }
                drop(connection)
                transport.close(connection)
                return
            }
        }
        regulate()
    }

    func closed(_ connection: ConnectionID, _ error: NetworkError?) {
        if clients[connection] == nil { registration?.closed(connection, error) } else { drop(connection) }
    }

    private func drop(_ connection: ConnectionID) {
        guard let client = clients.removeValue(forKey: connection) else { return }
        heldBytes -= client.machine.heldBytes
        state.change { $0.sources -= 1 }
        regulate()
    }

    // MARK: Calls

    private func called(
        _ request: PeerRequest, _ service: PeerConnection.Service, _ connection: ConnectionID
    ) {
        guard service == .admin, request.method == "ReplicateWALEntry" else {
            let answer =
                services.answer(request, service)
                ?? PeerAnswer.exception(
                    request.callID, PeerAnswer.doNotRetry,
                    "java.lang.UnsupportedOperationException: \(request.method)", doNotRetry: true)
            return transport.send(answer, on: connection)
        }
        let entries: [WALEntry]
        do throws(WireError) {
            entries = try WALEntry.entries(of: request)
        } catch {
            state.change { $0.note("a shipment could not be read: \(error)") }
            let text = "the shipment cannot be read: \(error)"
            return transport.send(
                PeerAnswer.exception(request.callID, PeerAnswer.doNotRetry, text, doNotRetry: true),
                on: connection)
        }
        var size = 0
        for entry in entries { size += entry.byteCount }
        pendingBytes += size
        state.change { $0.shipments += 1 }
        let answer = ReceiverMailbox.Answer(connection: connection, callID: request.callID, bytes: size)
        let (mailbox, wake) = (self.mailbox, self.wake)
        sink.keep(entries) { verdict in
            mailbox.post(.answer(answer, verdict))
            wake()
        }
    }

    /// Reads from as many connections as there is room for.
    private func regulate() {
        let wanted = wantedFlow
        guard wanted != flow else { return }
        let before = flow
        flow = wanted
        for connection in clients.keys where wanted.pauses(connection) != before.pauses(connection) {
            transport.setPaused(wanted.pauses(connection), connection)
        }
    }

    private var wantedFlow: Flow {
        if pendingBytes > settings.maxPendingBytes { return .none }
        guard heldBytes > settings.maxPendingBytes else { return .all }
        if case .only(let chosen) = flow, (clients[chosen]?.machine.heldBytes ?? 0) > 0 { return flow }
        let largest = clients.max { $0.value.machine.heldBytes < $1.value.machine.heldBytes }
        return largest.map { .only($0.key) } ?? .all
    }

    /// A source that went in the middle of a frame must not hold the others up.
    private func dropSilent() {
        guard case .only(let chosen) = flow, let client = clients[chosen],
            transport.now - client.lastHeard > Self.silenceNanos
        else { return }
        state.change { $0.note("a connection from \(client.endpoint) was closed: it ended inside a frame") }
        drop(chosen)
        transport.close(chosen)
    }

    // MARK: From other threads

    func woken() {
        for post in mailbox.take() {
            switch post {
            case .answer(let answer, let verdict): answered(answer, verdict)
            case .authenticated(let connection, let result):
                registration?.authenticated(connection, result)
            case .removeNodes(let bases): registration?.removeNodes(of: bases)
            case .end(let removesNodes): end(removesNodes)
            }
        }
    }

    private func answered(_ answer: ReceiverMailbox.Answer, _ verdict: ShipmentVerdict) {
        pendingBytes -= answer.bytes
        let bytes: [UInt8]
        switch verdict {
        case .kept: bytes = PeerAnswer.success(answer.callID)
        case .busy:
            state.change { $0.refusals += 1 }
            bytes = PeerAnswer.exception(
                answer.callID, PeerAnswer.callQueueTooBig, "no room for more entries at the moment")
        case .failed(let reason):
            state.change {
                $0.refusals += 1
                $0.note("a shipment was not kept: \(reason)")
            }
            bytes = PeerAnswer.exception(answer.callID, PeerAnswer.ioException, reason)
        }
        // The connection may be gone: then the source ships the entries again.
        if clients[answer.connection] != nil { transport.send(bytes, on: answer.connection) }
        regulate()
    }

    private func end(_ removesNodes: Bool) {
        if hasEnded { return }
        hasEnded = true
        transport.stopListening(listener)
        for connection in Array(clients.keys) {
            drop(connection)
            transport.close(connection)
        }
        registration?.end(removesAll: removesNodes)
    }

    func fired(_ timer: TimerID) {
        dropSilent()
        registration?.tick()
        tickLater()
    }
}
