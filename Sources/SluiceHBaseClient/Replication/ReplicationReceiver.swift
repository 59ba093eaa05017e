import SluiceBase
import SluiceNet

/// The server that region servers ship to: takes connections, reads calls, hands shipments to a sink, and answers
/// each when the sink has said what became of it. A state machine over a transport; lives on its thread.
///
/// Memory is bounded by one frame a connection, `maxConnections`, and `maxPendingBytes` of shipments that the sink
/// has not kept yet: beyond that nothing is read.
final class ReplicationReceiver: ListeningHandler {
    struct Settings: Sendable {
        var nodes: PeerNodes
        var quorum: [Endpoint]
        var sessionNanos: Int64 = 30_000_000_000
        var maxConnections = 256
        var maxPendingBytes = 64 << 20
        var largestFrame = 256 << 20
    }

    private struct Client {
        var machine: PeerConnection
        var endpoint: Endpoint
    }

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
    private var isPaused = false
    private var hasEnded = false

    init(
        _ settings: Settings, transport: any ListeningTransport, listener: ListenerID,
        sink: any ReplicationSink, mailbox: ReceiverMailbox, state: ReceiverState, first: Int,
        wake: @escaping @Sendable () -> Void
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
            settings.nodes, quorum: settings.quorum, sessionNanos: settings.sessionNanos, first: first,
            transport: transport
        ) { [state] status in state.change { $0.registration = status } }
        self.registration = registration
        registration.start()
        tickLater()
    }

    private func tickLater() { _ = transport.startTimer(at: transport.now + PeerRegistration.tickNanos) }

    // MARK: Connections

    func accepted(_ connection: ConnectionID, from peer: Endpoint, on listener: ListenerID) {
        guard clients.count < settings.maxConnections, !hasEnded else { return transport.close(connection) }
        clients[connection] = Client(
            machine: PeerConnection(
                clusterID: settings.nodes.clusterID, largestFrame: settings.largestFrame), endpoint: peer)
        state.change { $0.sources += 1 }
        if isPaused { transport.setPaused(true, connection) }
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
        client.machine.received(bytes) { events.append($0) }
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
    }

    func closed(_ connection: ConnectionID, _ error: NetworkError?) {
        if clients[connection] == nil { registration?.closed(connection, error) } else { drop(connection) }
    }

    private func drop(_ connection: ConnectionID) {
        guard clients.removeValue(forKey: connection) != nil else { return }
        state.change { $0.sources -= 1 }
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
        pauseIfFull()
        state.change { $0.shipments += 1 }
        let answer = ReceiverMailbox.Answer(connection: connection, callID: request.callID, bytes: size)
        let (mailbox, wake) = (self.mailbox, self.wake)
        sink.keep(entries) { verdict in
            mailbox.post(.answer(answer, verdict))
            wake()
        }
    }

    private func pauseIfFull() {
        let isFull = pendingBytes > settings.maxPendingBytes
        guard isFull != isPaused else { return }
        isPaused = isFull
        for connection in clients.keys { transport.setPaused(isFull, connection) }
    }

    // MARK: From other threads

    func woken() {
        for post in mailbox.take() {
            switch post {
            case .answer(let answer, let verdict): answered(answer, verdict)
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
        pauseIfFull()
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
        registration?.tick()
        tickLater()
    }
}
