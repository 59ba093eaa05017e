public import SluiceBase

/// A column family with HBase's attributes.
public struct HBaseFamilyDescriptor: Sendable, Equatable {
    public enum KeepDeletedCells: String, Sendable {
        case off = "FALSE"
        case on = "TRUE"
        case ttl = "TTL"
    }

    public let name: String
    /// How many versions of a cell are kept.
    public var versions: Int = 1
    /// How many versions outlive `timeToLive`.
    public var minVersions: Int = 0
    /// Seconds; nil is forever.
    public var timeToLive: Int?
    public var keepDeletedCells: KeepDeletedCells = .off
    /// 1: edits go into the table's edit log.
    public var replicationScope: Int = 1
    /// Attributes of HBase that mean nothing to this store, kept as they were given.
    public private(set) var others: [String: String] = [:]

    static let forever = 2_147_483_647

    public init(_ name: String) throws(SQLError) {
        let bytes = Array(name.utf8)
        let isPrintable = bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A && $0 != 0x2F }
        guard isPrintable, let first = bytes.first, first != 0x2E, bytes.count <= 127 else {
            throw SQLError(
                .tableStore, "\"\(name)\" is no family name",
                hint: "1 to 127 printable ASCII characters without \":\" and \"/\", not starting with \".\"")
        }
        self.name = name
    }

    public var nameBytes: [UInt8] { Array(name.utf8) }

    /// Sets an attribute by its HBase name, such as `VERSIONS`.
    public mutating func set(_ attribute: String, to text: String) throws(SQLError) {
        switch attribute.uppercased() {
        case "VERSIONS": versions = try number(attribute, text, 1...forever)
        case "MIN_VERSIONS": minVersions = try number(attribute, text, 0...forever)
        case "REPLICATION_SCOPE": replicationScope = try number(attribute, text, 0...1)
        case "TTL":
            if text.uppercased() == "FOREVER" {
                timeToLive = nil
                return
            }
            let seconds = try number(attribute, text, 1...forever)
            timeToLive = seconds == forever ? nil : seconds
        case "KEEP_DELETED_CELLS":
            guard let value = KeepDeletedCells(rawValue: text.uppercased()) else {
                throw refused(attribute, text, "TRUE, FALSE or TTL")
            }
            keepDeletedCells = value
        case "BLOOMFILTER", "COMPRESSION", "DATA_BLOCK_ENCODING", "BLOCKSIZE", "IN_MEMORY", "BLOCKCACHE":
            others[attribute.uppercased()] = text
        default:
            throw SQLError(
                .tableStore, "\"\(attribute)\" is no attribute of a family",
                hint: "VERSIONS, MIN_VERSIONS, TTL, KEEP_DELETED_CELLS, REPLICATION_SCOPE")
        }
    }

    private var forever: Int { Self.forever }

    private func number(
        _ attribute: String, _ text: String, _ range: ClosedRange<Int>
    ) throws(SQLError) -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw refused(attribute, text, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private func refused(_ attribute: String, _ text: String, _ wanted: String) -> SQLError {
        SQLError(.tableStore, "\"\(text)\" is no value of \(attribute.uppercased())", hint: "give \(wanted)")
    }

    /// The attributes by their HBase names, in a fixed order.
    public var attributes: [(name: String, value: String)] {
        var list: [(name: String, value: String)] = [
            ("VERSIONS", String(versions)),
            ("MIN_VERSIONS", String(minVersions)),
            ("TTL", timeToLive.map { String($0) } ?? "FOREVER"),
            ("KEEP_DELETED_CELLS", keepDeletedCells.rawValue),
            ("REPLICATION_SCOPE", String(replicationScope)),
        ]
        for (name, value) in others.sorted(by: { $0.key < $1.key }) { list.append((name, value)) }
        return list
    }

    var rules: FamilyRules {
        FamilyRules(
            versions: versions, minVersions: minVersions,
            timeToLiveMillis: timeToLive.map { Int64($0) * 1000 },
            keepsDeletedCells: keepDeletedCells != .off)
    }
}

/// The part of a family that decides what a reader sees.
struct FamilyRules: Sendable {
    var versions = 1
    var minVersions = 0
    var timeToLiveMillis: Int64?
    var keepsDeletedCells = false
}

/// A table with its families, which are in byte order.
public struct HBaseTableDescriptor: Sendable, Equatable {
    public let name: HBaseTableName
    public let families: [HBaseFamilyDescriptor]

    public init(name: HBaseTableName, families: [HBaseFamilyDescriptor]) throws(SQLError) {
        guard !families.isEmpty else {
            throw SQLError(.tableStore, "the table \"\(name)\" needs at least one column family")
        }
        let sorted = families.sorted { compareBytes($0.nameBytes, $1.nameBytes) < 0 }
        for (left, right) in zip(sorted, sorted.dropFirst()) where left.name == right.name {
            throw SQLError(.tableStore, "the family \"\(left.name)\" is given twice")
        }
        self.name = name
        self.families = sorted
    }
}
