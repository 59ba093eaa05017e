/// One Multi on its way: what it holds, in the order of its region actions.
final class MultiCall {
    enum Kind {
        /// Operations of one region that stand for themselves.
        case plain
        /// One atomic or conditional operation.
        case group
        /// The two region actions of one ledger increment: the ledger is older, there is no ledger.
        case ledgerOlder
        case ledgerAbsent
    }

    /// One region action: operations `start` to `end` of `operations`.
    struct Segment {
        let region: Region
        let kind: Kind
        let start: Int
        var end: Int
        var bytes = 0
    }

    var segments: [Segment] = []
    var operations: [Operation] = []
    var bytes = 0
    var sentAt: Int64 = 0
    /// Bytes of the cell block.
    var cellBytes = 0
    /// Set while the answer is read: operations that were answered.
    var answered: [Bool] = []
    /// What the open region action of a group or ledger has brought so far.
    var groupError: RemoteException?
    var groupResult: ResultRange?
    var ledgerApplied = false
    var ledgerError: RemoteException?

    /// Adds an operation; plain ones join the segment before them when it is of the same region.
    func add(_ operation: Operation, _ region: Region, _ kind: Kind, bytes size: Int) {
        let last = segments.count - 1
        if kind == .plain, last >= 0, segments[last].kind == .plain, segments[last].region === region {
            segments[last].end += 1
            segments[last].bytes += size
        } else {
            let start = operations.count
            segments.append(
                Segment(region: region, kind: kind, start: start, end: start + 1, bytes: size))
            if kind == .ledgerOlder {
                segments.append(
                    Segment(region: region, kind: .ledgerAbsent, start: start, end: start + 1, bytes: size))
            }
        }
        operations.append(operation)
        bytes += size
    }
}

/// What waits for an answer on a connection.
struct PendingCall {
    enum Content {
        case multi(MultiCall)
        case generic(GenericCall)
    }

    var content: Content
    var sentAt: Int64
    var bytes: Int
}
