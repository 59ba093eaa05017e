import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// The client core on simulated clusters: whatever goes wrong, no row is wrong, missing or doubled.
@Suite struct ClientModelTests {
    private func check(_ run: ModelRun, sourceLocation: SourceLocation = #_sourceLocation) {
        run.checkTable()
        #expect(run.errors.prefix(5) == [], "seed fails", sourceLocation: sourceLocation)
        #expect(run.client.cluster.refusedConnections == [], sourceLocation: sourceLocation)
    }

    @Test(arguments: 0..<2) func quietCluster(seed: UInt64) {
        let client = ModelClient(seed: seed, rpcRegistry: seed % 2 == 1)
        let run = ModelRun(client, rows: 60)
        run.run(batches: 150)
        check(run)
        #expect(run.answers == 150)
        #expect(client.core.metrics.retries == 0)
    }

    @Test(arguments: 0..<3) func repliesAndRequestsAreLost(seed: UInt64) {
        let client = ModelClient(seed: 100 + seed)
        let faults = client.cluster.faults
        faults.add("lost reply", on: nil, .probability(0.03), .replyLost)
        faults.add("half reply", on: nil, .probability(0.02), .halfReply)
        faults.add("lost request", on: nil, .probability(0.02), .requestLost)
        faults.add("no answer, applied", on: "Multi", .probability(0.01), .silence(applied: true))
        faults.add("no answer", on: "Multi", .probability(0.01), .silence(applied: false))
        faults.add("stray", on: nil, .probability(0.02), .strayReply)
        faults.add("slow", on: nil, .probability(0.02), .slow(nanos: 700_000_000))
        faults.add("slow reply", on: nil, .probability(0.02), .slowReply(nanos: 700_000_000))
        let run = ModelRun(client, rows: 40)
        run.run(batches: 300)
        check(run)
        #expect(faults.idle == [])
    }

    @Test(arguments: 0..<2) func networkIsBad(seed: UInt64) {
        let client = ModelClient(seed: 200 + seed)
        client.transport.conditions.longestChunk = 37
        client.transport.conditions.stallProbability = 0.001
        client.transport.conditions.resetProbability = 0.001
        let run = ModelRun(client, rows: 40)
        run.run(batches: 150)
        check(run)
        #expect(client.transport.resets > 0 && client.transport.stalls > 0)
    }

    @Test(arguments: 0..<2) func exceptionsOfEveryKindThatPasses(seed: UInt64) {
        let client = ModelClient(seed: 300 + seed)
        for (name, exception) in Exceptions.passing {
            let script = client.cluster.faults
            script.add("call \(name)", on: "Multi", .probability(0.008), .exception(exception))
            script.add("region \(name)", on: "Multi", .probability(0.008), .regionException(exception))
            script.add("action \(name)", on: "Multi", .probability(0.008), .actionException(exception))
        }
        client.cluster.faults.add("too large", on: "Multi", .probability(0.02), .resultTooLarge)
        let run = ModelRun(client, rows: 40)
        run.run(batches: 700)
        check(run)
        #expect(client.cluster.faults.idle == [])
    }

    /// 256 regions of which one moves, splits or merges every 50 ms.
    @Test(arguments: 0..<2) func regionsNeverRest(seed: UInt64) {
        let client = ModelClient(seed: 400 + seed, regionServers: 4, regions: 256)
        let run = ModelRun(client, rows: 400)
        // A region that moves takes its cells along, but not what its server knows of nonces.
        run.plainIncrements = false
        run.pauseNanos = 60_000_000
        client.cluster.faults.add("lost reply", on: "Multi", .probability(0.005), .replyLost)
        var isOver = false
        client.cluster.startChaos(on: client.table) { !isOver }
        let start = client.transport.now
        while client.transport.now - start < 15 * ModelClient.second { run.run(batches: 50) }
        isOver = true
        check(run)
        let cluster = client.cluster
        #expect(cluster.moves > 100 && cluster.splits > 10 && cluster.merges > 10)
        #expect(cluster.faults.idle == [])
    }

    @Test(arguments: 0..<2) func serversDieAndReturn(seed: UInt64) {
        let client = ModelClient(seed: 500 + seed, regionServers: 4, regions: 32)
        let run = ModelRun(client, rows: 100)
        run.plainIncrements = false
        for round in 0..<4 {
            let victim = Int.random(in: 0..<4, using: &client.random)
            client.transport.after(Int64.random(in: 0...100_000_000, using: &client.random)) {
                client.cluster.kill(server: victim)
            }
            client.transport.after(Int64(4 + round) * ModelClient.second) {
                client.cluster.restart(server: victim)
            }
            run.run(batches: 60)
            client.transport.run(forNanos: 8 * ModelClient.second)
        }
        check(run)
        #expect(client.cluster.deaths == 4)
    }

    @Test(arguments: 0..<2) func metaMoves(seed: UInt64) {
        let client = ModelClient(seed: 600 + seed, regionServers: 4, regions: 64, rpcRegistry: seed == 1)
        let run = ModelRun(client, rows: 100)
        run.plainIncrements = false
        run.pauseNanos = 20_000_000
        var isOver = false
        client.cluster.startChaos(on: client.table) { !isOver }
        func moveMeta() {
            guard !isOver else { return }
            client.cluster.moveMeta()
            client.transport.after(300_000_000, moveMeta)
        }
        moveMeta()
        let start = client.transport.now
        while client.transport.now - start < 5 * ModelClient.second { run.run(batches: 50) }
        isOver = true
        check(run)
    }

    @Test func sameSeedSameRun() {
        func fingerprint() -> [Int] {
            let client = ModelClient(seed: 77)
            client.cluster.faults.add("lost", on: nil, .probability(0.05), .replyLost)
            let run = ModelRun(client, rows: 20)
            run.run(batches: 60)
            return [
                client.transport.eventsRun, client.transport.bytesToServers, client.transport.bytesToClient,
            ]
        }
        #expect(fingerprint() == fingerprint())
    }
}

/// Exceptions by what a client does about them.
enum Exceptions {
    /// Those after which a try succeeds sooner or later.
    static let passing: [(String, FakeException)] =
        [
            "NotServingRegionException", "exceptions.RegionOpeningException", "RegionTooBusyException",
            "CallQueueTooBigException", "CallDroppedException", "RetryImmediatelyException",
            "MultiActionResultTooLarge", "regionserver.RegionServerStoppedException",
            "regionserver.RegionServerAbortedException", "ipc.ServerNotRunningYetException",
            "exceptions.TimeoutIOException", "regionserver.WrongRegionException",
        ].map { ($0, FakeException($0, "a test says so")) } + [
            (
                "throttled",
                FakeException(
                    "quotas.RpcThrottlingException", "number of requests exceeded - wait 1sec, 250ms")
            ),
            (
                "out of range",
                FakeException(
                    "exceptions.FailedSanityCheckException",
                    "Requested row out of range for batchMutate on HRegion t,,1.x.", doNotRetry: true)
            ),
            ("unknown", FakeException(fullName: "com.example.SomethingOdd", "nobody knows")),
            ("log closed", FakeException(fullName: "java.io.IOException", "Cannot append; log is closed")),
        ]

    /// Those that end an operation, and how the client names it.
    static let final: [(FakeException, HBaseError.Kind)] = [
        (FakeException("DoNotRetryIOException", "no", doNotRetry: true), .refused),
        (FakeException("exceptions.RequestTooBigException", "too big", doNotRetry: true), .requestTooBig),
        (FakeException("TableNotFoundException", "t", doNotRetry: true), .tableNotFound),
        (
            FakeException("regionserver.NoSuchColumnFamilyException", "no family", doNotRetry: true),
            .noSuchColumnFamily
        ),
        (FakeException("TableNotEnabledException", "t", doNotRetry: true), .tableNotEnabled),
        (FakeException("security.AccessDeniedException", "not you", doNotRetry: true), .accessDenied),
        (FakeException("quotas.QuotaExceededException", "enough", doNotRetry: true), .quotaExceeded),
        (FakeException("quotas.SpaceLimitingException", "enough", doNotRetry: true), .quotaExceeded),
        (FakeException("exceptions.FailedSanityCheckException", "insane", doNotRetry: true), .refused),
        (FakeException("client.WrongRowIOException", "row", doNotRetry: true), .refused),
        (FakeException(fullName: "com.example.Final", "never", doNotRetry: true), .other),
    ]
}
