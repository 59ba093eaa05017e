import SluiceBase

/// The end of a partition as one object left it.
struct LogTail {
    /// The offset that the last segment begins with.
    var base: Int64
    var index: SegmentIndex
    var file: any DiskFile
    /// Everything below is durable.
    var durableBelow: Int64
}

/// The end of a partition: looked up, repaired, moved to the next segment. All with the folder's lock held.
extension LogPartition {
    /// The end, looked up again if somebody else wrote.
    func current(_ state: inout State) throws(LogError) -> LogTail {
        if let tail = state.tail {
            let size = try status(folder.segment(tail.base))?.size
            var isLast = true
            if tail.index.nextOffset > tail.base {
                isLast = try status(folder.segment(tail.index.nextOffset)) == nil
            }
            if size == tail.index.size, isLast { return tail }
            tail.file.close()
        }
        let known = state.tail
        state.tail = nil
        let tail = try recover(known, &state)
        state.tail = tail
        return tail
    }

    func status(_ file: String) throws(LogError) -> DiskStatus? {
        try onDisk { () throws(DiskError) in try folder.disk.status(file) }
    }

    /// Finds the end and cuts what a dead writer left behind it. The lock is held.
    private func recover(_ known: LogTail?, _ state: inout State) throws(LogError) -> LogTail {
        let bases = try folder.bases()
        guard let base = bases.last else { return try begin(try folder.keptFrom()) }
        if bases.count > 1 { try finishIndex(bases[bases.count - 2]) }
        let file = folder.segment(base)
        let size = try status(file)?.size ?? 0
        var start = SegmentIndex(baseOffset: base)
        if let known, known.base == base, known.index.size <= size { start = known.index }
        let walk = try folder.wholeEnd(
            of: base, from: start, durableBelow: max(known?.durableBelow ?? 0, base))
        state.seen = nil
        if let fault = walk.fault, size > walk.index.size {
            if try folder.isDamage(base, at: walk.index.size, offset: walk.index.nextOffset) {
                throw .damaged(file: file, position: walk.index.size, reason: fault)
            }
        }
        let end = walk.index.size
        return try onDisk { () throws(DiskError) in
            if size > end { try folder.disk.truncate(file, to: end) }
            return LogTail(
                base: base, index: walk.index, file: try folder.disk.open(file, .append),
                durableBelow: walk.durableBelow)
        }
    }

    /// Ends a segment. Its bytes are durable, then its index, then the next file: a stop in between leaves a segment
    /// without index, which is made again.
    func roll(_ tail: LogTail, _ state: inout State) throws(LogError) -> LogTail {
        state.tail = nil
        try syncFile(tail, &state)
        tail.file.close()
        try folder.replace(folder.index(tail.base), with: tail.index.encoded)
        let fresh = try begin(tail.index.nextOffset)
        state.tail = fresh
        return fresh
    }

    private func begin(_ base: Int64) throws(LogError) -> LogTail {
        try onDisk { () throws(DiskError) in
            let file = try folder.disk.open(folder.segment(base), .append)
            try folder.disk.syncDirectory(path)
            return LogTail(
                base: base, index: SegmentIndex(baseOffset: base), file: file, durableBelow: base)
        }
    }

    private func finishIndex(_ base: Int64) throws(LogError) {
        if folder.storedIndex(base) != nil { return }
        let walk = try folder.walk(base, from: SegmentIndex(baseOffset: base))
        try folder.replace(folder.index(base), with: walk.index.encoded)
    }
}
