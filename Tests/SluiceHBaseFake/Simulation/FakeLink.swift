/// What a fake server needs of the outside: the time and a way to do something later. One thread.
public protocol FakeWorld: AnyObject {
    /// Nanoseconds of a clock that never goes back.
    var now: Int64 { get }
    func after(_ nanos: Int64, _ action: @escaping () -> Void)
}

/// One listening endpoint of a fake server.
public protocol FakeListener: AnyObject {
    /// What stands at the server's end of a new connection; nil: the connection is refused.
    func accept(_ link: FakeLink) -> (any FakePeer)?
}

/// The server's end of one connection.
public protocol FakePeer: AnyObject {
    func received(_ bytes: [UInt8])
    /// The client closed the connection, or it was reset.
    func disconnected()
}

/// The way from a fake server to one client: what the server sends and how it hangs up.
public final class FakeLink {
    public private(set) var isOpen = true
    private let write: ([UInt8]) -> Void
    private let hangUp: (_ reset: Bool) -> Void

    public init(write: @escaping ([UInt8]) -> Void, hangUp: @escaping (_ reset: Bool) -> Void) {
        self.write = write
        self.hangUp = hangUp
    }

    public func send(_ bytes: [UInt8]) {
        if isOpen { write(bytes) }
    }

    /// Closes after what was sent, or with `reset` as soon as possible, so that bytes under way are lost.
    public func close(reset: Bool = false) {
        guard isOpen else { return }
        isOpen = false
        hangUp(reset)
    }

    /// The connection is gone without the server's doing.
    public func lost() { isOpen = false }
}
