import SluiceBase
import SluiceHBaseFake
import SluiceNet
import Testing

@testable import SluiceHBaseClient

/// What the client does with exceptions, lost answers, dead servers and missing tables.
@Suite struct ClientFaultTests {
    private static let second = SimulatedClient.second

    /// Classes that are tried again until they go away.
    @Test(arguments: [
        ("NotServingRegionException", "t,,1 is not online"),
        ("exceptions.RegionOpeningException", "opening"),
        ("RegionTooBusyException", "over memstore limit"),
        ("CallQueueTooBigException", "full"), ("CallDroppedException", "dropped"),
        ("quotas.RpcThrottlingException", "request limit exceeded - wait 1sec, 500ms"),
        ("RetryImmediatelyException", "later"), ("MultiActionResultTooLarge", "too large"),
        ("regionserver.RegionServerStoppedException", "stopped"),
        ("regionserver.RegionServerAbortedException", "aborted"),
        ("ipc.ServerNotRunningYetException", "not running yet"),
        ("regionserver.WrongRegionException", "out of range"),
        (
            "exceptions.RegionMovedException",
            "Region moved to: hostname=nowhere port=1 startCode=2. As of locationSeqNum=3."
        ),
        ("exceptions.SomethingNew", "unknown"),
    ])
    func triesAgain(name: String, text: String) throws {
        for kind in 0..<3 {
            let world = SimulatedClient(servers: 2, seed: UInt64(kind + 3))
            let table = world.table(splits: ["m"])
            let exception = FakeException(name, text)
            let action: FaultAction
            switch kind {
            case 0: action = .exception(exception)
            case 1: action = .regionException(exception)
            default: action = .actionException(exception)
            }
            let rule = world.cluster.faults.add("fault", on: "Multi", .calls([1, 2]), action)
            var builder = MutationBatchBuilder(table: HBaseTable("t"))
            for row in ["a", "b", "x", "y"] { builder.put(row, "v" + row) }
            let started = world.transport.now
            let result = try #require(world.mutate(builder.finish(), seconds: 60), "\(name) \(kind)")
            #expect(!result.hasErrors, "\(name) \(kind): \(String(describing: result.firstError))")
            #expect(rule.fired == 2)
            for row in ["a", "b", "x", "y"] { #expect(world.stored(row, table) == "v" + row) }
            if name.hasPrefix("quotas") {
                #expect(world.transport.now - started >= 1_500_000_000)
            } else {
                #expect(world.transport.now - started < 5 * Self.second, "\(name) \(kind)")
            }
        }
    }

    /// Classes that end an operation at once.
    @Test(arguments: [
        ("DoNotRetryIOException", HBaseError.Kind.refused),
        ("regionserver.NoSuchColumnFamilyException", .noSuchColumnFamily),
        ("TableNotFoundException", .tableNotFound), ("TableNotEnabledException", .tableNotEnabled),
        ("security.AccessDeniedException", .accessDenied),
        ("quotas.SpaceLimitingException", .quotaExceeded),
        ("exceptions.FailedSanityCheckException", .refused),
        ("exceptions.RequestTooBigException", .requestTooBig),
        ("client.WrongRowIOException", .refused),
    ])
    func failsAtOnce(name: String, kind: HBaseError.Kind) throws {
        let world = SimulatedClient()
        let table = world.table()
        let rule = world.cluster.faults.add(
            "fault", on: "Multi", .calls([1]), .actionException(FakeException(name, "the reason")))
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        builder.put("a", "1")
        builder.put("b", "2")
        let result = try #require(world.mutate(builder.finish(), seconds: 5))
        let errors = [result.error(of: 0), result.error(of: 1)].compactMap { $0 }
        #expect(errors.count == 1)
        #expect(errors.first?.kind == kind)
        #expect(errors.first?.message == "the reason")
        #expect(errors.first?.className == FakeException.prefix + name)
        #expect(errors.first?.region?.hasPrefix("t,,") == true)
        #expect(rule.fired == 1)
        // Only the one that failed is missing; it was not sent again.
        #expect(world.cluster.rows(of: table).count == 1)
        #expect(world.metrics().retries == 0)
    }

    @Test func rowOutOfRangeMeansAStaleLocation() throws {
        let world = SimulatedClient()
        world.table()
        let exception = FakeException(
            "exceptions.FailedSanityCheckException",
            "Requested row out of range for batchMutate on HRegion t,,1, startKey='', row='a'",
            doNotRetry: true)
        world.cluster.faults.add("fault", on: "Multi", .calls([1]), .actionException(exception))
        let result = try #require(world.put("a", "1"))
        #expect(!result.hasErrors)
        #expect(world.metrics().regionMoves == 1)
    }

    @Test func onlyWhatFailedIsSentAgain() throws {
        let world = SimulatedClient(servers: 1)
        let table = world.table(splits: ["m"])
        world.cluster.faults.add(
            "fault", on: "Multi", .calls([1]),
            .regionException(FakeException("NotServingRegionException", "gone")))
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for row in ["a", "b", "x", "y"] {
            builder.beginAppend(Array(row.utf8))
            Array("v".utf8).withUnsafeBytes { builder.cell(columnQ, value: $0) }
        }
        let result = try #require(world.mutate(builder.finish()))
        #expect(!result.hasErrors)
        for row in ["a", "b", "x", "y"] { #expect(world.stored(row, table) == "v") }
        #expect(world.metrics().retries == 2)
    }

    @Test(arguments: [0, 1, 2])
    func lostAnswersDoNotCountTwice(kind: Int) throws {
        let world = SimulatedClient(servers: 2, seed: UInt64(kind + 11))
        let table = world.table(splits: ["m"])
        let action: FaultAction
        switch kind {
        case 0: action = .replyLost
        case 1: action = .halfReply
        default: action = .requestLost
        }
        let rule = world.cluster.faults.add("lost", on: "Multi", .every(2), action, limit: 5)
        for round in 1...10 {
            var builder = MutationBatchBuilder(table: HBaseTable("t"))
            for row in ["a", "z"] {
                builder.count(row)
                builder.ledger("l" + row, by: 1, offset: Int64(round))
            }
            let result = try #require(world.mutate(builder.finish()))
            #expect(!result.hasErrors, "\(String(describing: result.firstError))")
        }
        #expect(rule.fired == 5)
        for row in ["a", "z", "la", "lz"] { #expect(world.counter(row, table) == 10, "\(row)") }
    }

    @Test func unknownTableFailsSoon() throws {
        let world = SimulatedClient()
        world.table()
        let started = world.transport.now
        let result = try #require(world.get(["a"], from: "nothing"))
        #expect(result.firstError?.kind == .tableNotFound)
        #expect(result.firstError?.message == "table \"nothing\" does not exist")
        #expect(world.transport.now - started < Self.second)
    }

    @Test func disabledTableFailsSoon() throws {
        let world = SimulatedClient()
        let table = world.table()
        #expect(try #require(world.put("a", "1")).hasErrors == false)
        world.cluster.disable(table)
        let started = world.transport.now
        let result = try #require(world.put("a", "2"))
        #expect(result.firstError?.kind == .tableNotEnabled)
        #expect(world.transport.now - started < 2 * Self.second)
        world.cluster.enable(table)
        #expect(try #require(world.put("a", "3")).hasErrors == false)
    }

    @Test func deadServerIsReplaced() throws {
        let world = SimulatedClient(servers: 3)
        let table = world.table(splits: (1..<30).map { rowName($0 * 10) })
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for number in 0..<300 { builder.put(rowName(number), "1") }
        #expect(try #require(world.mutate(builder.finish())).hasErrors == false)
        world.cluster.kill(server: 0)
        for number in 0..<300 { builder.put(rowName(number), "2") }
        let result = try #require(world.mutate(builder.finish()))
        #expect(!result.hasErrors, "\(String(describing: result.firstError))")
        for number in 0..<300 { #expect(world.stored(rowName(number), table) == "2") }
        world.cluster.restart(server: 0)
        world.cluster.kill(server: 1)
        world.cluster.kill(server: 2)
        let read = try #require(world.get((0..<300).map(rowName)))
        #expect(!read.hasErrors, "\(String(describing: read.firstError))")
    }

    @Test func silentServerIsFoundOut() throws {
        let world = SimulatedClient(servers: 2) { $0.rpcTimeoutNanos = 3_000_000_000 }
        let table = world.table()
        let rule = world.cluster.faults.add(
            "silence", on: "Multi", .calls([1]), .silence(applied: false))
        let started = world.transport.now
        let result = try #require(world.put("a", "1"))
        #expect(!result.hasErrors)
        #expect(rule.fired == 1)
        #expect(world.stored("a", table) == "1")
        #expect(world.transport.now - started < 6 * Self.second)
    }

    @Test func timeUpTellsTheLastError() throws {
        let world = SimulatedClient()
        world.table()
        world.cluster.faults.add(
            "busy", on: "Multi", .always,
            .regionException(FakeException("RegionTooBusyException", "over memstore limit"), all: true))
        let box = Lock<RowResults?>(nil)
        world.client.get(
            GetBatch(table: HBaseTable("t"), keys: RowKeys([[65], [66]])), timeoutNanos: 2 * Self.second
        ) { results in box.withLock { $0 = results } }
        let started = world.transport.now
        _ = world.transport.run(withinNanos: 30 * Self.second) { box.withLock { $0 != nil } }
        #expect(world.transport.now - started < 3 * Self.second)
        let error = try #require(box.withLock { $0?.firstError })
        #expect(error.kind == .timedOut)
        #expect(error.message.contains("over memstore limit"))
    }

    @Test("H23: time that is up while regions are looked for tells which server does not answer")
    func timeUpTellsWhyNoRegionWasFound() throws {
        let world = SimulatedClient(servers: 1)
        world.table()
        world.cluster.recoveryNanos = 60 * Self.second
        world.cluster.kill(server: 0)
        let box = Lock<RowResults?>(nil)
        world.client.get(
            GetBatch(table: HBaseTable("t"), keys: RowKeys([[65]])), timeoutNanos: 2 * Self.second
        ) { results in box.withLock { $0 = results } }
        _ = world.transport.run(withinNanos: 30 * Self.second) { box.withLock { $0 != nil } }
        let error = try #require(box.withLock { $0?.firstError })
        #expect(error.kind == .timedOut)
        let server = world.cluster.servers[0].endpoint
        #expect(error.message.contains("time is up; the last error was: "), "\(error)")
        #expect(error.message.contains("\(server)"), "\(error)")
    }

    @Test func noClusterIsSaid() throws {
        let world = SimulatedClient { $0.maxRetries = 3 }
        for keeper in world.cluster.layout.zooKeepers { world.transport.refuse(keeper, .refused) }
        let result = try #require(world.get(["a"]))
        #expect(
            result.firstError?.message.contains("ZooKeeper") == true,
            "\(String(describing: result.firstError))")
    }

    @Test func metaMovesAndDies() throws {
        let world = SimulatedClient(servers: 3)
        let table = world.table(splits: ["m"])
        #expect(try #require(world.put("a", "1")).hasErrors == false)
        world.cluster.moveMeta(to: 2)
        world.transport.run(forNanos: Self.second)
        #expect(try #require(world.put("z", "1")).hasErrors == false)
        world.cluster.kill(server: 2)
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for row in ["a", "z"] { builder.put(row, "2") }
        let result = try #require(world.mutate(builder.finish()))
        #expect(!result.hasErrors, "\(String(describing: result.firstError))")
        #expect(world.stored("z", table) == "2")
    }
}

extension ClientFaultTests {
    /// Each answer holds one result; as many answers as keys are needed, more than an operation is ever tried.
    @Test func cutResultsBringProgressAndCountNoTries() throws {
        let world = SimulatedClient { $0.maxRetries = 3 }
        world.table()
        var builder = MutationBatchBuilder(table: HBaseTable("t"))
        for number in 0..<12 { builder.put(rowName(number), "v\(number)") }
        #expect(try #require(world.mutate(builder.finish())).hasErrors == false)
        let rule = world.cluster.faults.add("cut", on: "Multi", .always, .resultTooLarge)
        let result = try #require(world.get((0..<12).map(rowName)))
        #expect(!result.hasErrors, "\(String(describing: result.firstError))")
        for number in 0..<12 { #expect(result.text(number) == "v\(number)") }
        #expect(rule.fired >= 11)
    }

    @Test func unreachableClusterFailsAfterItsRetriesAndNotAfterTheirSquare() throws {
        let world = SimulatedClient { $0.maxRetries = 6 }
        world.table()
        for keeper in world.cluster.layout.zooKeepers { world.transport.refuse(keeper, .refused) }
        let started = world.transport.now
        let result = try #require(world.get(["a"]))
        #expect(result.firstError?.kind == .network)
        #expect(world.transport.now - started < 10 * SimulatedClient.second)
    }
}
