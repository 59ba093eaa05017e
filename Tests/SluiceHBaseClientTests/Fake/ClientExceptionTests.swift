import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// What the client does about each class of exception, one at a time.
@Suite struct ClientExceptionTests {
    private func put(_ client: ModelClient, rows: Range<Int>) -> ModelClient.Answer<MutationResults> {
        client.mutate { builder in
            for row in rows {
                builder.beginPut(ModelClient.row(row))
                builder.cell(
                    family: Array("f".utf8), qualifier: Array("a".utf8), value: bigEndian(Int64(row)),
                    timestamp: 5)
            }
        }
    }

    private func putCount(_ client: ModelClient) -> Int {
        client.cluster.servers.reduce(0) { $0 + ($1.calls["Multi"] ?? 0) }
    }

    enum Place: CaseIterable { case call, region, action }

    private func action(_ exception: FakeException, _ place: Place) -> FaultAction {
        switch place {
        case .call: .exception(exception)
        case .region: .regionException(exception)
        case .action: .actionException(exception)
        }
    }

    @Test(arguments: Exceptions.passing.indices, Place.allCases) func passes(index: Int, place: Place) throws
    {
        let (name, exception) = Exceptions.passing[index]
        let client = ModelClient(seed: UInt64(index), regions: 4)
        let rule = client.cluster.faults.add(name, on: "Multi", .calls([1, 2]), action(exception, place))
        let results = try #require(client.wait(put(client, rows: 0..<20)), "hangs: \(name)")
        #expect(results.firstError == nil, "\(name)")
        #expect(client.column("f", "a").count == 20)
        #expect(rule.fired == 2)
    }

    @Test(arguments: Exceptions.final.indices, Place.allCases) func fails(index: Int, place: Place) throws {
        let (exception, kind) = Exceptions.final[index]
        // Beside the answer of a whole call there is no flag: what nobody knows is tried again there.
        if kind == .other, place != .call { return }
        let client = ModelClient(seed: UInt64(index), regions: 4)
        let rule = client.cluster.faults.add(
            "final", on: "Multi", .calls([1]), action(exception, place), limit: 1)
        let results = try #require(client.wait(put(client, rows: 0..<20)), "hangs: \(exception.className)")
        let failed = (0..<20).filter { results.error(of: $0) != nil }
        #expect(!failed.isEmpty)
        if place == .action { #expect(failed.count == 1) }
        for row in failed {
            let error = results.error(of: row)
            #expect(error?.kind == kind)
            #expect(error?.className == exception.className)
            #expect(error?.message.contains("\n") == false)
        }
        // The others were written, those that failed were not.
        #expect(client.column("f", "a").count == 20 - failed.count)
        #expect(rule.fired == 1)
        #expect(client.transport.now < 20 * ModelClient.second)
    }

    /// One action fails: it alone is sent again.
    @Test func onlyTheFailedActionIsSentAgain() throws {
        let client = ModelClient(seed: 9, regionServers: 1, regions: 1)
        client.cluster.faults.add(
            "one", on: "Multi", .calls([1]),
            .actionException(FakeException("RegionTooBusyException", "wait")))
        let before = client.core.metrics.retries
        let results = try #require(client.wait(put(client, rows: 0..<100)))
        #expect(results.firstError == nil)
        #expect(client.core.metrics.retries - before == 1)
    }

    @Test func throttlingWaitsAsTold() throws {
        let client = ModelClient(seed: 4, regions: 1)
        client.cluster.faults.add(
            "throttle", on: "Multi", .calls([1]),
            .exception(FakeException("quotas.RpcThrottlingException", "limit - wait 3sec, 500ms")))
        let start = client.transport.now
        #expect(client.wait(put(client, rows: 0..<1))?.firstError == nil)
        let waited = client.transport.now - start
        #expect(waited >= 3_500_000_000 && waited < 5_000_000_000)
    }

    /// A refused handshake is final for what waits for that connection, and for nothing else.
    @Test func refusedHandshakeIsSaid() throws {
        let client = ModelClient(seed: 5, regions: 2)
        let rule = client.cluster.faults.add(
            "refused", on: "Multi", .calls([1]),
            .fatal(FakeException("ipc.FatalConnectionException", "not like this", doNotRetry: true)))
        let results = try #require(client.wait(put(client, rows: 0..<10)))
        let error = try #require(results.firstError)
        #expect(error.kind == .refused && error.message.contains("not like this"))
        #expect(rule.fired == 1)
        #expect(client.wait(put(client, rows: 0..<10))?.firstError == nil)
        #expect(client.column("f", "a").count == 10)
    }

    // MARK: Deadlines

    @Test(arguments: ["silent", "busy", "gone", "refused", "no meta", "no keeper"])
    func endsAtItsDeadline(how: String) throws {
        let client = ModelClient(seed: 6, regionServers: 2, regions: 2) { $0.maxRetries = 1_000_000 }
        switch how {
        case "silent":
            client.cluster.faults.add("x", on: nil, .always, .silence(applied: false), where: { _ in true })
        case "busy":
            client.cluster.faults.add(
                "x", on: "Multi", .always, .exception(FakeException("RegionTooBusyException", "busy")))
        case "gone":
            client.cluster.faults.add(
                "x", on: "Multi", .always,
                .regionException(FakeException("NotServingRegionException", "x"), all: true))
        case "refused":
            for server in client.cluster.servers { client.transport.refuse(server.endpoint, .refused) }
        case "no meta":
            client.cluster.faults.add(
                "x", on: "Scan", .always, .exception(FakeException("NotServingRegionException", "meta")),
                where: { $0.onMeta })
        default: for keeper in client.cluster.keepers { keeper.isSilent = true }
        }
        let start = client.transport.now
        let answer = client.mutate(timeoutNanos: 5 * ModelClient.second) { builder in
            builder.beginPut(ModelClient.row(1))
            builder.cell(family: Array("f".utf8), qualifier: Array("a".utf8), value: [1], timestamp: 1)
        }
        let read = client.get([ModelClient.row(1)], timeoutNanos: 5 * ModelClient.second)
        let results = try #require(client.wait(answer, seconds: 60), "hangs: \(how)")
        let rows = try #require(client.wait(read, seconds: 60), "hangs: \(how)")
        #expect(results.firstError != nil && rows.firstError != nil)
        let took = client.transport.now - start
        #expect(took >= 4_900_000_000 && took < 6_000_000_000, "\(how): \(took)")
    }

    @Test func disabledTableIsNamed() throws {
        let client = ModelClient(seed: 7, regions: 2)
        #expect(client.wait(put(client, rows: 0..<4))?.firstError == nil)
        client.cluster.disable(client.table)
        let results = try #require(client.wait(put(client, rows: 0..<4), seconds: 60))
        #expect(results.firstError?.kind == .tableNotEnabled)
        client.cluster.enable(client.table)
        #expect(client.wait(put(client, rows: 0..<4))?.firstError == nil)
    }

    @Test func missingTableAndFamilyAreNamed() throws {
        let client = ModelClient(seed: 8)
        var builder = MutationBatchBuilder(table: HBaseTable(namespace: "ns", name: "none"))
        builder.beginPut([1])
        builder.cell(family: [1], qualifier: [1], value: [])
        let answer = ModelClient.Answer<MutationResults>()
        client.post(.mutate(builder.finish(), nil) { answer.set($0) })
        #expect(client.wait(answer)?.firstError?.kind == .tableNotFound)
        let other = client.mutate { builder in
            builder.beginPut(ModelClient.row(1))
            builder.cell(family: Array("nope".utf8), qualifier: [], value: [])
        }
        #expect(client.wait(other)?.firstError?.kind == .noSuchColumnFamily)
    }

    // MARK: Increments

    /// The reply to an increment is lost: its nonce keeps it from counting twice, and its value comes all the same.
    @Test(arguments: 0..<10) func noncesKeepIncrementsExact(seed: UInt64) throws {
        let client = ModelClient(seed: seed, regions: 2)
        client.cluster.faults.add("lost", on: "Multi", .probability(0.4), .replyLost)
        for round in 1...10 {
            let answer = client.mutate { builder in
                for row in 0..<5 {
                    builder.beginIncrement(ModelClient.row(row))
                    builder.increment(family: Array("l".utf8), qualifier: Array("n".utf8), by: 2)
                }
            }
            let results = try #require(client.wait(answer))
            #expect(results.firstError == nil)
            for row in 0..<5 {
                var value: Int64?
                results.forEachCell(of: row) { value = number(Array($0.value)) }
                #expect(value == Int64(round * 2))
            }
        }
        #expect(client.cluster.faults.idle == [])
        #expect(client.column("l", "n").values.allSatisfy { number($0) == 20 })
    }
}
