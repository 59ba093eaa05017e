import SluiceBase

extension LogPartition {
    /// The first kept record that is as new as `timestamp` (milliseconds since 1970) or newer; nil: there is none.
    public func offset(atOrAfter timestamp: Int64) throws(LogError) -> Int64? {
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

    /// The first batch at or after `offset` with this tag; nil: there is none. For a writer that does not know whether
    /// its batch was appended before it was killed.
    public func batch(tagged tag: UInt64, from offset: Int64) throws(LogError) -> Range<Int64>? {
        let bases = try folder.bases()
        for (number, base) in bases.enumerated() {
            if number < bases.count - 1, bases[number + 1] <= offset { continue }
            let window = try folder.window(base)
            var position: Int64 = 0
            var next = base
            while case .head(let head) = try window.head(at: position, offset: next) {
                position += Int64(head.byteCount)
                next = head.nextOffset
                guard head.tag == tag, head.baseOffset >= offset else { continue }
                let isWhole = try window.bytes(at: position - 1, 1) != nil
                return isWhole ? head.baseOffset..<head.nextOffset : nil
            }
        }
        return nil
    }
}
