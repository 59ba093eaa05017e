import Glibc
import SluiceBase
import SluiceNet

/// What a handler has heard.
enum LoopEvent: Equatable {
    case opened(ConnectionID)
    case closed(ConnectionID, NetworkError?)
    case fired(TimerID)
}

/// Runs closures on a loop's thread and records what its handler hears.
final class LoopHarness: Sendable {
    struct Record {
        var events: [LoopEvent] = []
        var received: [ConnectionID: [UInt8]] = [:]
        var receivedCount: [ConnectionID: Int] = [:]
        var wakes: Int = 0
        /// Calls of the handler on another thread than the loop's.
        var strayCalls: Int = 0
    }

    typealias Work = @Sendable (LoopTransport) -> Void
    typealias Reaction = @Sendable (LoopTransport, ConnectionID, UnsafeRawBufferPointer) -> Void

    let record: Lock<Record>
    private let work: Lock<[Work]>
    let thread: LoopThread

    init(keepBytes: Bool = true, onBytes: Reaction? = nil) throws {
        let record = Lock(Record())
        let work = Lock<[Work]>([])
        self.record = record
        self.work = work
        thread = try LoopThread(name: "test-loop") { transport in
            HarnessHandler(transport, record, work, keepBytes: keepBytes, onBytes: onBytes)
        }
    }

    /// On the loop's thread, soon.
    func post(_ body: @escaping Work) {
        work.withLock { $0.append(body) }
        thread.wake()
    }

    /// On the loop's thread, now.
    func run<Result: Sendable>(_ body: @escaping @Sendable (LoopTransport) -> Result) -> Result? {
        let answer = Lock<Result?>(nil)
        post { transport in
            let result = body(transport)
            answer.withLock { $0 = result }
        }
        _ = wait { answer.withLock { $0 != nil } }
        return answer.withLock { $0 }
    }

    var events: [LoopEvent] { record.withLock { $0.events } }

    func bytes(_ connection: ConnectionID) -> [UInt8] { record.withLock { $0.received[connection] ?? [] } }

    func count(_ connection: ConnectionID) -> Int { record.withLock { $0.receivedCount[connection] ?? 0 } }

    func isOpen(_ connection: ConnectionID) -> Bool { events.contains(.opened(connection)) }

    /// The connection's end, when it has come.
    func end(_ connection: ConnectionID) -> NetworkError?? {
        for case .closed(connection, let error) in events { return .some(error) }
        return nil
    }

    func waitForEnd(_ connection: ConnectionID) -> NetworkError? {
        _ = wait { self.end(connection) != nil }
        return end(connection) ?? NetworkError(.other, "the connection did not end")
    }

    func connect(
        _ endpoint: Endpoint, tls: TLSConfiguration? = nil, timeoutMillis: Int64 = 10_000
    ) -> ConnectionID {
        run { $0.connect(endpoint, tls: tls, timeoutNanos: timeoutMillis * 1_000_000) } ?? ConnectionID(0)
    }
}

/// Whether the condition came true in time.
func wait(seconds: Double = 30, _ condition: () -> Bool) -> Bool {
    let steps = Int(seconds * 2000)
    for _ in 0..<steps {
        if condition() { return true }
        usleep(500)
    }
    return condition()
}

private final class HarnessHandler: TransportHandler {
    private let transport: LoopTransport
    private let record: Lock<LoopHarness.Record>
    private let work: Lock<[LoopHarness.Work]>
    private let keepBytes: Bool
    private let onBytes: LoopHarness.Reaction?
    private let thread = pthread_self()

    init(
        _ transport: LoopTransport, _ record: Lock<LoopHarness.Record>, _ work: Lock<[LoopHarness.Work]>,
        keepBytes: Bool, onBytes: LoopHarness.Reaction?
    ) {
        self.transport = transport
        self.record = record
        self.work = work
        self.keepBytes = keepBytes
        self.onBytes = onBytes
    }

    private func note(_ change: (inout LoopHarness.Record) -> Void) {
        let stray: Bool = pthread_equal(thread, pthread_self()) == 0
        record.withLock { record in
            if stray { record.strayCalls += 1 }
            change(&record)
        }
    }

    func opened(_ connection: ConnectionID) { note { $0.events.append(.opened(connection)) } }

    func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID) {
        note { record in
            record.receivedCount[connection, default: 0] += bytes.count
            if keepBytes { record.received[connection, default: []].append(contentsOf: bytes) }
        }
        onBytes?(transport, connection, bytes)
    }

    func closed(_ connection: ConnectionID, _ error: NetworkError?) {
        note { $0.events.append(.closed(connection, error)) }
    }

    func fired(_ timer: TimerID) { note { $0.events.append(.fired(timer)) } }

    func woken() {
        note { $0.wakes += 1 }
        let due = work.withLock { work in
            let due = work
            work = []
            return due
        }
        for body in due { body(transport) }
    }
}
