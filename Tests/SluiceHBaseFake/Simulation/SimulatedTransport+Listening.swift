public import SluiceNet

/// Connections that others make, on virtual time.
extension SimulatedTransport: ListeningTransport {
    public func listen(_ address: Endpoint) throws(NetworkError) -> (listener: ListenerID, port: UInt16) {
        let isTaken = listening.values.contains(address.port)
        if address.port != 0, isTaken {
            throw NetworkError(.other, "cannot listen on \"\(address)\": the address is in use")
        }
        lastNumber += 1
        let port = address.port != 0 ? address.port : UInt16(truncatingIfNeeded: 40_000 + lastNumber)
        listening[ListenerID(lastNumber)] = port
        return (ListenerID(lastNumber), port)
    }

    public func stopListening(_ listener: ListenerID) { listening[listener] = nil }

    public func setPaused(_ isPaused: Bool, _ connection: ConnectionID) {
        let number = connection.number
        if isPaused {
            paused.insert(number)
            if held[number] == nil { held[number] = [] }
        } else {
            paused.remove(number)
            after(0) { [unowned self] in release(number) }
        }
    }

    /// Hands over what has come while a connection was not read.
    private func release(_ number: UInt64) {
        while !paused.contains(number), let chunks = held[number], let first = chunks.first {
            held[number]?.removeFirst()
            handOver(number, first)
        }
        if !paused.contains(number), held[number]?.isEmpty ?? false { held[number] = nil }
    }

    /// A peer connects to a port that is listened on; it has `link` to write to, and hears what is sent. Nothing
    /// arrives before the handler has heard of the connection. nil: refused.
    public func dial<Peer: FakePeer>(
        _ port: UInt16, from peer: Endpoint, _ makePeer: (FakeLink) -> Peer
    ) -> Peer? {
        guard let listener = listening.first(where: { $0.value == port })?.key else { return nil }
        let (number, link) = makeConnection()
        let made = makePeer(link)
        takeConnection(number, made) { [unowned self] in
            (handler as? any ListeningHandler)?.accepted(ConnectionID(number), from: peer, on: listener)
        }
        return made
    }
}
