import SluiceNet

/// A region server that ships entries to a peer, as HBase's does: one connection, one batch at a time, the same batch
/// again after an exception, a closed connection or no answer in time, for ever; nothing later before it. On a retry
/// the batch may be cut differently.
public final class FakeSource {
    public var callTimeoutNanos: Int64 = 60_000_000_000
    public var pauseNanos: Int64 = 1_000_000_000
    /// On a retry a batch comes in two calls.
    public var splitsRetries = false
    /// Calls sent, and answers that were exceptions.
    public private(set) var calls = 0
    public private(set) var exceptions: [String] = []
    public private(set) var lostConnections = 0
    public private(set) var acknowledged: [FakeShippedEntry] = []
    /// What was sent and never answered, so that the source cannot know.
    public private(set) var unanswered = 0

    private let transport: SimulatedTransport
    private let name: String
    /// Where the peer listens now.
    public var port: UInt16
    private var batches: [[FakeShippedEntry]] = []
    private var peer: FakeSourcePeer?
    private var lastID: UInt32 = 0
    private var open: [UInt32: [FakeShippedEntry]] = [:]
    private var attempt = 0

    public init(_ transport: SimulatedTransport, port: UInt16, name: String = "rs1") {
        self.transport = transport
        self.port = port
        self.name = name
    }

    public var isIdle: Bool { batches.isEmpty && open.isEmpty }

    public func ship(_ entries: [FakeShippedEntry]) {
        batches.append(entries)
        if batches.count == 1 { send() }
    }

    private func send() {
        guard let batch = batches.first else { return }
        guard let link = connection() else { return retry() }
        attempt += 1
        var parts = [batch]
        if splitsRetries, attempt > 1, batch.count > 1 {
            parts = [Array(batch[..<(batch.count / 2)]), Array(batch[(batch.count / 2)...])]
        }
        for part in parts {
            lastID += 1
            open[lastID] = part
            calls += 1
            link.send(FakeShipment.request(part, id: lastID))
        }
        let ids = Set(open.keys)
        transport.after(callTimeoutNanos * Int64(attempt)) { [weak self] in
            guard let self, !ids.isDisjoint(with: open.keys) else { return }
            unanswered += 1
            open = [:]
            send()
        }
    }

    private func connection() -> FakeLink? {
        if let peer, peer.link.isOpen { return peer.link }
        peer = transport.dial(port, from: Endpoint(host: name, port: 50_000)) { link in
            FakeSourcePeer(link, self)
        }
        peer?.link.send(FakeShipment.opening())
        return peer?.link
    }

    private func retry() {
        open = [:]
        transport.after(pauseNanos) { [weak self] in
            guard let self, open.isEmpty, !batches.isEmpty else { return }
            send()
        }
    }

    fileprivate func answered(_ frame: [UInt8]) {
        guard let answer = FakeShipment.answer(frame), let part = open.removeValue(forKey: answer.id) else {
            return
        }
        if let exception = answer.exception {
            exceptions.append(exception)
            return retry()
        }
        acknowledged += part
        // What is acknowledged is not sent again, though the rest of its batch may be.
        if let first = batches.first { batches[0] = first.filter { !part.contains($0) } }
        guard open.isEmpty, batches.first?.isEmpty ?? true else { return }
        if !batches.isEmpty { batches.removeFirst() }
        attempt = 0
        send()
    }

    fileprivate func lost() {
        lostConnections += 1
        peer = nil
        if !open.isEmpty { retry() }
    }
}

final class FakeSourcePeer: FakePeer {
    let link: FakeLink
    private weak var source: FakeSource?
    private var buffer: [UInt8] = []

    init(_ link: FakeLink, _ source: FakeSource) {
        self.link = link
        self.source = source
    }

    func received(_ bytes: [UInt8]) {
        buffer += bytes
        while true {
            var at = 0
            guard let length = BigEndian.read(Int32.self, buffer[...], &at), length >= 0,
                buffer.count - at >= Int(length)
            else { return }
            let frame = Array(buffer[at..<at + Int(length)])
            buffer.removeFirst(at + Int(length))
            source?.answered(frame)
        }
    }

    func disconnected() { source?.lost() }
}
