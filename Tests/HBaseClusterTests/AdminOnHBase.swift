import SluiceBase
import SluiceHBaseClient
import Testing

/// Administration of a real cluster, checked with HBase's own tool where it is ours.
extension RealHBaseTests {
    @Test func namespacesAndTablesComeAndGo() throws {
        let cluster = try RealHBase.cluster()
        let client = try cluster.client()
        defer { client.close() }
        let admin = client.admin(seed: UInt64.random(in: 0 ... .max))
        let space = "space\(UInt32.random(in: 0 ... 9999))"
        try ask { admin.createNamespace(NamespaceDescriptor(name: space), $0) } as Void
        let names: [NamespaceDescriptor] = try ask { admin.namespaces($0) }
        #expect(names.map(\.name).contains(space) && names.map(\.name).contains("default"))
        #expect(try failure { admin.createNamespace(NamespaceDescriptor(name: space), $0) } != nil)

        let table = HBaseTable(namespace: space, name: "t")
        var schema = TableSchema(
            table: table, families: [FamilySchema("f", ["VERSIONS": "3"]), FamilySchema("g")])
        schema["DURABILITY"] = "ASYNC_WAL"
        let keys = ["b", "m"].map { utf8($0) }
        try ask { admin.createTable(schema, splitKeys: keys, $0) } as Void
        #expect(try failure { admin.createTable(schema, $0) }?.kind == .tableExists)
        let listed: [HBaseTable] = try ask { admin.tables(namespace: space, $0) }
        #expect(listed == [table])
        #expect(try ask { admin.state(of: table, $0) } == TableStateKind.enabled)
        let described: TableSchema = try ask { admin.describe(table, $0) }
        #expect(described.families.map { text($0.name) } == ["f", "g"])
        #expect(described.families[0]["VERSIONS"] == "3" && described["DURABILITY"] == "ASYNC_WAL")
        let regions: [RegionLocation] = try ask { admin.regions(of: table, $0) }
        #expect(regions.map { text($0.region.startKey) } == ["", "b", "m"])
        if cluster.folder != nil { #expect(try cluster.tool("describe", "\(table)").contains("VERSIONS")) }

        try ask { admin.alterTable(table, { $0.families[0]["VERSIONS"] = "5" }, $0) } as Void
        let altered: TableSchema = try ask { admin.describe(table, $0) }
        #expect(altered.families[0]["VERSIONS"] == "5")

        #expect(try failure { admin.deleteTable(table, $0) } != nil)
        try ask { admin.disableTable(table, $0) } as Void
        #expect(try ask { admin.state(of: table, $0) } == TableStateKind.disabled)
        #expect(try failure { admin.disableTable(table, $0) }?.kind == .tableNotEnabled)
        try ask { admin.enableTable(table, $0) } as Void
        try ask { admin.disableTable(table, $0) } as Void
        try ask { admin.deleteTable(table, $0) } as Void
        #expect(try failure { admin.state(of: table, $0) }?.kind == .tableNotFound)
        #expect(try failure { admin.describe(table, $0) }?.kind == .tableNotFound)
        try ask { admin.deleteNamespace(space, $0) } as Void
    }

    @Test func splitKeysAreCheckedBeforeTheyAreSent() throws {
        let client = try RealHBase.cluster().client()
        defer { client.close() }
        let admin = client.admin(seed: 1)
        let schema = TableSchema(table: HBaseTable(name: "never"), families: [FamilySchema("f")])
        for keys in [["b", "a"], ["a", "a"], ["", "a"]] {
            let error = try failure { admin.createTable(schema, splitKeys: keys.map { utf8($0) }, $0) }
            #expect(error?.kind == .refused)
        }
        let none = TableSchema(table: HBaseTable(name: "never"), families: [])
        #expect(try failure { admin.createTable(none, $0) }?.kind == .refused)
    }

    @Test func regionsSplitMergeMoveAndFlush() throws {
        let cluster = try RealHBase.cluster()
        let client = try cluster.client()
        defer { client.close() }
        let admin = client.admin(seed: UInt64.random(in: 0 ... .max))
        let table = HBaseTable(name: "regions\(UInt32.random(in: 0 ... 9999))")
        let schema = TableSchema(table: table, families: [FamilySchema("f")])
        try ask { admin.createTable(schema, splitKeys: [rowKey(300), rowKey(400)], $0) } as Void
        try fill(client, table, rows: 500, bytes: 10)
        try ask { admin.flush(table, $0) } as Void
        try ask { admin.compact(table, isMajor: true, $0) } as Void
        let whole: [RegionLocation] = try ask { admin.regions(of: table, $0) }
        try ask { admin.split(whole[0].region, at: rowKey(200), $0) } as Void
        let halves: [RegionLocation] = try ask { admin.regions(of: table, $0) }
        #expect(halves.map(\.region.startKey) == [[], rowKey(200), rowKey(300), rowKey(400)])
        let status: ClusterStatus = try ask { admin.clusterStatus($0) }
        #expect(status.master != nil && !status.servers.isEmpty && status.hbaseVersion?.isEmpty == false)
        if let other = status.servers.first(where: { $0.port != halves[2].server.port }) {
            try ask { admin.move(halves[2], to: other, $0) } as Void
            let moved: [RegionLocation] = try ask { admin.regions(of: table, $0) }
            #expect(moved[2].server.port == other.port)
        }
        #expect(try scanned(client, TableScanSpec(table: table)).count == 500)
        // Daughters hold references until they are compacted, and cannot be merged before.
        try ask { admin.merge(Array(halves[2...3]), $0) } as Void
        let merged: [RegionLocation] = try ask { admin.regions(of: table, $0) }
        #expect(merged.map(\.region.startKey) == [[], rowKey(200), rowKey(300)])
        #expect(try scanned(client, TableScanSpec(table: table)).count == 500)
        try ask { admin.disableTable(table, $0) } as Void
        try ask { admin.truncateTable(table, $0) } as Void
        #expect(try scanned(client, TableScanSpec(table: table)).isEmpty)
        try drop(admin, table)
    }

    func drop(_ admin: AdminClient, _ table: HBaseTable) throws {
        try ask { admin.disableTable(table, $0) } as Void
        try ask { admin.deleteTable(table, $0) } as Void
    }

    func rowKey(_ number: Int) -> [UInt8] { utf8("r\(String(1_000_000 + number).dropFirst())") }

    /// Rows of three cells, of which one has so many bytes.
    func fill(_ client: HBaseClient, _ table: HBaseTable, rows: Int, bytes: Int) throws {
        let value = [UInt8](repeating: 7, count: bytes)
        for start in stride(from: 0, to: rows, by: 2000) {
            var builder = MutationBatchBuilder(table: table)
            for number in start..<min(start + 2000, rows) {
                builder.beginPut(rowKey(number))
                builder.cell(
                    family: utf8("f"), qualifier: utf8("n"), value: utf8("\(number % 100)"), timestamp: 1)
                builder.cell(family: utf8("f"), qualifier: utf8("v"), value: value, timestamp: 1)
                if number % 2 == 0 {
                    builder.cell(family: utf8("f"), qualifier: utf8("x"), value: [], timestamp: 1)
                }
            }
            let results: MutationResults = try wait { client.mutate(builder.finish(), $0) }
            if let error = results.firstError { throw error }
        }
    }

    struct ScannedRow: Equatable {
        var key: [UInt8]
        var cells: Int
    }

    /// All rows of a scan; `between` is called after each block.
    func scanned(
        _ client: HBaseClient, _ spec: TableScanSpec, between: (Int) throws -> Void = { _ in }
    ) throws -> [ScannedRow] {
        let scan = client.scan(spec)
        var rows: [ScannedRow] = []
        var blocks = 0
        while let block: ScanBlock = try ask({ scan.next($0) }) {
            var counts = [Int](repeating: 0, count: block.count)
            try block.forEachCell { row, _ in counts[row] += 1 }
            for row in 0..<block.count {
                rows.append(ScannedRow(key: try block.rowKey(row), cells: counts[row]))
            }
            blocks += 1
            try between(blocks)
        }
        #expect(scan.position == .finished)
        return rows
    }
}
