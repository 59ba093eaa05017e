import SluiceBase

/// A part of a segment file in memory. What was read is only trusted while it is inside whole batches: asking for
/// bytes beyond the end reads again from the place asked for, because a writer may have cut what followed.
final class SegmentWindow {
    static let size = 256 * 1024

    let path: String
    private let file: any DiskFile
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    /// Of the file, at `memory`.
    private var start: Int64 = 0
    private var count = 0

    init(_ file: any DiskFile, path: String) {
        self.file = file
        self.path = path
        capacity = SegmentWindow.size
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        file.close()
        memory.deallocate()
    }

    var heldBytes: Int { capacity }

    /// `length` bytes of the file at `position`, valid until the next call; nil: it ends before.
    func bytes(at position: Int64, _ length: Int) throws(LogError) -> UnsafeRawPointer? {
        let inside = Int(clamping: position &- start)
        if inside >= 0, length <= count, inside <= count - length { return UnsafeRawPointer(memory + inside) }
        if length > capacity {
            memory.deallocate()
            capacity = (length + 4095) & ~4095
            memory = .allocate(byteCount: capacity, alignment: 16)
        }
        start = position
        count = 0
        try onDisk { () throws(DiskError) in
            try file.seek(to: position)
            while count < length {
                let room = UnsafeMutableRawBufferPointer(start: memory + count, count: capacity - count)
                let more = try file.read(room)
                if more == 0 { break }
                count += more
            }
        }
        return count >= length ? UnsafeRawPointer(memory) : nil
    }

    /// As many bytes of the file at `position` as there are, up to `limit`; valid until the next call.
    func some(at position: Int64, upTo limit: Int) throws(LogError) -> UnsafeRawBufferPointer {
        if let whole = try bytes(at: position, limit) {
            return UnsafeRawBufferPointer(start: whole, count: limit)
        }
        return UnsafeRawBufferPointer(start: memory, count: count)
    }

    /// Forgets what was read.
    func reload() { count = 0 }

    /// What stands at a place of the file.
    enum Found {
        case batch(LogBatch)
        /// The file ends here.
        case end
        /// A batch is being written, or was never finished.
        case incomplete(String)
    }

    /// `offset`: what the batch must begin with.
    func batch(at position: Int64, offset: Int64) throws(LogError) -> Found {
        for attempt in 0..<2 {
            let found = try look(at: position, offset: offset)
            // Old bytes may lie before new ones that took the place of a cut tail.
            if case .incomplete = found, attempt == 0 { reload() } else { return found }
        }
        return .end
    }

    private func look(at position: Int64, offset: Int64) throws(LogError) -> Found {
        switch try head(at: position, offset: offset) {
        case .end: return .end
        case .incomplete(let reason): return .incomplete(reason)
        case .head(let head):
            guard let base = try bytes(at: position, head.byteCount) else {
                return .incomplete("it ends inside a batch")
            }
            let body = UnsafeRawBufferPointer(start: base + BatchLayout.headSize, count: head.bodyLength)
            guard CRC32C.checksum(body) == head.bodySum else {
                return .incomplete("the checksum of a batch differs")
            }
            return .batch(LogBatch(head, body, file: path, position: position))
        }
    }

    enum FoundHead {
        case head(BatchLayout.Head)
        case end
        case incomplete(String)
    }

    /// The head alone: the body may be missing or wrong.
    func head(at position: Int64, offset: Int64) throws(LogError) -> FoundHead {
        guard let base = try bytes(at: position, BatchLayout.headSize) else {
            return count == 0 ? .end : .incomplete("it ends inside the head of a batch")
        }
        guard let head = BatchLayout.Head(base) else { return .incomplete("a batch was expected there") }
        guard head.baseOffset == offset else {
            return .incomplete("a batch begins with offset \(head.baseOffset) instead of \(offset)")
        }
        return .head(head)
    }
}
