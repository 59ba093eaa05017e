import SluiceBase

extension LogPartition {
    /// The first kept record that is as new as `timestamp` (milliseconds since 1970) or newer; nil: there is none.
    public func offset(atOrAfter timestamp: Int64) throws(LogError) -> Int64? {
        try folder.again { () throws(LogError) in try find(atOrAfter: timestamp) }
    }

    private func find(atOrAfter timestamp: Int64) throws(LogError) -> Int64? {
        let bases = try folder.bases()
        let first = try firstOffset()
        for (number, base) in bases.enumerated() {
            let isLast = number == bases.count - 1
            if !isLast, bases[number + 1] <= first { continue }
            let stored = isLast ? nil : folder.storedIndex(base)
            if let stored, stored.maxTimestamp < timestamp { continue }
            let start = stored?.entry(forTime: timestamp)
            let found = try search(
                base, position: start?.position ?? 0, offset: start?.offset ?? base, timestamp, atLeast: first
            )
            if let found { return found }
        }
        return nil
    }

    private func search(
        _ base: Int64, position: Int64, offset: Int64, _ timestamp: Int64, atLeast first: Int64
    ) throws(LogError) -> Int64? {
        let window = try folder.window(base)
        var position = position
        var offset = offset
        while case .head(let head) = try window.head(at: position, offset: offset) {
            if head.maxTimestamp >= timestamp, head.nextOffset > first {
                guard case .batch(let batch) = try window.batch(at: position, offset: offset) else {
                    return nil
                }
                var records = batch.records
                while let record = try records.next() {
                    if record.timestamp >= timestamp, record.offset >= first { return record.offset }
                }
            }
            position += Int64(head.byteCount)
            offset = head.nextOffset
        }
        return nil
    }

    /// The first whole batch at or after `offset` with this tag; nil: there is none. For a writer that does not know
    /// whether its batch was appended before it was killed.
    public func batch(tagged tag: UInt64, from offset: Int64) throws(LogError) -> Range<Int64>? {
        try folder.again { () throws(LogError) in try find(tag, from: offset) }
    }

    private func find(_ tag: UInt64, from offset: Int64) throws(LogError) -> Range<Int64>? {
        let bases = try folder.bases()
        for (number, base) in bases.enumerated() {
            let isLast = number == bases.count - 1
            if !isLast, bases[number + 1] <= offset { continue }
            let start = (isLast ? knownIndex(of: base) : folder.storedIndex(base))?.entry(for: offset)
            let window = try folder.window(base)
            var position = start?.position ?? 0
            var next = start?.offset ?? base
            while case .head(let head) = try window.head(at: position, offset: next) {
                if head.tag == tag, head.baseOffset >= offset {
                    guard case .batch = try window.batch(at: position, offset: next) else { return nil }
                    return head.baseOffset..<head.nextOffset
                }
                position += Int64(head.byteCount)
                next = head.nextOffset
            }
        }
        return nil
    }
}
