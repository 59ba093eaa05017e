import Glibc
import SluiceBase
import SluiceNet
import Testing

/// A loop that listens, and loops that connect to it.
@Suite struct ListeningTests {
    /// Sends back what it gets.
    private final class Echo: ListeningHandler {
        private let transport: LoopTransport
        private let record: Lock<Record>

        struct Record {
            var port: UInt16?
            var error: String?
            var accepted = 0
            var peers: [Endpoint] = []
            var closed = 0
            var received = 0
            var pauses = false
            var work: [@Sendable (LoopTransport, ListenerID?, [ConnectionID]) -> Void] = []
        }

        private var listener: ListenerID?
        private var open: [ConnectionID] = []

        init(_ transport: LoopTransport, _ address: Endpoint, _ record: Lock<Record>) {
            self.transport = transport
            self.record = record
            do throws(NetworkError) {
                let (listener, port) = try transport.listen(address)
                self.listener = listener
                record.withLock { $0.port = port }
            } catch {
                let message = error.message
                record.withLock { $0.error = message }
            }
        }

        func accepted(_ connection: ConnectionID, from peer: Endpoint, on listener: ListenerID) {
            open.append(connection)
            let pauses = record.withLock { record in
                record.accepted += 1
                record.peers.append(peer)
                return record.pauses
            }
            if pauses { transport.setPaused(true, connection) }
        }

        func opened(_ connection: ConnectionID) {}

        func received(_ bytes: UnsafeRawBufferPointer, on connection: ConnectionID) {
            record.withLock { $0.received += bytes.count }
            transport.send([UInt8](bytes), on: connection)
        }

        func closed(_ connection: ConnectionID, _ error: NetworkError?) {
            open.removeAll { $0 == connection }
            record.withLock { $0.closed += 1 }
        }

        func fired(_ timer: TimerID) {}

        func woken() {
            let due = record.withLock { record in
                defer { record.work = [] }
                return record.work
            }
            for body in due { body(transport, listener, open) }
        }
    }

    private func start(
        _ address: Endpoint = Endpoint(host: "127.0.0.1", port: 0), pauses: Bool = false
    ) throws -> (thread: LoopThread, record: Lock<Echo.Record>, port: UInt16) {
        let record = Lock(Echo.Record())
        record.withLock { $0.pauses = pauses }
        let thread = try LoopThread(name: "echo") { Echo($0, address, record) }
        #expect(wait { record.withLock { $0.port != nil || $0.error != nil } })
        return (thread, record, try #require(record.withLock { $0.port }))
    }

    @Test(arguments: ["127.0.0.1", "0.0.0.0", "::1"]) func takesConnections(host: String) throws {
        let (thread, record, port) = try start(Endpoint(host: host, port: 0))
        let clients = try LoopHarness()
        defer {
            clients.thread.stop()
            thread.stop()
        }
        let target = Endpoint(host: host == "0.0.0.0" ? "127.0.0.1" : host, port: port)
        var connections: [ConnectionID] = []
        for number in 0..<20 {
            let connection = clients.connect(target)
            connections.append(connection)
            clients.post { $0.send([UInt8](repeating: UInt8(number), count: 100_000), on: connection) }
        }
        for (number, connection) in connections.enumerated() {
            #expect(wait { clients.count(connection) == 100_000 })
            #expect(clients.bytes(connection).allSatisfy { $0 == UInt8(number) })
        }
        #expect(record.withLock { $0.accepted } == 20)
        #expect(record.withLock { $0.peers.allSatisfy { $0.host == target.host && $0.port != 0 } })
        for connection in connections { clients.post { $0.close(connection) } }
        #expect(wait { record.withLock { $0.closed == 20 } })
    }

    @Test func aTakenAddressIsAnError() throws {
        let (thread, _, port) = try start()
        defer { thread.stop() }
        for (address, text) in [
            (Endpoint(host: "127.0.0.1", port: port), "the address is in use"),
            (Endpoint(host: "203.0.113.7", port: 0), "this machine has no such address"),
            (Endpoint(host: "localhost", port: 0), "\"localhost\" is no address"),
        ] {
            let record = Lock(Echo.Record())
            let other = try LoopThread(name: "echo") { Echo($0, address, record) }
            #expect(wait { record.withLock { $0.error != nil } })
            #expect(record.withLock { $0.error?.contains(text) ?? false }, "\(text)")
            other.stop()
        }
    }

    @Test func afterStoppingNobodyIsTakenAndTheOthersStay() throws {
        let (thread, record, port) = try start()
        let clients = try LoopHarness()
        defer {
            clients.thread.stop()
            thread.stop()
        }
        let first = clients.connect(Endpoint(host: "127.0.0.1", port: port))
        #expect(wait { record.withLock { $0.accepted == 1 } })
        record.withLock { record in
            record.work.append { transport, listener, _ in
                if let listener { transport.stopListening(listener) }
            }
        }
        thread.wake()
        #expect(
            wait {
                let next = clients.connect(Endpoint(host: "127.0.0.1", port: port), timeoutMillis: 2000)
                return clients.waitForEnd(next)?.kind == .refused
            })
        clients.post { $0.send([1, 2, 3], on: first) }
        #expect(wait { clients.count(first) == 3 })
    }

    /// What is not read stays with the peer, and comes in order afterwards.
    @Test func pausedConnectionsAreNotRead() throws {
        let (thread, record, port) = try start(pauses: true)
        let clients = try LoopHarness(keepBytes: false)
        defer {
            clients.thread.stop()
            thread.stop()
        }
        let connection = clients.connect(Endpoint(host: "127.0.0.1", port: port))
        #expect(wait { record.withLock { $0.accepted == 1 } })
        let size = 8 << 20
        clients.post { $0.send([UInt8](repeating: 7, count: size), on: connection) }
        usleep(200_000)
        #expect(record.withLock { $0.received } == 0)
        // The second time changes nothing.
        record.withLock { record in
            record.work.append { transport, _, open in
                for each in open + open { transport.setPaused(false, each) }
            }
        }
        thread.wake()
        #expect(wait { clients.count(connection) == size })
    }

    @Test func endsWithOpenListenersAndConnections() throws {
        for _ in 0..<20 {
            let (thread, record, port) = try start()
            let clients = try LoopHarness()
            let connection = clients.connect(Endpoint(host: "127.0.0.1", port: port))
            #expect(wait { record.withLock { $0.accepted == 1 } })
            clients.post { $0.send([UInt8](repeating: 7, count: 1 << 20), on: connection) }
            #expect(thread.stop())
            #expect(clients.thread.stop())
        }
    }
}
