import SluiceBase
import SluiceNet

@testable import SluiceHBaseClient

/// Records what a client asks of the network; the test is the peer.
final class ScriptedTransport: Transport {
    var now: Int64 = 1_000_000_000
    var sent: [UInt8] = []
    var connections: [ConnectionID] = []
    var closed: [ConnectionID] = []
    /// What each connection was asked for with.
    var tls: [TLSConfiguration?] = []
    private var lastTimer: UInt64 = 0

    func connect(_ endpoint: Endpoint, tls: TLSConfiguration?, timeoutNanos: Int64) -> ConnectionID {
        connections.append(ConnectionID(UInt64(connections.count + 1)))
        self.tls.append(tls)
        return connections[connections.count - 1]
    }

    func send(_ bytes: consuming [UInt8], on connection: ConnectionID) { sent += bytes }
    func unsentBytes(on connection: ConnectionID) -> Int { 0 }
    func close(_ connection: ConnectionID) { closed.append(connection) }

    func startTimer(at nanos: Int64) -> TimerID {
        lastTimer += 1
        return TimerID(lastTimer)
    }

    func cancelTimer(_ timer: TimerID) {}
}

/// Gives what the test tells it to, and notes what it is asked.
final class ScriptedAuthenticator: Authenticator {
    typealias Completion = @Sendable (Result<PreparedAuthentication, AuthenticationError>) -> Void
    struct Record {
        var principals: [String] = []
        var waiting: [Completion] = []
        var forgotten: Int = 0
    }
    let record = Lock(Record())

    func prepare(
        serverPrincipal: String, protections: [SASLProtection]?, _ completion: @escaping Completion
    ) {
        record.withLock { record in
            record.principals.append(serverPrincipal)
            record.waiting.append(completion)
        }
    }

    func forgetTickets() { record.withLock { $0.forgotten += 1 } }

    func answer(_ result: Result<PreparedAuthentication, AuthenticationError>) {
        record.withLock { $0.waiting.popLast() }?(result)
    }
}

/// Protects the header and nothing after it, as when the ticket has expired meanwhile.
final class ExpiringMachine: SASLMachine {
    let authenticationCode: UInt8 = 81
    var isComplete = false
    var wraps: Bool { isComplete }
    private var wrapped = 0

    func firstToken() throws -> [UInt8] { [0x60] }
    func answer(_ token: UnsafeRawBufferPointer) throws -> [UInt8]? {
        isComplete = true
        return nil
    }
    func wrap(_ bytes: [UInt8]) throws -> [UInt8] {
        wrapped += 1
        if wrapped > 1 { throw AuthenticationError("the context has expired") }
        return bytes
    }
    func unwrap(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] { Array(bytes) }
}

final class OneTokenMachine: SASLMachine {
    let authenticationCode: UInt8 = 81
    var isComplete: Bool = false
    let wraps: Bool = false

    func firstToken() throws -> [UInt8] { [0x60, 0x61] }
    func answer(_ token: UnsafeRawBufferPointer) throws -> [UInt8]? {
        isComplete = true
        return nil
    }
    func wrap(_ bytes: [UInt8]) throws -> [UInt8] { bytes }
    func unwrap(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] { Array(bytes) }
}
