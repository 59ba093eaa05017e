import Glibc
import SluiceBase
import SluiceNet
import Testing

@Suite("Loop transport")
struct LoopTransportTests {
    private func pattern(_ count: Int, _ seed: UInt8 = 7) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) ^ seed }
    }

    private func echo() throws -> LoopbackServer {
        try LoopbackServer { socket in
            while true {
                let bytes = socket.read()
                if bytes.isEmpty || !socket.write(bytes) { return }
            }
        }
    }

    @Test func sendsAndReceives() throws {
        let server = try echo()
        let harness = try LoopHarness()
        let id = harness.connect(server.endpoint)
        let message = pattern(100)
        harness.post { $0.send(message, on: id) }
        #expect(wait { harness.bytes(id) == message })
        #expect(harness.events == [.opened(id)])
        harness.post { $0.close(id) }
        server.stop()
        #expect(harness.thread.stop())
        #expect(harness.events == [.opened(id)])
        #expect(harness.record.withLock { $0.strayCalls } == 0)
    }

    @Test func keepsTheOrderOfSmallAndLargeMessages() throws {
        let server = try echo()
        let harness = try LoopHarness()
        let id = harness.connect(server.endpoint)
        var expected: [UInt8] = []
        for index in 0..<400 {
            let size: Int = index % 7 == 0 ? 200_000 : (index % 3 == 0 ? 17_000 : 60)
            let message = pattern(size, UInt8(truncatingIfNeeded: index))
            expected += message
            harness.post { $0.send(message, on: id) }
        }
        #expect(wait { harness.count(id) == expected.count })
        #expect(harness.bytes(id) == expected)
        #expect(harness.run { $0.unsentBytes(on: id) } == 0)
        harness.thread.stop()
        server.stop()
    }

    @Test func bytesSentBeforeTheConnectionIsOpenAreKept() throws {
        let server = try echo()
        let harness = try LoopHarness()
        let endpoint = server.endpoint
        let id = harness.run { transport in
            let id = transport.connect(endpoint, tls: nil, timeoutNanos: 5_000_000_000)
            transport.send([1, 2, 3], on: id)
            transport.send([4], on: id)
            return id
        }
        let connection = try #require(id)
        #expect(wait { harness.bytes(connection) == [1, 2, 3, 4] })
        harness.thread.stop()
        server.stop()
    }

    @Test func namesAreLookedUp() throws {
        let server = try echo()
        let harness = try LoopHarness()
        // "localhost" may stand for ::1 first, where nobody listens.
        let id = harness.connect(Endpoint(host: "localhost", port: server.port))
        #expect(wait { harness.isOpen(id) })
        harness.thread.stop()
        server.stop()
    }

    @Test func failuresNameTheEndpoint() throws {
        let harness = try LoopHarness()
        let gone = try LoopbackServer { _ in }
        gone.stop()
        let refused = harness.waitForEnd(harness.connect(gone.endpoint))
        #expect(refused?.kind == .refused)
        #expect(refused?.message == "could not connect to \"\(gone.endpoint)\": the connection was refused")

        let unknown = harness.waitForEnd(harness.connect(Endpoint(host: "no.such.host.invalid", port: 1)))
        #expect(unknown?.kind == .nameNotFound)
        #expect(unknown?.message.contains("no.such.host.invalid:1") == true)

        let empty = harness.waitForEnd(harness.connect(Endpoint(host: "", port: 1)))
        #expect(empty?.kind == .nameNotFound)
        let zero = harness.waitForEnd(harness.connect(Endpoint(host: "a\0b", port: 1)))
        #expect(zero?.kind == .nameNotFound)
        #expect(harness.events.allSatisfy { if case .closed = $0 { true } else { false } })
        harness.thread.stop()
    }

    @Test func connectingHasATimeLimit() throws {
        // The queue of a socket that nobody accepts from fills up; further attempts get no answer.
        let server = try LoopbackServer(accepting: false, backlog: 0) { _ in }
        let harness = try LoopHarness()
        var last: ConnectionID?
        for _ in 0..<8 { last = harness.connect(server.endpoint, timeoutMillis: 400) }
        let id = try #require(last)
        let error = harness.waitForEnd(id)
        #expect(error?.kind == .timedOut)
        #expect(error?.message == "could not connect to \"\(server.endpoint)\": no answer within 400 ms")
        harness.thread.stop()
        server.stop()
    }

    @Test func thePeersEndAndResetAreTold() throws {
        let ending = try LoopbackServer { $0.write([9]) }
        let harness = try LoopHarness()
        let ended = harness.connect(ending.endpoint)
        #expect(wait { harness.end(ended) != nil })
        #expect(harness.end(ended) == .some(nil))
        #expect(harness.bytes(ended) == [9])

        let resetting = try LoopbackServer { socket in
            _ = socket.read()
            socket.reset()
        }
        let reset = harness.connect(resetting.endpoint)
        harness.post { $0.send([1], on: reset) }
        let error = harness.waitForEnd(reset)
        #expect(error?.kind == .reset)
        #expect(error?.message == "connection to \"\(resetting.endpoint)\" was reset by the peer")
        harness.thread.stop()
        ending.stop()
        resetting.stop()
    }

    @Test func lastWordsBeforeAResetAreHeard() throws {
        // A server that refuses says why and closes while more is being sent to it.
        let server = try LoopbackServer { socket in
            _ = socket.read(1)
            socket.write([1, 2, 3])
        }
        let harness = try LoopHarness()
        let id = harness.connect(server.endpoint)
        let large = pattern(4_000_000)
        harness.post { $0.send(large, on: id) }
        let error = harness.waitForEnd(id)
        #expect(error?.kind == .reset)
        #expect(harness.bytes(id) == [1, 2, 3])
        harness.thread.stop()
        server.stop()
    }

    @Test func nothingIsHeardAfterClose() throws {
        let server = try LoopbackServer { socket in
            while socket.write([UInt8](repeating: 1, count: 100_000)) {}
        }
        let closing: LoopHarness.Reaction = { transport, id, _ in transport.close(id) }
        let harness = try LoopHarness(onBytes: closing)
        let id = harness.connect(server.endpoint)
        #expect(wait { harness.count(id) > 0 })
        let count = harness.count(id)
        usleep(50_000)
        #expect(harness.count(id) == count)
        #expect(harness.events == [.opened(id)])
        harness.post { transport in
            transport.send([1], on: id)
            transport.close(id)
        }
        #expect(harness.run { $0.unsentBytes(on: id) } == 0)
        harness.thread.stop()
        server.stop()
    }

    @Test func closingWhileConnectingIsSilent() throws {
        let server = try echo()
        let harness = try LoopHarness()
        let endpoints = [server.endpoint, Endpoint(host: "localhost", port: server.port)]
        harness.post { transport in
            for endpoint in endpoints {
                transport.close(transport.connect(endpoint, tls: nil, timeoutNanos: 1_000_000_000))
            }
        }
        usleep(100_000)
        #expect(harness.events.isEmpty)
        harness.thread.stop()
        server.stop()
    }

    @Test func unsentBytesAreCounted() throws {
        let release = Lock(false)
        let server = try LoopbackServer { socket in
            while !release.withLock({ $0 }) { usleep(1000) }
            while !socket.read(1 << 20).isEmpty {}
        }
        let harness = try LoopHarness()
        let id = harness.connect(server.endpoint)
        #expect(wait { harness.isOpen(id) })
        let size = 32_000_000
        harness.post { $0.send([UInt8](repeating: 5, count: size), on: id) }
        let waiting = harness.run { $0.unsentBytes(on: id) } ?? 0
        #expect(waiting > 0 && waiting < size)
        release.withLock { $0 = true }
        #expect(wait { harness.run { $0.unsentBytes(on: id) } == 0 })
        harness.thread.stop()
        server.stop()
    }

    @Test func wakeUpsAreCoalesced() throws {
        let harness = try LoopHarness()
        let isHeld = Lock(false)
        let release = Lock(false)
        harness.post { _ in
            isHeld.withLock { $0 = true }
            while !release.withLock({ $0 }) { usleep(1000) }
        }
        #expect(wait { isHeld.withLock { $0 } })
        let before = harness.record.withLock { $0.wakes }
        for _ in 0..<10_000 { harness.thread.wake() }
        release.withLock { $0 = true }
        #expect(wait { harness.record.withLock { $0.wakes } > before })
        usleep(50_000)
        #expect(harness.record.withLock { $0.wakes } == before + 1)
        harness.thread.stop()
        harness.thread.wake()
    }

    @Test func stopFreesRunningWork() throws {
        let server = try echo()
        let harness = try LoopHarness()
        let endpoint = server.endpoint
        harness.post { transport in
            for _ in 0..<20 {
                _ = transport.connect(endpoint, tls: nil, timeoutNanos: 1_000_000_000)
                let named = Endpoint(host: "localhost", port: endpoint.port)
                _ = transport.connect(named, tls: nil, timeoutNanos: 1_000_000_000)
                _ = transport.startTimer(at: transport.now + 1_000_000)
            }
        }
        #expect(harness.thread.stop())
        let heard = harness.events.count
        usleep(20_000)
        #expect(harness.events.count == heard)
        server.stop()
    }

    @Test func droppingTheThreadStopsIt() throws {
        var harness: LoopHarness? = try LoopHarness()
        weak let record = harness?.record
        _ = harness?.run { _ in true }
        harness = nil
        // The handler holds the record as long as the loop lives.
        #expect(wait { record == nil })
    }
}
