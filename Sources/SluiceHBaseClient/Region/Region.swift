/// A region as the client knows it, and the operations that wait to be sent to it. A region that moved is
/// another object: an answer or error that comes late touches only the object that it belongs to.
final class Region {
    let location: RegionLocation
    let startKey: [UInt8]
    let endKey: [UInt8]
    /// Of `RegionMeter`.
    let meterKey: UInt64
    let server: ServerState
    unowned let table: TableState
    /// The location comes from an exception and was not read from `hbase:meta`.
    let isHint: Bool
    var queue = OperationQueue()
    /// When the location was found.
    let foundAt: Int64
    /// In the server's list of regions that have something to send.
    var isReady = false
    /// Nothing is sent to it before this time.
    var pausedUntil: Int64 = 0
    /// Only operations that wait for their rows are left.
    var isBlocked = false
    /// False once the location was dropped.
    var isCurrent = true

    init(
        _ location: RegionLocation, server: ServerState, table: TableState, isHint: Bool = false,
        foundAt: Int64 = 0
    ) {
        self.location = location
        startKey = location.region.startKey
        endKey = location.region.endKey
        meterKey = location.meterKey
        self.server = server
        self.table = table
        self.isHint = isHint
        self.foundAt = foundAt
    }
}
