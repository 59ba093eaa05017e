/// What an exception of a server means for the operation that met it.
///
/// A table by class name; classes without an entry go by the flag `do_not_retry`. The table comes first:
/// servers flag some exceptions as final that only say that a location is stale. Source: hbase-client
/// `ClientExceptionsUtil`, `AsyncRpcRetryingCaller`.
public struct ExceptionRule: Sendable, Hashable {
    public enum Recovery: Sendable, Hashable {
        case fail
        /// Forget where the region is, wait, look it up, try again.
        case relocate
        /// As `relocate`, but the exception names the region's new server.
        case moved
        /// The location is right: wait and try again.
        case wait
        /// As `wait`: the region has too much to do. Its other operations wait too, those of other regions do not.
        case busyRegion
        /// As `wait`; the server has too much to do, whichever region it is asked for.
        case overloaded
        /// As `busyRegion`, for the time that the text states: quotas belong to tables, namespaces and users.
        case throttled
        /// Send again at once.
        case immediately
        /// The server is going or not there yet: forget everything about it, wait, look up, try again.
        case dropServer
        /// The master is starting or another one: wait, look it up, try again.
        case findMaster
        /// The scanner has to be opened again after the last row.
        case reopenScanner
    }

    /// What the operation waits for is a region or server that comes back, at a time that nobody tells.
    var isOfAbsence: Bool {
        switch recovery {
        case .relocate, .moved, .wait, .dropServer, .findMaster: return true
        case .fail, .busyRegion, .overloaded, .throttled, .immediately, .reopenScanner: return false
        }
    }

    public var kind: HBaseError.Kind
    public var recovery: Recovery

    public init(_ kind: HBaseError.Kind, _ recovery: Recovery) {
        self.kind = kind
        self.recovery = recovery
    }

    /// The rule for an exception.
    public init(_ exception: RemoteException) {
        let name = ExceptionRule.withoutPrefix(exception.className)
        if name == "exceptions.FailedSanityCheckException",
            exception.firstLine.contains("Requested row out of range")
        {
            self.init(.notServing, .relocate)
        } else if let rule = ExceptionRule.table[name] {
            self = rule
        } else if name == "java.io.IOException", exception.stackTrace.contains("log is closed") {
            self.init(.notServing, .relocate)
        } else if name.hasSuffix("UninitializedMessageException") {
            self.init(.refused, .fail)
        } else if exception.serverOverloaded, exception.doNotRetry != true {
            self.init(.busy, .overloaded)
        } else {
            self.init(.other, exception.doNotRetry == true ? .fail : .relocate)
        }
    }

    private static func withoutPrefix(_ className: String) -> String {
        let prefix = "org.apache.hadoop.hbase."
        return className.hasPrefix(prefix) ? String(className.dropFirst(prefix.count)) : className
    }

    private static let table: [String: ExceptionRule] = [
        "NotServingRegionException": ExceptionRule(.notServing, .relocate),
        "exceptions.RegionMovedException": ExceptionRule(.notServing, .moved),
        "exceptions.RegionOpeningException": ExceptionRule(.notServing, .wait),
        "regionserver.WrongRegionException": ExceptionRule(.notServing, .relocate),
        "RegionTooBusyException": ExceptionRule(.busy, .busyRegion),
        "CallQueueTooBigException": ExceptionRule(.busy, .overloaded),
        "CallDroppedException": ExceptionRule(.busy, .overloaded),
        "quotas.RpcThrottlingException": ExceptionRule(.busy, .throttled),
        "RetryImmediatelyException": ExceptionRule(.busy, .immediately),
        "MultiActionResultTooLarge": ExceptionRule(.busy, .immediately),
        "exceptions.RequestTooBigException": ExceptionRule(.requestTooBig, .fail),
        "DoNotRetryIOException": ExceptionRule(.refused, .fail),
        "regionserver.RegionServerStoppedException": ExceptionRule(.serverNotRunning, .dropServer),
        "regionserver.RegionServerAbortedException": ExceptionRule(.serverNotRunning, .dropServer),
        "ipc.ServerNotRunningYetException": ExceptionRule(.serverNotRunning, .dropServer),
        "exceptions.MasterStoppedException": ExceptionRule(.masterNotRunning, .findMaster),
        "PleaseHoldException": ExceptionRule(.masterNotRunning, .findMaster),
        "MasterNotRunningException": ExceptionRule(.masterNotRunning, .findMaster),
        "UnknownScannerException": ExceptionRule(.scannerGone, .reopenScanner),
        "exceptions.ScannerResetException": ExceptionRule(.scannerGone, .reopenScanner),
        "exceptions.OutOfOrderScannerNextException": ExceptionRule(.scannerGone, .reopenScanner),
        "regionserver.LeaseException": ExceptionRule(.scannerGone, .reopenScanner),
        "ipc.CallTimeoutException": ExceptionRule(.timedOut, .relocate),
        "exceptions.TimeoutIOException": ExceptionRule(.timedOut, .relocate),
        "TableNotFoundException": ExceptionRule(.tableNotFound, .fail),
        "regionserver.NoSuchColumnFamilyException": ExceptionRule(.noSuchColumnFamily, .fail),
        "TableNotEnabledException": ExceptionRule(.tableNotEnabled, .fail),
        "TableExistsException": ExceptionRule(.tableExists, .fail),
        "TableNotDisabledException": ExceptionRule(.refused, .fail),
        "NamespaceNotFoundException": ExceptionRule(.namespaceNotFound, .fail),
        "NamespaceExistException": ExceptionRule(.refused, .fail),
        "security.AccessDeniedException": ExceptionRule(.accessDenied, .fail),
        "quotas.QuotaExceededException": ExceptionRule(.quotaExceeded, .fail),
        "quotas.SpaceLimitingException": ExceptionRule(.quotaExceeded, .fail),
        "exceptions.FailedSanityCheckException": ExceptionRule(.refused, .fail),
        "client.WrongRowIOException": ExceptionRule(.refused, .fail),
        "InvalidFamilyOperationException": ExceptionRule(.refused, .fail),
        "exceptions.UnknownProtocolException": ExceptionRule(.refused, .fail),
        "constraint.ConstraintException": ExceptionRule(.refused, .fail),
        "ipc.FatalConnectionException": ExceptionRule(.refused, .fail),
        "ipc.BadAuthException": ExceptionRule(.authentication, .fail),
        "ipc.EmptyServiceNameException": ExceptionRule(.refused, .fail),
        "ipc.UnknownServiceException": ExceptionRule(.refused, .fail),
        "ipc.UnsupportedCellCodecException": ExceptionRule(.refused, .fail),
        "ipc.UnsupportedCompressionCodecException": ExceptionRule(.refused, .fail),
        "ipc.UnsupportedCryptoException": ExceptionRule(.refused, .fail),
        "ipc.WrongVersionException": ExceptionRule(.refused, .fail),
    ]
}

/// Reads what the texts of two exceptions state.
public enum ExceptionText {
    /// Nanoseconds that a throttled call should wait: ` - wait [Nhrs, ][Nmins, ][Nsec, ][Nms]`; nil without
    /// such an end.
    public static func throttlingWaitNanos(_ line: String) -> Int64? {
        guard let start = range(of: " - wait ", in: line) else { return nil }
        var total: Int64 = 0
        var found = false
        for part in line[start...].split(whereSeparator: { $0 == "," || $0 == " " }) {
            let digits = part.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int64(digits), let unit = unitNanos(part.dropFirst(digits.count)) else {
                break
            }
            let (product, overflow) = number.multipliedReportingOverflow(by: unit)
            let (sum, second) = total.addingReportingOverflow(product)
            if overflow || second { return nil }
            total = sum
            found = true
        }
        return found ? total : nil
    }

    private static func unitNanos(_ unit: Substring) -> Int64? {
        switch unit {
        case "hrs", "hr": return 3_600_000_000_000
        case "mins", "min": return 60_000_000_000
        case "sec", "secs": return 1_000_000_000
        case "ms": return 1_000_000
        default: return nil
        }
    }

    /// Where the text behind `needle` begins; the last occurrence counts.
    private static func range(of needle: String, in line: String) -> String.Index? {
        var found: String.Index?
        var index = line.startIndex
        while index < line.endIndex {
            if line[index...].hasPrefix(needle) { found = line.index(index, offsetBy: needle.count) }
            index = line.index(after: index)
        }
        return found
    }

    /// Where a region moved to: `Region moved to: hostname=H port=P startCode=S. As of locationSeqNum=N.`
    public static func movedTo(_ line: String) -> (
        host: String, port: UInt16, startCode: UInt64, seqNum: Int64
    )? {
        var host: String?
        var port: UInt16?
        var startCode: UInt64 = 0
        var seqNum: Int64 = -1
        for part in line.split(separator: " ") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            let value = pair[1].hasSuffix(".") ? pair[1].dropLast() : pair[1]
            switch pair[0] {
            case "hostname": host = String(value)
            case "port": port = UInt16(value)
            case "startCode": startCode = UInt64(value) ?? 0
            case "locationSeqNum": seqNum = Int64(value) ?? -1
            default: break
            }
        }
        guard let host, let port else { return nil }
        return (host, port, startCode, seqNum)
    }
}
