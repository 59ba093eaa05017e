/// Names one listening socket of a transport for the life of the transport; never used again.
public struct ListenerID: Sendable, Hashable {
    public var number: UInt64
    public init(_ number: UInt64) { self.number = number }
}

/// A transport that also takes connections of others. What is taken is a connection like any other; it is open at
/// once, without TLS.
public protocol ListeningTransport: Transport {
    /// Listens on an address literal (`0.0.0.0`, `::` for all networks); port 0 lets the system choose. Returns the
    /// port. Connections are announced by `accepted`, never from inside this call.
    /// Errors: the address is no literal, is in use, or is not this machine's.
    func listen(_ address: Endpoint) throws(NetworkError) -> (listener: ListenerID, port: UInt16)
    /// Takes no more connections; those that are open stay.
    func stopListening(_ listener: ListenerID)
    /// While a connection is paused nothing of it is read, so that its peer has to wait.
    func setPaused(_ isPaused: Bool, _ connection: ConnectionID)
}

/// Hears of connections that others make.
public protocol ListeningHandler: TransportHandler {
    /// `peer` is where the connection comes from.
    func accepted(_ connection: ConnectionID, from peer: Endpoint, on listener: ListenerID)
}
