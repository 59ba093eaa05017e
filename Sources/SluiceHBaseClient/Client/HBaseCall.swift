public import SluiceNet

/// A call of one method of one service, for what is no batch: scanners, administration.
public struct HBaseCall: Sendable {
    public enum Service: String, Sendable, Hashable {
        case client = "ClientService"
        case admin = "AdminService"
        case master = "MasterService"
        case clientMeta = "ClientMetaService"
    }

    public enum Target: Sendable, Hashable {
        /// The server of the region that holds the row.
        case region(HBaseTable, row: [UInt8])
        /// The server of the region that holds what lies just before the row; an empty row: of the last region.
        case regionBefore(HBaseTable, row: [UInt8])
        case server(Endpoint)
        /// The active master.
        case master
    }

    /// The row by which a region is to be found, of calls that go to one.
    var place: (table: HBaseTable, row: [UInt8], isBefore: Bool)? {
        switch target {
        case .region(let table, let row): return (table, row, false)
        case .regionBefore(let table, let row): return (table, row, true)
        case .server, .master: return nil
        }
    }

    public var service: Service
    public var method: StaticString
    public var target: Target
    /// The request's message; the location is given for the target `region`. Called for every try, on the
    /// loop thread.
    public var message: @Sendable (RegionLocation?) -> [UInt8]
    /// A cell block to follow the message.
    public var cells: [UInt8] = []
    /// For one try; nil: the client's RPC timeout.
    public var timeoutNanos: Int64?
    /// For all tries; nil: the client's operation timeout.
    public var operationTimeoutNanos: Int64?
    /// False: the first failure is final. True: tried again as the rules of exceptions say, where it goes to
    /// a region after looking that up again, where it goes to the master after looking that up.
    public var retries: Bool
    /// Server's priority: 0 user, 200 system tables.
    public var priority: UInt32 = 0
    /// Told how long each try took; of the target's region, or else of this one.
    public var meter: RegionMeter?
    public var meteredRegion: RegionLocation?

    public init(
        service: Service, method: StaticString, target: Target, retries: Bool = true,
        message: @escaping @Sendable (RegionLocation?) -> [UInt8]
    ) {
        self.service = service
        self.method = method
        self.target = target
        self.retries = retries
        self.message = message
    }
}

/// The answer to an `HBaseCall`.
public struct HBaseReply: Sendable {
    public var frame: ResponseFrame
    /// For the target `region`.
    public var location: RegionLocation?
    public var server: Endpoint
}

/// An `HBaseCall` on its way. Lives on the loop thread.
final class GenericCall {
    let call: HBaseCall
    let deadline: Int64
    let completion: (Result<HBaseReply, HBaseError>) -> Void
    var tries = 0
    /// Tries before this time do not count.
    var countsFrom = Int64.min
    var region: Region?
    var lastError: HBaseError?
    var isFinished = false
    /// Not on its way: parked, or between two tries.
    var isWaiting = false

    init(
        _ call: HBaseCall, deadline: Int64,
        _ completion: @escaping (Result<HBaseReply, HBaseError>) -> Void
    ) {
        self.call = call
        self.deadline = deadline
        self.completion = completion
    }

    func finish(_ result: Result<HBaseReply, HBaseError>) {
        if isFinished { return }
        isFinished = true
        completion(result)
    }
}
