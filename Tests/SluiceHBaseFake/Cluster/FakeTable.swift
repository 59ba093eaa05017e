/// A table's name in its two parts.
public struct FakeTableName: Hashable, Sendable {
    public var namespace: String
    public var qualifier: String

    public init(_ qualifier: String, namespace: String = "default") {
        self.namespace = namespace
        self.qualifier = qualifier
    }

    /// As region names have it.
    public var full: String { namespace == "default" ? qualifier : "\(namespace):\(qualifier)" }
}

/// A column family with the attributes that a client gave.
public struct FakeFamily: Sendable {
    public var name: String
    public var attributes: [(String, String)]

    public init(_ name: String, versions: Int = 1) {
        self.name = name
        attributes = [("VERSIONS", "\(versions)")]
    }

    init(name: String, attributes: [(String, String)]) {
        self.name = name
        self.attributes = attributes
    }

    var versions: Int {
        attributes.last { $0.0 == "VERSIONS" }.flatMap { Int($0.1) } ?? 1
    }
}

/// A table: its schema, its regions and all its rows. Regions are ranges of the one store, so moving, splitting and
/// merging them moves no cell.
public final class FakeTable {
    public enum State: UInt64 { case enabled = 0, disabled, disabling, enabling }

    public let name: FakeTableName
    public var families: [FakeFamily]
    public var attributes: [(String, String)] = []
    public var state = State.enabled
    /// Those that serve, ordered by start key; they cover every key once.
    public internal(set) var regions: [FakeRegion] = [] { didSet { changes += 1 } }
    /// Split parents that meta still lists.
    public internal(set) var parents: [FakeRegion] = [] { didSet { changes += 1 } }
    /// How often the regions changed.
    private(set) var changes = 0
    public internal(set) var store = FakeStore()

    init(name: FakeTableName, families: [FakeFamily]) {
        self.name = name
        self.families = families
    }

    func family(_ name: [UInt8]) -> FakeFamily? { families.first { Array($0.name.utf8) == name } }

    func region(of row: [UInt8]) -> FakeRegion? {
        var low = 0
        var high = regions.count
        while low < high {
            let middle = (low + high) / 2
            if bytesPrecede(row, regions[middle].start) { high = middle } else { low = middle + 1 }
        }
        return low > 0 ? regions[low - 1] : nil
    }
}

/// A range of a table's rows, served by one server at a time.
public final class FakeRegion {
    public enum State: Sendable { case open, opening, closed, split }

    public unowned let table: FakeTable
    public let id: Int64
    public let start: [UInt8]
    public let end: [UInt8]
    public let name: [UInt8]
    public let encodedName: String
    let metaKey: FakeMeta.Key
    public internal(set) var state = State.closed
    /// The server that has it (open or opening).
    public internal(set) var server: Int?
    /// What meta says: index and start code of a server; nil: no server.
    var listedServer: (index: Int, startCode: Int64)?
    var openSequence: UInt64 = 2
    /// Where a former server of it says that it went.
    var hints: [Int: Int] = [:]
    var daughters: [FakeRegion] = []
    var mergedFrom: [FakeRegion] = []
    var inTransition = false
    /// What its server tells the master.
    public var load = FakeRegionLoad()

    init(table: FakeTable, id: Int64, start: [UInt8], end: [UInt8]) {
        self.table = table
        self.id = id
        self.start = start
        self.end = end
        let prefix = Array("\(table.name.full),".utf8) + start + Array(",\(id)".utf8)
        encodedName = md5Hex(prefix)
        name = prefix + Array(".\(encodedName).".utf8)
        metaKey = FakeMeta.Key(name)
    }

    func contains(_ row: [UInt8]) -> Bool {
        !bytesPrecede(row, start) && (end.isEmpty || bytesPrecede(row, end))
    }

    /// The message RegionInfo.
    func info() -> FakeWriter {
        var writer = FakeWriter()
        writer.uint(1, UInt64(id))
        writer.message(2) {
            $0.string(1, table.name.namespace)
            $0.string(2, table.name.qualifier)
        }
        writer.bytes(3, start)
        writer.bytes(4, end)
        writer.bool(5, state == .split)
        writer.bool(6, state == .split)
        writer.uint(7, 0)
        return writer
    }

    public var printedName: String { String(decoding: name, as: UTF8.self) }
}

/// The message RegionLoad, as far as anybody reads it.
public struct FakeRegionLoad: Sendable {
    public var stores: UInt64 = 1
    public var storeFiles: UInt64 = 1
    public var storeMegabytes: UInt64 = 100
    public var memstoreMegabytes: UInt64 = 1
    public var reads: UInt64 = 0
    public var writes: UInt64 = 0
    public var locality: Float = 1

    public init(
        storeFiles: UInt64 = 1, storeMegabytes: UInt64 = 100, memstoreMegabytes: UInt64 = 1,
        reads: UInt64 = 0,
        locality: Float = 1
    ) {
        self.storeFiles = storeFiles
        self.storeMegabytes = storeMegabytes
        self.memstoreMegabytes = memstoreMegabytes
        self.reads = reads
        self.locality = locality
    }

    func message(_ region: [UInt8]) -> FakeWriter {
        var writer = FakeWriter()
        writer.message(1) {
            $0.uint(1, 1)
            $0.bytes(2, region)
        }
        writer.uint(2, stores)
        writer.uint(3, storeFiles)
        writer.uint(5, storeMegabytes)
        writer.uint(6, memstoreMegabytes)
        writer.uint(8, reads)
        writer.uint(9, writes)
        writer.float(16, locality)
        return writer
    }
}
