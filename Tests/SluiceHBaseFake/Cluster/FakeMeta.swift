import SluiceNet

/// The table hbase:meta, made from the regions when it is read.
enum FakeMeta {
    static let regionName = Array("hbase:meta,,1".utf8)

    static func info() -> FakeWriter {
        var writer = FakeWriter()
        writer.uint(1, 1)
        writer.message(2) {
            $0.string(1, "hbase")
            $0.string(2, "meta")
        }
        writer.bytes(3, [])
        writer.bytes(4, [])
        writer.bool(5, false)
        writer.bool(6, false)
        writer.uint(7, 0)
        return writer
    }

    /// Rows sort by table, start key and number, not by plain bytes.
    struct Key {
        let table: ArraySlice<UInt8>
        let start: ArraySlice<UInt8>
        let id: ArraySlice<UInt8>

        init(_ row: [UInt8]) {
            let comma = UInt8(ascii: ",")
            guard let first = row.firstIndex(of: comma) else {
                (table, start, id) = (row[...], [], [])
                return
            }
            table = row[..<first]
            let rest = row[(first + 1)...]
            guard let last = rest.lastIndex(of: comma) else {
                (start, id) = (rest, [])
                return
            }
            (start, id) = (rest[..<last], rest[(last + 1)...])
        }

        static func precedes(_ a: Key, _ b: Key) -> Bool {
            if a.table != b.table { return a.table.lexicographicallyPrecedes(b.table) }
            if a.start != b.start { return a.start.lexicographicallyPrecedes(b.start) }
            return a.id.lexicographicallyPrecedes(b.id)
        }
    }

    static func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool { Key.precedes(Key(a), Key(b)) }

    /// One row: a table's state or a region.
    struct Row {
        let key: Key
        let row: [UInt8]
        let cells: () -> [FakeCell]
    }

    /// All rows in order; their cells are made when a scan comes to them.
    static func rows(of cluster: FakeHBaseCluster) -> [Row] {
        var state: [String: Int] = [:]
        for table in cluster.tables.values {
            state["\(table.name.full) \(ObjectIdentifier(table))"] = table.changes
        }
        if cluster.metaRows.state != state { cluster.metaRows = (state, newRows(of: cluster)) }
        return cluster.metaRows.rows
    }

    private static func newRows(of cluster: FakeHBaseCluster) -> [Row] {
        var rows: [Row] = []
        for table in cluster.tables.values.sorted(by: { $0.name.full < $1.name.full }) {
            let name = Array(table.name.full.utf8)
            rows.append(Row(key: Key(name), row: name) { [stateCell(of: table, name)] })
            for region in table.regions + table.parents {
                rows.append(
                    Row(key: region.metaKey, row: region.name) { [unowned cluster] in
                        cells(of: region, cluster)
                    })
            }
        }
        return rows.sorted { Key.precedes($0.key, $1.key) }
    }

    private static func stateCell(of table: FakeTable, _ name: [UInt8]) -> FakeCell {
        var state = FakeWriter()
        state.uint(1, table.state.rawValue)
        return FakeCell(
            row: name, family: Array("table".utf8), qualifier: Array("state".utf8), timestamp: 1000,
            value: state.result)
    }

    private static func cells(of region: FakeRegion, _ cluster: FakeHBaseCluster) -> [FakeCell] {
        let magic = Array("PBUF".utf8)
        var values: [(String, [UInt8])] = [("regioninfo", magic + region.info().result)]
        for (i, parent) in region.mergedFrom.enumerated() {
            values.append(("merge000\(i)", magic + parent.info().result))
        }
        if let listed = region.listedServer {
            let endpoint = cluster.servers[listed.index].endpoint
            values.append(("seqnumDuringOpen", BigEndian.bytes(region.openSequence)))
            values.append(("server", Array("\(endpoint.host):\(endpoint.port)".utf8)))
            values.append(("serverstartcode", BigEndian.bytes(listed.startCode)))
            values.append(("sn", Array("\(endpoint.host),\(endpoint.port),\(listed.startCode)".utf8)))
        }
        if let listed = region.listedServer, cluster.replicas > 0 {
            for replica in 1...cluster.replicas {
                // Other servers than that of the region itself.
                let other = cluster.servers[(listed.index + replica) % cluster.servers.count]
                let suffix = "_000\(replica)"
                values.append(
                    ("server" + suffix, Array("\(other.endpoint.host):\(other.endpoint.port)".utf8)))
                values.append(("serverstartcode" + suffix, BigEndian.bytes(other.startCode)))
                values.append(("seqnumDuringOpen" + suffix, BigEndian.bytes(region.openSequence)))
                values.append(("sn" + suffix, Array(other.serverName.utf8)))
                values.append(("state" + suffix, Array("OPEN".utf8)))
            }
        }
        for (name, daughter) in zip(["splitA", "splitB"], region.daughters) {
            values.append((name, magic + daughter.info().result))
        }
        let state =
            switch region.state {
            case .open: "OPEN"
            case .opening: "OPENING"
            case .closed: "CLOSED"
            case .split: "SPLIT"
            }
        values.append(("state", Array(state.utf8)))
        return values.map {
            FakeCell(
                row: region.name, family: Array("info".utf8), qualifier: Array($0.0.utf8), timestamp: 1000,
                value: $0.1)
        }.sorted(by: FakeCell.inOrder)
    }
}
