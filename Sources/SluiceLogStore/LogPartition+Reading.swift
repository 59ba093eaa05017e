import SluiceBase

extension LogPartition {
    /// The offsets that are kept; the upper bound is the next one to be given.
    public func bounds() throws(LogError) -> Range<Int64> {
        try folder.again { () throws(LogError) in
            guard let last = try folder.bases().last else { return 0..<0 }
            let end = try end(of: last)
            return min(try firstOffset(), end)..<end
        }
    }

    /// The offset that the next record gets. Batches that a running writer has not finished do not count.
    public func nextOffset() throws(LogError) -> Int64 { try bounds().upperBound }

    func firstOffset() throws(LogError) -> Int64 {
        max(try folder.keptFrom(), try folder.bases().first ?? 0)
    }

    /// Looks from where this object looked last. A batch whose body is not there counts as little as for a reader.
    private func end(of base: Int64) throws(LogError) -> Int64 {
        let known = knownIndex(of: base) ?? SegmentIndex(baseOffset: base)
        let index = try folder.wholeEnd(of: base, from: known, durableBelow: base).index
        remember(index, of: base)
        return index.nextOffset
    }

    /// Reads from an offset on, which must be kept or be the next one.
    public func reader(from offset: Int64) throws(LogError) -> LogReader {
        let kept = try bounds()
        guard offset >= kept.lowerBound, offset <= kept.upperBound else {
            throw .outOfRange(offset: offset, kept: kept)
        }
        return LogReader(self, from: offset)
    }

    /// Reads from an offset on without a look whether it is kept; the reader finds out.
    public func follow(from offset: Int64) -> LogReader { LogReader(self, from: offset) }

    /// At most about `maxBytes` of records from `offset` on, but at least one where there is one.
    public func read(from offset: Int64, maxBytes: Int = 1 << 20) throws(LogError) -> [LogRecord] {
        let reader = try reader(from: offset)
        var found: [LogRecord] = []
        var bytes = 0
        while bytes < maxBytes, let batch = try reader.nextBatch() {
            var records = batch.records
            while let record = try records.next() {
                if record.offset >= offset { found.append(record.record) }
            }
            bytes += batch.byteCount
        }
        return found
    }
}
