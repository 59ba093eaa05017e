import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// The receiver against sources that ship, and a ZooKeeper that forgets: virtual time.
@Suite struct ReceiverTests {
    private func entries(_ sequences: ClosedRange<UInt64>, region: String = "r1") -> [FakeShippedEntry] {
        sequences.map { sequence in
            FakeShippedEntry(
                region: region, sequence: sequence,
                cells: [
                    FakeCell(
                        row: Array("\(region)-\(sequence)".utf8), family: [0x66], qualifier: [0x71],
                        timestamp: Int64(sequence), value: [1, 2, 3])
                ])
        }
    }

    private func sequences(_ sink: MemorySink, region: String = "r1") -> [UInt64] {
        sink.kept.filter { $0.region == Array(region.utf8) }.map(\.sequence)
    }

    private func node(_ simulated: SimulatedReceiver, _ path: String) -> [UInt8]? {
        simulated.keeper.data(of: SimulatedReceiver.node + path)
    }

    @Test func registersAndLeaves() throws {
        let simulated = try SimulatedReceiver()
        simulated.run(seconds: 1)
        #expect(simulated.state.current.registeredMillis != nil)
        let id = try #require(node(simulated, "/hbaseid"))
        #expect(String(decoding: id, as: UTF8.self) == PeerNodes.clusterID(for: SimulatedReceiver.node))
        #expect(id.count == 36)
        #expect(node(simulated, "/rs/\(simulated.server)") == [])
        #expect(node(simulated, "/master") != nil)
        simulated.end(removesNodes: false)
        simulated.run(seconds: 1)
        #expect(simulated.state.current.registration == .ended)
        #expect(node(simulated, "/rs/\(simulated.server)") == nil)
        #expect(node(simulated, "/rs") != nil)
    }

    @Test func removesItsNodesWhenThePeerIsGone() throws {
        let simulated = try SimulatedReceiver()
        simulated.run(seconds: 1)
        simulated.end(removesNodes: true)
        simulated.run(seconds: 1)
        #expect(simulated.keeper.data(of: SimulatedReceiver.node) == nil)
        #expect(simulated.keeper.data(of: "/sluice") != nil)
    }

    @Test func removesTheNodesOfPeersThatAreGone() throws {
        let gone = try SimulatedReceiver(node: "/sluice/gone")
        gone.run(seconds: 1)
        gone.end(removesNodes: false)
        gone.run(seconds: 1)
        let simulated = try SimulatedReceiver(cluster: gone.cluster, transport: gone.transport)
        simulated.run(seconds: 1)
        #expect(simulated.keeper.data(of: "/sluice/gone/hbaseid") != nil)
        simulated.removeNodes(of: ["/sluice/gone", "/sluice/never"])
        simulated.run(seconds: 1)
        #expect(simulated.keeper.data(of: "/sluice/gone") == nil)
        #expect(node(simulated, "/rs/\(simulated.server)") == [])
        #expect(simulated.state.current.registeredMillis != nil)
    }

    @Test func registersAgainAfterTheSessionExpired() throws {
        let simulated = try SimulatedReceiver()
        simulated.run(seconds: 1)
        simulated.keeper.expireSessions()
        #expect(node(simulated, "/rs/\(simulated.server)") == nil)
        simulated.run(seconds: 5)
        #expect(simulated.state.current.registeredMillis != nil)
        #expect(node(simulated, "/rs/\(simulated.server)") != nil)
    }

    @Test func keepsItsSessionOverALostConnection() throws {
        let simulated = try SimulatedReceiver()
        simulated.run(seconds: 1)
        let owner = simulated.keeper.sessionCount
        simulated.keeper.dropConnections()
        simulated.run(seconds: 5)
        #expect(simulated.state.current.registeredMillis != nil)
        #expect(simulated.keeper.sessionCount == owner)
    }

    @Test func waitsForAZooKeeperThatIsNotThere() throws {
        let transport = SimulatedTransport(seed: 3)
        let cluster = FakeHBaseCluster(on: transport, regionServers: 1, seed: 3)
        transport.refuse(cluster.layout.zooKeepers[0], .refused)
        let simulated = try SimulatedReceiver(cluster: cluster, transport: transport)
        simulated.run(seconds: 10)
        guard case .troubled = simulated.state.current.registration else {
            Issue.record("\(simulated.state.current.registration)")
            return
        }
        transport.refuse(cluster.layout.zooKeepers[0], nil)
        simulated.run(seconds: 5)
        #expect(simulated.state.current.registeredMillis != nil)
    }

    /// C5: nothing is acknowledged before it is kept.
    @Test func C5_answersOnlyWhatIsKept() throws {
        let simulated = try SimulatedReceiver()
        let source = FakeSource(simulated.transport, port: simulated.port)
        simulated.sink.mood = .waits
        source.ship(entries(1...3))
        simulated.run(seconds: 30)
        #expect(simulated.sink.waitingCount == 1 && source.acknowledged.isEmpty)
        simulated.sink.release()
        simulated.transport.wake()
        simulated.run(seconds: 1)
        #expect(source.acknowledged.count == 3 && sequences(simulated.sink) == [1, 2, 3])
    }

    /// C1: a receiver that goes before it has acknowledged gets everything again, and nothing doubles.
    @Test func C1_whatWasNotAcknowledgedComesAgain() throws {
        let first = try SimulatedReceiver()
        let source = FakeSource(first.transport, port: first.port)
        source.ship(entries(1...5))
        first.run(seconds: 1)
        first.sink.mood = .waits
        source.ship(entries(6...9))
        source.ship(entries(10...12))
        first.run(seconds: 1)
        #expect(first.sink.waitingCount == 1 && source.acknowledged.count == 5)
        first.sink.forgetWaiting()
        first.end(removesNodes: false)
        first.run(seconds: 3)
        first.sink.mood = .keeps
        let second = try SimulatedReceiver(
            cluster: first.cluster, transport: first.transport, sink: first.sink)
        source.port = second.port
        second.run(seconds: 10)
        #expect(source.isIdle && source.lostConnections >= 1)
        #expect(sequences(second.sink) == Array(1...12))
    }

    /// C7: lost answers and batches cut anew lead to repetitions, which collapse.
    @Test(arguments: [1, 2, 3, 4]) func C7_repeatedShipmentsCollapse(seed: UInt64) throws {
        let simulated = try SimulatedReceiver(seed: seed)
        simulated.transport.conditions.resetProbability = 0.04
        simulated.transport.conditions.longestChunk = 200
        var sources: [FakeSource] = []
        for name in ["r1", "r2"] {
            let source = FakeSource(simulated.transport, port: simulated.port, name: name)
            source.splitsRetries = true
            source.pauseNanos = 50_000_000
            for batch in 0..<30 as Range<UInt64> {
                source.ship(entries(batch * 10 + 1...batch * 10 + 10, region: name))
            }
            sources.append(source)
        }
        simulated.run(seconds: 300)
        for (source, name) in zip(sources, ["r1", "r2"]) {
            #expect(source.isIdle)
            #expect(sequences(simulated.sink, region: name).sorted() == Array(1...300))
        }
        #expect(simulated.sink.offered > 600, "nothing came twice")
    }

    @Test func whatCannotBeKeptComesAgain() throws {
        let simulated = try SimulatedReceiver()
        simulated.sink.mood = .refuses
        let source = FakeSource(simulated.transport, port: simulated.port)
        source.ship(entries(1...2))
        simulated.run(seconds: 4)
        #expect(source.exceptions.count >= 2 && source.exceptions[0] == "java.io.IOException")
        #expect(simulated.state.takeNotes().contains { $0.contains("the disk is full") })
        simulated.sink.mood = .keeps
        simulated.run(seconds: 3)
        #expect(sequences(simulated.sink) == [1, 2] && source.isIdle)
    }

    /// Memory stays bounded when nothing is kept: what is not read stays with the sources.
    @Test func readsNoMoreThanItMayHold() throws {
        let simulated = try SimulatedReceiver(maxPendingBytes: 20_000)
        simulated.sink.mood = .waits
        var sources: [FakeSource] = []
        for number in 0..<20 {
            let source = FakeSource(simulated.transport, port: simulated.port, name: "s\(number)")
            source.ship(entries(1...50, region: "r\(number)"))
            sources.append(source)
        }
        simulated.run(seconds: 5)
        #expect(simulated.sink.waitingCount < 8)
        simulated.sink.mood = .keeps
        for _ in 0..<20 {
            simulated.sink.release()
            simulated.transport.wake()
            simulated.run(seconds: 1)
        }
        #expect(sources.allSatisfy(\.isIdle) && simulated.sink.kept.count == 1000)
    }

    /// Many sources in the middle of large frames: one after the other is read to its end, and one that went does not
    /// hold the others up.
    @Test func readsOneFrameWhenThereIsNoRoomForAll() throws {
        let simulated = try SimulatedReceiver(maxPendingBytes: 5000)
        var callers: [PlainCaller] = []
        for number in 0..<4 {
            let from = Endpoint(host: "rs\(number)", port: 1)
            let caller = try #require(
                simulated.transport.dial(simulated.port, from: from) { PlainCaller($0) })
            callers.append(caller)
            caller.link.send(FakeShipment.opening())
            let frame = FakeShipment.request(entries(1...80, region: "r\(number)"), id: 7)
            #expect(frame.count > 4000)
            caller.link.send(Array(frame[..<(frame.count / 2 + number)]))
            simulated.run(seconds: 1)
            // The second one sends nothing more.
            if number == 1 { continue }
            caller.link.send(Array(frame[(frame.count / 2 + number)...]))
        }
        simulated.run(seconds: 60)
        for number in [0, 2, 3] {
            #expect(callers[number].answers.map(\.id) == [7], "source \(number)")
            #expect(sequences(simulated.sink, region: "r\(number)") == Array(1...80))
        }
    }

    @Test func otherMethodsAreRefusedAndTheConnectionStays() throws {
        let simulated = try SimulatedReceiver()
        let caller = try #require(
            simulated.transport.dial(simulated.port, from: Endpoint(host: "rs", port: 1)) { PlainCaller($0) })
        caller.link.send(FakeShipment.opening() + FakeShipment.call("GetServerInfo", id: 3))
        simulated.run(seconds: 1)
        #expect(caller.answers.first?.id == 3)
        #expect(caller.answers.first?.exception == PeerAnswer.doNotRetry)
        #expect(caller.link.isOpen)
    }

    /// HBase 3 asks the peer's master, by way of its registry (10.5).
    @Test(arguments: [
        ("MasterService", "IsMasterRunning"), ("MasterService", "GetClusterStatus"),
        ("MasterService", "ListDecommissionedRegionServers"), ("ClientMetaService", "GetClusterId"),
        ("ClientMetaService", "GetActiveMaster"), ("ClientMetaService", "GetBootstrapNodes"),
        ("ClientMetaService", "GetMetaRegionLocations"), ("ClientMetaService", "GetMasters"),
    ]) func answersWhatHBase3Asks(service: String, method: String) throws {
        let simulated = try SimulatedReceiver()
        let caller = try #require(
            simulated.transport.dial(simulated.port, from: Endpoint(host: "rs", port: 1)) { PlainCaller($0) })
        caller.link.send(FakeShipment.opening(service: service) + FakeShipment.call(method, id: 1))
        simulated.run(seconds: 1)
        let answer = try #require(caller.answers.first)
        #expect(answer.exception == nil)
        let frame = try ResponseFrame(caller.frames[0], 0..<caller.frames[0].count)
        switch method {
        case "GetClusterStatus":
            let status = try frame.withMessage { (raw) throws(WireError) in
                try AdminAnswers.clusterStatus(raw)
            }
            #expect(status.clusterID == PeerNodes.clusterID(for: SimulatedReceiver.node))
            #expect(status.servers == [simulated.server] && status.master == simulated.server)
        case "GetActiveMaster", "GetBootstrapNodes":
            let servers = try frame.withMessage { (raw) throws(WireError) in try RegistryMessages.servers(raw)
            }
            #expect(servers == [simulated.server])
        default: break
        }
    }

    @Test func theClusterKeyNamesQuorumAndNode() {
        let one = Endpoint(host: "127.0.0.1", port: 5000)
        var settings = ReplicationPeer.Settings(quorum: [one], node: "/sluice/a", advertisedHost: "h")
        #expect(settings.clusterKey == "127.0.0.1:5000:/sluice/a")
        settings.quorum.append(Endpoint(host: "zk2", port: 5000))
        #expect(settings.clusterKey == "127.0.0.1,zk2:5000:/sluice/a")
        settings.quorum.append(Endpoint(host: "zk3", port: 5001))
        #expect(settings.clusterKey == "127.0.0.1:5000,zk2:5000,zk3:5001:5000:/sluice/a")
    }
}

/// A peer that only listens.
final class PlainCaller: FakePeer {
    let link: FakeLink
    private(set) var frames: [[UInt8]] = []
    private var buffer: [UInt8] = []

    init(_ link: FakeLink) { self.link = link }

    var answers: [(id: UInt32, exception: String?)] { frames.compactMap { FakeShipment.answer($0) } }

    func received(_ bytes: [UInt8]) {
        buffer += bytes
        while buffer.count >= 4 {
            let length = buffer[..<4].reduce(0) { $0 << 8 | Int($1) }
            guard buffer.count >= 4 + length else { return }
            frames.append(Array(buffer[4..<4 + length]))
            buffer.removeFirst(4 + length)
        }
    }

    func disconnected() {}
}
