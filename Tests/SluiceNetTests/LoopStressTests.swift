import Glibc
import SluiceBase
import SluiceNet
import Testing

/// Many connections at once, with peers of all kinds.
@Suite("Loop transport under load")
struct LoopStressTests {
    private static let message: [UInt8] = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 7) }

    /// Peers echo, stall for ever, reset after some bytes or end; only those that echo must get everything
    /// through.
    private func serve(_ stop: Lock<Bool>) throws -> LoopbackServer {
        let number = Lock(0)
        return try LoopbackServer { socket in
            let mine: Int = number.withLock { number in
                number += 1
                return number
            }
            switch mine % 4 {
            case 1:
                for _ in 0..<mine { _ = socket.read(1000) }
                socket.reset()
            case 2:
                while !stop.withLock({ $0 }) { usleep(2000) }
            case 3:
                _ = socket.read(1)
                socket.write([1, 2, 3])
            default:
                while true {
                    let bytes = socket.read(200_000)
                    if bytes.isEmpty || !socket.write(bytes) { return }
                }
            }
        }
    }

    @Test func peersThatEchoStallResetAndEnd() throws {
        let stop = Lock(false)
        let server = try serve(stop)
        let harness = try LoopHarness(keepBytes: false)
        let endpoint = server.endpoint
        let count = 120
        let opened = harness.run { transport -> [ConnectionID] in
            (0..<count).map { _ in
                let id = transport.connect(endpoint, tls: nil, timeoutNanos: 20_000_000_000)
                for index in 0..<8 {
                    transport.send(
                        index % 2 == 0 ? Self.message : Array(Self.message.prefix(70 + index)), on: id)
                }
                return id
            }
        }
        let ids = try #require(opened)
        let total: Int = 4 * Self.message.count + 4 * 70 + 1 + 3 + 5 + 7
        func complete() -> Int { ids.filter { harness.count($0) == total }.count }
        func ended() -> Int { ids.filter { harness.end($0) != nil }.count }
        #expect(wait(seconds: 60) { complete() == count / 4 && ended() == count / 2 })
        #expect(harness.record.withLock { $0.strayCalls } == 0)
        for id in ids {
            let error: NetworkError? = harness.end(id) ?? nil
            if let error { #expect(error.kind == .reset, "\(error.message)") }
        }
        stop.withLock { $0 = true }
        #expect(harness.thread.stop())
        server.stop()
    }

    @Test func connectionsThatAreClosedInTheMiddleOfEverything() throws {
        let server = try LoopbackServer { socket in
            while true {
                let bytes = socket.read(50_000)
                if bytes.isEmpty || !socket.write(bytes) { return }
            }
        }
        let harness = try LoopHarness(keepBytes: false) { transport, id, bytes in
            if bytes.count % 5 == 0 { transport.close(id) } else { transport.send([1, 2, 3], on: id) }
        }
        let endpoint = server.endpoint
        for round in 0..<40 {
            harness.post { transport in
                var ids: [ConnectionID] = []
                for index in 0..<8 {
                    let host: String = index % 3 == 0 ? "localhost" : endpoint.host
                    let target = Endpoint(host: host, port: endpoint.port)
                    let id = transport.connect(target, tls: nil, timeoutNanos: 5_000_000_000)
                    transport.send(Self.message, on: id)
                    ids.append(id)
                    _ = transport.startTimer(at: transport.now + Int64(index) * 100_000)
                }
                if round % 2 == 0 { for id in ids.prefix(4) { transport.close(id) } }
            }
            usleep(2000)
        }
        usleep(100_000)
        #expect(harness.thread.stop())
        #expect(harness.record.withLock { $0.strayCalls } == 0)
        server.stop()
    }

    @Test func wakeUpsOfManyThreadsAreNotLost() throws {
        let harness = try LoopHarness()
        let done = Lock(0)
        let threads = (0..<8).compactMap { _ in
            startThread {
                for _ in 0..<2000 { harness.post { _ in done.withLock { $0 += 1 } } }
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        #expect(wait { done.withLock { $0 } == threads.count * 2000 })
        harness.thread.stop()
    }

    @Test func bulkIsFast() throws {
        let size = 64 << 20
        let received = Lock(0)
        let server = try LoopbackServer { socket in
            while true {
                let count = socket.read(1 << 20).count
                if count == 0 { return }
                received.withLock { $0 += count }
            }
        }
        let harness = try LoopHarness(keepBytes: false)
        let id = harness.connect(server.endpoint)
        let start = harness.run { $0.now } ?? 0
        harness.post { transport in
            for _ in 0..<(size >> 20) { transport.send([UInt8](repeating: 3, count: 1 << 20), on: id) }
        }
        #expect(wait(seconds: 60) { received.withLock { $0 } == size })
        let nanos = (harness.run { $0.now } ?? 0) - start
        // 64 MiB take 0.05 s on a machine that is not busy.
        #expect(nanos < 20_000_000_000)
        harness.thread.stop()
        server.stop()
    }
}
