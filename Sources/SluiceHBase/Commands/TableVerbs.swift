import SluiceBase
import SluiceTableStore

/// What the command line does with tables, on either store. Everything waits until it is done.
protocol TableVerbs: Sendable {
    /// Where the tables are, for messages.
    var place: String { get }
    /// What a CREATE TABLE of such a table says besides the name, as in `, 'zookeeper.quorum' = 'h:2181'`.
    var ddlOptions: String { get }

    func tables() throws(SQLError) -> [HBaseTableName]
    func families(_ table: HBaseTableName) throws(SQLError) -> [TableFamily]
    func create(_ table: HBaseTableName, _ families: [FamilyRequest], splits: [[UInt8]]) throws(SQLError)
    /// Adds families that are not there, sets what is given of those that are, and removes the dropped ones.
    func alter(_ table: HBaseTableName, _ changed: [FamilyRequest], dropped: [String]) throws(SQLError)
    func drop(_ table: HBaseTableName) throws(SQLError)
    func truncate(_ table: HBaseTableName) throws(SQLError)
    /// Cells kept and removed, where that is known.
    func compact(_ table: HBaseTableName) throws(SQLError) -> (kept: Int, removed: Int)?

    /// The new values of increments, in order.
    func mutate(_ table: HBaseTableName, _ mutation: Mutation) throws(SQLError) -> [StoredCell]
    func get(_ table: HBaseTableName, _ row: [UInt8], _ options: ReadOptions) throws(SQLError) -> StoredRow?
    /// At most `limit` rows, in order.
    func scan(
        _ table: HBaseTableName, _ range: ScanRange, _ options: ReadOptions, limit: Int,
        _ body: (StoredRow) throws(SQLError) -> Void
    ) throws(SQLError)
    /// The regions, in key order; the embedded store has none.
    func regions(_ table: HBaseTableName?) throws(SQLError) -> [HBaseRegionInfo]
    /// The region servers; the embedded store has none.
    func servers() throws(SQLError) -> [HBaseServerInfo]
}

/// A family and its attributes as the store names them.
struct TableFamily: Sendable {
    var name: String
    var attributes: [(name: String, value: String)]
}

/// A family to be made: checked, and with what was asked for in so many words.
struct FamilyRequest: Sendable {
    var descriptor: HBaseFamilyDescriptor
    var given: [(name: String, value: String)] = []
}

/// What both stores say of an ALTER.
enum AlterRequest {
    static func missing(_ family: String, _ table: HBaseTableName, _ known: [String]) -> SQLError {
        SQLError(
            .tableStore, "table \"\(table)\" has no column family \"\(family)\"",
            hint: "its families: \(known.joined(separator: ", "))")
    }
}

/// A region of a table, for SHOW HBASE REGIONS. Counts are nil where the server does not tell them.
public struct HBaseRegionInfo: Sendable {
    public var table: String
    public var name: String
    public var startKey: [UInt8]
    public var endKey: [UInt8]
    public var server: String
    public var state: String
    public var storeMegabytes: Int64?
    public var memstoreMegabytes: Int64?
    public var readRequests: Int64?
    public var writeRequests: Int64?
    /// Families.
    public var stores: Int64?
    public var storeFiles: Int64?
    /// 0 to 1: the share of its bytes that are on its server.
    public var locality: Double?

    public init(
        table: String, name: String, startKey: [UInt8], endKey: [UInt8], server: String, state: String
    ) {
        self.table = table
        self.name = name
        self.startKey = startKey
        self.endKey = endKey
        self.server = server
        self.state = state
    }
}

extension HBaseRegionInfo {
    /// Bytes that are no printable ASCII as `\xNN`.
    public var startText: String { HBaseBytes.printable(startKey) }
    public var endText: String { HBaseBytes.printable(endKey) }
}
