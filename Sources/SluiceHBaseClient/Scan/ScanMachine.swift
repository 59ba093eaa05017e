/// The scanner of one region on its server, as a pure state machine: which request comes next, and what an answer
/// means.
///
/// Opening gives rows at once. `next_call_seq` counts the calls after the opening one, so that a call that was
/// repeated is noticed. An answer may be a heartbeat: perhaps no rows, and not the end. The server closes the scanner
/// itself at the end of the region or of the scan.
/// Source: hbase-client `AsyncScanSingleRegionRpcRetryingCaller`.
struct ScanMachine {
    enum Outcome: Equatable {
        case more
        /// Go on with the next region.
        case regionDone
        /// The limit is reached, or a filter lets nothing more through.
        case scanDone
    }

    /// Name of the region that the scanner is open in.
    let region: [UInt8]
    private(set) var scannerID: UInt64?
    private(set) var isOpen = false
    private var sequence: UInt64 = 0
    /// The region's snapshot that the scanner reads.
    private(set) var mvccReadPoint: UInt64
    private(set) var leaseMillis: UInt32 = 60000
    private let rowsPerCall: UInt32

    init(region: [UInt8], rowsPerCall: UInt32, mvccReadPoint: UInt64 = 0) {
        self.region = region
        self.rowsPerCall = rowsPerCall
        self.mvccReadPoint = mvccReadPoint
    }

    func openRequest(_ scan: Scan, limit: UInt32) -> ScanRequest {
        var request = ScanRequest()
        request.region = region
        request.scan = scan
        request.scan?.mvccReadPoint = mvccReadPoint
        request.numberOfRows = rowsPerCall
        request.limitOfRows = limit
        return request
    }

    mutating func nextRequest(limit: UInt32) -> ScanRequest {
        var request = ScanRequest()
        request.scannerID = scannerID
        request.numberOfRows = rowsPerCall
        request.nextCallSequence = sequence
        request.limitOfRows = limit
        sequence += 1
        return request
    }

    /// Extends the lease, which runs from the end of the last call, without rows.
    func renewRequest() -> ScanRequest {
        var request = ScanRequest()
        request.scannerID = scannerID
        request.numberOfRows = 0
        request.renewsLease = true
        return request
    }

    /// nil when the server has no scanner open.
    func closeRequest() -> ScanRequest? {
        guard isOpen, let scannerID else { return nil }
        var request = ScanRequest()
        request.scannerID = scannerID
        request.numberOfRows = 0
        request.closesScanner = true
        return request
    }

    /// Takes the answer to `openRequest` or `nextRequest`.
    mutating func received(_ response: ScanResponse) -> Outcome {
        if let id = response.scannerID {
            scannerID = id
            isOpen = true
        }
        if let millis = response.leaseMillis { leaseMillis = millis }
        if response.mvccReadPoint != 0 { mvccReadPoint = response.mvccReadPoint }
        if response.moreResults == false {
            // The server keeps a scanner whose limit is reached before the region's end.
            isOpen = isOpen && response.moreResultsInRegion == true
            return .scanDone
        }
        // A scanner that is over answers without the flag.
        if response.moreResultsInRegion != true {
            isOpen = false
            return .regionDone
        }
        return .more
    }
}
