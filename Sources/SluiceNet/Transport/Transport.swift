/// Names one connection of a transport for the life of the transport; never used again.
public struct ConnectionID: Sendable, Hashable {
    public var number: UInt64
    public init(_ number: UInt64) { self.number = number }
}

/// Names one timer of a transport; never used again.
public struct TimerID: Sendable, Hashable {
    public var number: UInt64
    public init(_ number: UInt64) { self.number = number }
}

/// What a protocol needs of the outside: connections, timers and the time. Used by one thread only, the one that
/// calls the handler. `LoopTransport` is the real one; tests have a simulated one on virtual time.
public protocol Transport: AnyObject {
    /// Nanoseconds of a clock that never goes back.
    var now: Int64 { get }
    /// Starts to connect (name look-up, TCP, TLS); `opened` or `closed` follows, never from inside this call.
    func connect(_ endpoint: Endpoint, tls: TLSConfiguration?, timeoutNanos: Int64) -> ConnectionID
    /// Queues bytes. Nothing happens on a connection that is closed.
    func send(_ bytes: consuming [UInt8], on connection: ConnectionID)
    /// Bytes queued and not yet taken by the system.
    func unsentBytes(on connection: ConnectionID) -> Int
    /// Closes at once; the handler hears nothing more of the connection.
    func close(_ connection: ConnectionID)
    /// Calls `fired` once, at or after the time.
    func startTimer(at nanos: Int64) -> TimerID
    func cancelTimer(_ timer: TimerID)
}

/// Hears what happens on a transport; a protocol's state machine. Called on the transport's thread.
public protocol TransportHandler: AnyObject {
    func opened(_ connection: ConnectionID)
    /// The bytes are valid during the call.
    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID)
    /// The connection failed or the peer closed it (nil); its number is dead.
    func closed(_ connection: ConnectionID, _ error: NetworkError?)
    func fired(_ timer: TimerID)
    /// Work posted from other threads is to be taken up.
    func woken()
}
