import SluiceBase
import SluiceHBaseClient
import Testing

/// Scans of a real cluster.
extension RealHBaseTests {
    /// A table of 6000 rows in three regions.
    func withScanTable(
        _ body: (RealHBase, HBaseClient, AdminClient, HBaseTable) throws -> Void
    ) throws {
        let cluster = try RealHBase.cluster()
        let client = try cluster.client()
        defer { client.close() }
        let admin = client.admin(seed: UInt64.random(in: 0 ... .max))
        let table = HBaseTable(name: "scans\(UInt32.random(in: 0 ... 99999))")
        let schema = TableSchema(table: table, families: [FamilySchema("f"), FamilySchema("g")])
        try ask { admin.createTable(schema, splitKeys: [rowKey(1000), rowKey(4000)], $0) } as Void
        try fill(client, table, rows: 6000, bytes: 100)
        try body(cluster, client, admin, table)
        try drop(admin, table)
    }

    func expected(_ numbers: some Sequence<Int>, cells: Int? = nil) -> [ScannedRow] {
        numbers.map { ScannedRow(key: rowKey($0), cells: cells ?? ($0 % 2 == 0 ? 3 : 2)) }
    }

    @Test func scansGiveEveryRowOnce() throws {
        try withScanTable { (_, client, _, table) throws in
            var spec = TableScanSpec(table: table)
            #expect(try scanned(client, spec) == expected(0..<6000))
            spec.blockBytes = 20_000
            #expect(try scanned(client, spec) == expected(0..<6000))
            spec.rowsPerBlock = 37
            #expect(try scanned(client, spec) == expected(0..<6000))
            spec.startRow = rowKey(999)
            spec.stopRow = rowKey(4000)
            #expect(try scanned(client, spec) == expected(999..<4000))
            spec.includesStartRow = false
            spec.includesStopRow = true
            #expect(try scanned(client, spec) == expected(1000...4000))
            for limit in [1, 2, 36, 37, 38, 75, 1500] {
                spec.limit = Int64(limit)
                #expect(try scanned(client, spec) == expected(1000..<1000 + limit), "limit \(limit)")
            }
            spec.readType = .automatic
            spec.rowsPerBlock = nil
            spec.blockBytes = 2 << 20
            #expect(try scanned(client, spec) == expected(1000..<2500))
        }
    }

    @Test func scansRunBackwardsAndWithPackedCells() throws {
        try withScanTable { (cluster, plain, _, table) throws in
            var settings = plain.settings
            settings.cellBlockCompression = .gzip
            let packed = try HBaseClient(settings)
            defer { packed.close() }
            settings.cellBlockCompression = .zlib
            let deflated = try HBaseClient(settings)
            defer { deflated.close() }
            for client in [plain, packed, deflated] {
                var spec = TableScanSpec(table: table)
                #expect(try scanned(client, spec) == expected(0..<6000))
                spec.isReversed = true
                #expect(try scanned(client, spec) == expected(0..<6000).reversed())
                spec.rowsPerBlock = 701
                #expect(try scanned(client, spec) == expected(0..<6000).reversed())
                spec.startRow = rowKey(4000)
                spec.stopRow = rowKey(999)
                #expect(try scanned(client, spec) == expected(1000..<4001).reversed())
                spec.includesStartRow = false
                spec.includesStopRow = true
                #expect(try scanned(client, spec) == expected(999..<4000).reversed())
                spec.limit = 3002
                #expect(try scanned(client, spec).count == 3001)
                try fill(client, table, rows: 100, bytes: 100)
            }
            let bytes: (HBaseClient) throws -> UInt64 = { (client) throws in
                let metrics: ClientMetrics = try wait { client.metrics($0) }
                return metrics.servers.values.reduce(0) { $0 + $1.bytesReceived }
            }
            #expect(try bytes(packed) * 3 < bytes(plain))
            #expect(try bytes(deflated) * 3 < bytes(plain))
        }
    }

    @Test func rawScansShowDeleteMarkers() throws {
        try withScanTable { (_, client, _, table) throws in
            var builder = MutationBatchBuilder(table: table)
            builder.beginDelete(rowKey(10))
            builder.deleteFamily(utf8("f"))
            let results: MutationResults = try wait { client.mutate(builder.finish(), $0) }
            #expect(results.firstError == nil)
            var spec = TableScanSpec(table: table, read: ReadSpec(maxVersions: 10))
            spec.startRow = rowKey(10)
            spec.stopRow = rowKey(11)
            let visible = try scanned(client, spec).first?.cells ?? 0
            spec.isRaw = true
            #expect((try scanned(client, spec).first?.cells ?? 0) > visible + 1)
        }
    }

    @Test func scansResumeFromAPosition() throws {
        try withScanTable { (_, client, _, table) throws in
            var spec = TableScanSpec(table: table)
            spec.rowsPerBlock = 700
            var rows: [ScannedRow] = []
            var turns = 0
            while turns < 100 {
                turns += 1
                let scan = client.scan(spec)
                guard let block: ScanBlock = try ask({ scan.next($0) }) else { break }
                for row in 0..<block.count { rows.append(ScannedRow(key: try block.rowKey(row), cells: 0)) }
                spec = spec.resumed(at: scan.position)
                scan.cancel()
                #expect(try failure { scan.next($0) }?.kind == .cancelled)
            }
            #expect(rows == expected(0..<6000, cells: 0))
        }
    }

    /// Rows far larger than a block come in parts and are joined.
    @Test func largeRowsAreJoined() throws {
        let cluster = try RealHBase.cluster()
        let client = try cluster.client()
        defer { client.close() }
        let admin = client.admin(seed: UInt64.random(in: 0 ... .max))
        let table = HBaseTable(name: "wide\(UInt32.random(in: 0 ... 99999))")
        try ask { admin.createTable(TableSchema(table: table, families: [FamilySchema("f")]), $0) } as Void
        for row in 0..<4 {
            var builder = MutationBatchBuilder(table: table)
            builder.beginPut(rowKey(row))
            for column in 0..<200 {
                builder.cell(
                    family: utf8("f"), qualifier: utf8("c\(1000 + column)"),
                    value: [UInt8](repeating: UInt8(row), count: 5000), timestamp: 5)
            }
            let results: MutationResults = try wait { client.mutate(builder.finish(), $0) }
            #expect(!results.hasErrors)
        }
        var spec = TableScanSpec(table: table)
        spec.blockBytes = 64_000
        #expect(try scanned(client, spec) == expected(0..<4, cells: 200))
        spec.limit = 3
        #expect(try scanned(client, spec) == expected(0..<3, cells: 200))
        try drop(admin, table)
    }

    @Test func filtersRunOnTheServer() throws {
        try withScanTable { (_, client, _, table) throws in
            func rows(_ filter: Filter, columns: [ReadSpec.Column] = []) throws -> [ScannedRow] {
                let read = ReadSpec(columns: columns, cacheBlocks: false, filter: filter.encoded())
                return try scanned(client, TableScanSpec(table: table, read: read))
            }
            let f = utf8("f")
            let n = utf8("n")
            let equal = Filter.singleColumnValue(family: f, qualifier: n, .equal, .binary(utf8("42")))
            #expect(try rows(equal) == expected(stride(from: 42, to: 6000, by: 100)))
            #expect(
                try rows(.columnValue(family: f, qualifier: n, .equal, .binary(utf8("42"))))
                    == expected(stride(from: 42, to: 6000, by: 100), cells: 1))
            let missing = Filter.singleColumnValue(
                family: f, qualifier: utf8("x"), .equal, .binary([]), dropsIfMissing: true)
            #expect(try rows(missing).count == 3000)
            #expect(try rows(.prefix(utf8("r0010"))) == expected(1000..<1100))
            #expect(
                try rows(.list(.all, [.prefix(utf8("r0010")), .firstKeyOnly, .keyOnly()]))
                    == expected(1000..<1100, cells: 1))
            let ranges: [Filter.RowRange] = [
                .init(start: rowKey(10), stop: rowKey(12)),
                .init(start: rowKey(3999), includesStart: false, stop: rowKey(4001), includesStop: true),
            ]
            #expect(try rows(.rowRanges(ranges)) == expected([10, 11, 4000, 4001]))
            #expect(try rows(.row(.greaterOrEqual, .binary(rowKey(5998)))) == expected([5998, 5999]))
            #expect(try rows(.row(.equal, .regularExpression("r00[0]+7$"))) == expected([7]))
            #expect(try rows(.list(.any, [.row(.equal, .binary(rowKey(3))), equal])).count == 61)
            #expect(try rows(.qualifier(.equal, .binary(n))).allSatisfy { $0.cells == 1 })
            #expect(try rows(.value(.equal, .substring("99"))).count == 60)
            #expect(try rows(.family(.equal, .binary(utf8("g")))).isEmpty)
            #expect(try rows(.columnPrefix(n)).count == 6000)
            #expect(try rows(.columnRange(from: n, to: utf8("v"))).allSatisfy { $0.cells == 1 })
            #expect(try rows(.inclusiveStop(rowKey(3))) == expected(0...3) + [])
            #expect(try rows(.timestamps([2])).isEmpty)
            #expect(try rows(.skip(.value(.notEqual, .binary(utf8("7"))))).count == 5940)
            #expect(
                try rows(.whileMatch(.row(.notEqual, .binary(rowKey(2))))).prefix(2) == expected(0..<2)[...])
            #expect(try rows(.page(2)).count == 6)
            var narrow = TableScanSpec(table: table)
            narrow.read.columns = [ReadSpec.Column(family: f, qualifiers: [utf8("v")])]
            #expect(try scanned(client, narrow) == expected(0..<6000, cells: 1))
            let unknown = TableScanSpec(
                table: table, read: ReadSpec(columns: [ReadSpec.Column(family: utf8("nope"))]))
            let scan = client.scan(unknown)
            #expect(try failure { scan.next($0) }?.kind == .noSuchColumnFamily)
            let absent = client.scan(TableScanSpec(table: HBaseTable(name: "no-such-table")))
            #expect(try failure { absent.next($0) }?.kind == .tableNotFound)
        }
    }

    @Test func scansSurviveSplitsMovesAndMerges() throws {
        try withScanTable { (_, client, admin, table) throws in
            var spec = TableScanSpec(table: table)
            spec.rowsPerBlock = 400
            let rows = try scanned(client, spec) { block in
                let regions: [RegionLocation] = try ask { admin.regions(of: table, $0) }
                switch block {
                case 1: try ask { admin.merge(Array(regions[0...1]), $0) } as Void
                case 4: try ask { admin.move(regions[0], $0) } as Void
                case 6: try ask { admin.move(regions[1], $0) } as Void
                case 11: try ask { admin.split(regions[1].region, at: rowKey(5100), $0) } as Void
                default: break
                }
            }
            #expect(rows == expected(0..<6000))
        }
    }

    @Test(.enabled(if: RealHBase.canStart)) func scansSurviveTheLossOfAServer() throws {
        let cluster = try RealHBase.cluster()
        guard cluster.folder != nil else { return }
        try withScanTable { (cluster, client, _, table) throws in
            var spec = TableScanSpec(table: table)
            spec.rowsPerBlock = 300
            let rows = try scanned(client, spec) { block in
                if block == 3 { try cluster.kill("region-server-1") }
            }
            #expect(rows == expected(0..<6000))
            try cluster.restart("region-server-1")
        }
    }
}
