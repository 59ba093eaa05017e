import SluiceBase
import SluiceHBaseClient
import SluiceNet
import Synchronization
import Testing

/// A real cluster ships its edits to this process.
extension RealHBaseTests {
    /// Keeps what is shipped in memory, each entry once.
    private final class Collector: ReplicationSink {
        struct Shipped: Equatable {
            var row: String
            /// `family:qualifier`.
            var column: String
            var type: UInt8
            var timestamp: Int64
            var value: [UInt8]
        }

        struct Values {
            var window = ShipmentWindow(isSerial: true)
            var entries: [WALEntry] = []
            var repeated = 0
            /// Nothing is kept or answered.
            var isSilent = false
            var unanswered = 0
        }

        let values = Lock(Values())

        func keep(_ entries: [WALEntry], _ done: @escaping @Sendable (ShipmentVerdict) -> Void) {
            let isSilent = values.withLock { values -> Bool in
                if values.isSilent {
                    values.unanswered += entries.count
                    return true
                }
                for entry in entries {
                    if values.window.insert(entry.region, entry.sequence) {
                        values.entries.append(entry)
                    } else {
                        values.repeated += 1
                    }
                }
                return false
            }
            if !isSilent { done(.kept) }
        }

        /// Everything so far, entry by entry, row by row.
        var rows: [[Shipped]] {
            var all: [[Shipped]] = []
            for entry in values.withLock({ $0.entries }) {
                entry.cells.withUnsafeBytes { raw in
                    guard let found = try? WALRows(raw) else { return }
                    for row in 0..<found.rowCount {
                        var cells: [Shipped] = []
                        found.forEachCell(ofRow: row) { cell in
                            cells.append(
                                Shipped(
                                    row: text(cell.row),
                                    column: "\(text(cell.family)):\(text(cell.qualifier))",
                                    type: cell.type.rawValue, timestamp: cell.timestamp,
                                    value: [UInt8](cell.value)))
                        }
                        all.append(cells)
                    }
                }
            }
            return all
        }
    }

    private struct Shipping {
        let cluster: RealHBase
        let client: HBaseClient
        let admin: AdminClient
        let table: HBaseTable
        let collector: Collector
        let node: String
        let id: String

        func receive() throws -> ReplicationPeer {
            var settings = ReplicationPeer.Settings(
                quorum: cluster.quorum, node: node, advertisedHost: "127.0.0.1")
            settings.listen = Endpoint(host: "127.0.0.1", port: 0)
            let start = UInt64(SystemClock().nowMicros() / 1000)
            let peer = try ReplicationPeer(settings, startCode: start, seed: 1, sink: collector)
            try until("registered") { peer.status.isRegistered }
            return peer
        }

        func until(seconds: Int = 60, _ what: String, _ condition: () -> Bool) throws {
            for _ in 0..<seconds * 50 {
                if condition() { return }
                _ = try Subprocess.check(["sleep", "0.02"])
            }
            throw Subprocess.Failure(description: "not \(what) within \(seconds) s")
        }

        func put(_ rows: Range<Int>, _ value: String) throws {
            var builder = MutationBatchBuilder(table: table)
            for row in rows {
                builder.beginPut(utf8("row-\(1000 + row)"))
                builder.cell(family: utf8("f"), qualifier: utf8("q"), value: utf8(value))
            }
            let results: MutationResults = try wait { client.mutate(builder.finish(), $0) }
            if let error = results.firstError { throw error }
        }
    }

    private func shipping(splits: [[UInt8]] = [], _ body: (Shipping, ReplicationPeer) throws -> Void) throws {
        let cluster = try RealHBase.cluster()
        let client = try cluster.client()
        defer { client.close() }
        let admin = client.admin(seed: UInt64.random(in: 0 ... .max))
        let number = UInt32.random(in: 0...99999)
        let table = HBaseTable(name: "shipped\(number)")
        let schema = TableSchema(
            table: table, families: [FamilySchema("f"), FamilySchema("g")])
        try ask { admin.createTable(schema, splitKeys: splits, $0) } as Void
        let shipping = Shipping(
            cluster: cluster, client: client, admin: admin, table: table, collector: Collector(),
            node: "/sluice/p\(number)", id: "p\(number)")
        let changed: [[UInt8]] = try ask {
            admin.setReplicationScope(table, families: [utf8("f")], to: 1, $0)
        }
        #expect(changed == [utf8("f")])
        let peer = try shipping.receive()
        var config = ReplicationPeerConfig(
            clusterKey: peer.settings.clusterKey, tables: [.init(table: table, families: [utf8("f")])])
        config.isSerial = true
        let added: Int64? = try ask { admin.addPeer(shipping.id, config, isEnabled: false, $0) }
        #expect(added != nil)
        let known: ReplicationPeerDescription? = try ask { admin.peer(shipping.id, $0) }
        #expect(known?.isEnabled == false && known?.config == config)
        try ask { admin.enablePeer(shipping.id, $0) } as Void
        var failure: (any Error)?
        do { try body(shipping, peer) } catch { failure = error }
        try ask { admin.removePeer(shipping.id, $0) } as Void
        peer.close(removesNodes: true)
        if let failure { throw failure }
        try drop(admin, table)
    }

    /// C2: what one mutation does to a row comes as one, in order, with families out of scope cut out.
    @Test func C2_editsArriveAsTheyWereMade() throws {
        try shipping { (shipping, _) throws in
            let f = utf8("f")
            var builder = MutationBatchBuilder(table: shipping.table)
            builder.beginPut(utf8("a"))
            for (name, time) in [("x", 1000), ("y", 2000), ("z", 3000)] {
                builder.cell(
                    family: f, qualifier: utf8(name), value: utf8("v\(name)"), timestamp: Int64(time))
            }
            builder.cell(family: utf8("g"), qualifier: utf8("x"), value: utf8("not shipped"), timestamp: 1000)
            builder.beginDelete(utf8("a"))
            builder.deleteColumn(PreparedColumn(family: f, qualifier: utf8("w")), timestamp: 4000)
            #expect(!(try wait { shipping.client.mutate(builder.finish(), $0) } as MutationResults).hasErrors)
            for _ in 0..<2 {
                var counter = MutationBatchBuilder(table: shipping.table)
                counter.beginIncrement(utf8("c"))
                counter.increment(family: f, qualifier: utf8("n"), by: 5)
                #expect(
                    !(try wait { shipping.client.mutate(counter.finish(), $0) } as MutationResults).hasErrors)
            }
            var deletion = MutationBatchBuilder(table: shipping.table)
            deletion.beginDelete(utf8("a"), timestamp: 5000)
            #expect(
                !(try wait { shipping.client.mutate(deletion.finish(), $0) } as MutationResults).hasErrors)
            try shipping.until("five edits") { shipping.collector.rows.count >= 5 }
            let rows = shipping.collector.rows
            #expect(rows[0].map(\.column) == ["f:x", "f:y", "f:z"])
            #expect(rows[0].map(\.type) == [4, 4, 4])
            #expect(rows[0].map(\.timestamp) == [1000, 2000, 3000])
            #expect(rows[0].map(\.value) == [utf8("vx"), utf8("vy"), utf8("vz")])
            // Puts and deletes of a batch that is not atomic are entries of their own.
            #expect(rows[1].map(\.column) == ["f:w"] && rows[1].map(\.type) == [12])
            #expect(rows[2].map(\.value) == [[0, 0, 0, 0, 0, 0, 0, 5]])
            #expect(rows[3].map(\.value) == [[0, 0, 0, 0, 0, 0, 0, 10]])
            #expect(rows[4].map(\.type) == [14] && rows[4][0].timestamp == 5000)
            #expect(rows.count == 5)
        }
    }

    /// C1, C7: what was not acknowledged comes again to whoever listens next, and what is written meanwhile as well.
    @Test func C1_receiversComeBack() throws {
        try shipping { (shipping, peer) throws in
            try shipping.put(0..<20, "first")
            try shipping.until("20 rows") { shipping.collector.rows.count == 20 }
            shipping.collector.values.withLock { $0.isSilent = true }
            try shipping.put(20..<40, "second")
            try shipping.until("shipped") { shipping.collector.values.withLock { $0.unanswered > 0 } }
            peer.close()
            try shipping.put(40..<60, "third")
            shipping.collector.values.withLock { $0.isSilent = false }
            let next = try shipping.receive()
            defer { next.close() }
            try shipping.until("60 rows") { shipping.collector.rows.count >= 60 }
            let rows = shipping.collector.rows.map { $0[0].row }
            #expect(rows == (0..<60).map { "row-\(1000 + $0)" })
        }
    }

    /// Serial: the edits of a row come in their order while regions move and a server dies, and end where the table
    /// ends.
    @Test(.enabled(if: RealHBase.canStart)) func C7_serialEditsKeepTheirOrderOverMovesAndDeaths() throws {
        try shipping(splits: [utf8("row-1010")]) { (shipping, _) throws in
            let isOver = Atomic<Bool>(false)
            let rounds = Lock(0)
            let failure = Lock<String?>(nil)
            let worker = BlockingWorker()
            let ended = Lock(false)
            try worker.submit {
                while !isOver.load(ordering: .relaxed) {
                    let round = rounds.withLock { $0 }
                    do { try shipping.put(0..<20, "\(100_000 + round)") } catch {
                        failure.withLock { $0 = "\(error)" }
                        break
                    }
                    rounds.withLock { $0 += 1 }
                    _ = try? Subprocess.check(["sleep", "0.05"])
                }
                ended.withLock { $0 = true }
            }
            _ = try Subprocess.check(["sleep", "1"])
            _ = try? shipping.cluster.tool(lines: ["move \(shipping.table.name)"], seconds: 180)
            _ = try Subprocess.check(["sleep", "1"])
            try shipping.cluster.kill("region-server-1")
            _ = try Subprocess.check(["sleep", "9"])
            try shipping.cluster.restart("region-server-1")
            isOver.store(true, ordering: .relaxed)
            try shipping.until("written") { ended.withLock { $0 } }
            #expect(failure.withLock { $0 } == nil)
            let last = rounds.withLock { $0 }
            #expect(last > 5)
            let expected = (0..<last).map { "\(100_000 + $0)" }
            var values: [String: [String]] = [:]
            try shipping.until(seconds: 120, "all shipped") {
                values = [:]
                for row in shipping.collector.rows {
                    values[row[0].row, default: []].append(text(row[0].value))
                }
                return values.count == 20 && values.values.allSatisfy { $0.last == expected.last }
            }
            for row in 0..<20 {
                // A put whose answer was lost is made again by the client, and is an edit of its own.
                var found: [String] = []
                for value in values["row-\(1000 + row)"] ?? [] where found.last != value {
                    found.append(value)
                }
                #expect(found == expected, "row \(row)")
            }
        }
    }
}
