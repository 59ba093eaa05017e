import SluiceNet

/// A region server or master: its connections, and the regions with operations for it. Lives on the loop
/// thread.
final class ServerState {
    let endpoint: Endpoint
    var connections: [HBaseCall.Service: ServerConnection] = [:]
    /// Regions with something to send; each once.
    var ready: [Region] = []
    /// Operations in the queues of all its regions.
    var queued = 0
    var multisInFlight = 0
    var bytesInFlight = 0
    /// Nothing is sent before this time.
    var pausedUntil: Int64 = 0
    /// Connections that failed, one after the other, and when the next may be tried.
    var failures = 0
    var reconnectAt: Int64 = 0
    var lastFailure: HBaseError?
    /// In the list of servers to be looked at before the loop turns.
    var isDirty = false
    var metrics = ClientMetrics.Server()

    init(_ endpoint: Endpoint) { self.endpoint = endpoint }
}

/// One connection to one service of a server. Lives on the loop thread.
final class ServerConnection {
    enum State {
        case connecting
        case ready
        case closed
    }

    let server: ServerState
    let service: HBaseCall.Service
    let id: ConnectionID
    var rpc: RPCConnection<PendingCall>
    var state = State.connecting
    /// Calls that wait for the connection.
    var waiting: [GenericCall] = []
    /// When each open call is lost.
    var timeouts: [UInt32: Int64] = [:]
    /// What a secured connection waits for before its preamble.
    var security: ConnectionSecurity?
    var lastReceived: Int64
    /// The network has connected it.
    var isOpen = false
    var hasReceived = false

    init(
        _ id: ConnectionID, server: ServerState, service: HBaseCall.Service, rpc: RPCConnection<PendingCall>,
        now: Int64
    ) {
        self.id = id
        self.server = server
        self.service = service
        self.rpc = rpc
        lastReceived = now
    }
}
