/// The calls of a cluster that bulk loading needs, for one table. They block, for minutes if need be.
public protocol BulkLoadService: Sendable {
    /// The table's regions, in the order of their keys.
    func regions() throws(HBaseError) -> [RowRange]
    /// The table's families with their settings; empty where they cannot be told, as to a user who may not read them.
    func families() throws(HBaseError) -> [FamilySchema]
    /// The server makes a folder to move files through; its name is the token of the load.
    func prepare() throws(HBaseError) -> String
    /// Makes files part of regions. False for a request whose region refused its files, or is no longer there.
    func load(_ requests: [BulkLoadRequest], token: String) -> [Result<Bool, HBaseError>]
    func cleanUp(token: String) throws(HBaseError)
}

extension BulkLoadService {
    public func families() throws(HBaseError) -> [FamilySchema] { [] }
}

/// Files for one region, all of which lie in the range of rows.
public struct BulkLoadRequest: Sendable {
    public var rows: RowRange
    /// Paths as the servers see them.
    public var files: [BulkLoadHFileRequest.File]

    public init(rows: RowRange, files: [BulkLoadHFileRequest.File]) {
        self.rows = rows
        self.files = files
    }
}
