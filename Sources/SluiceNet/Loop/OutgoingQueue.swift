import Cuv

/// Bytes that wait to be written to one socket. Large arrays are kept as they came and written from where
/// they are; small ones are copied together, so that many small messages cost one system call.
struct OutgoingQueue {
    /// Up to this size a message is copied to the one before it.
    private static let small: Int = 16 << 10
    /// How far copied messages fill one array.
    private static let gathered: Int = 64 << 10
    /// Arrays offered in one system call.
    static let buffersPerWrite: Int = 16

    private var chunks: [[UInt8]] = []
    /// The first chunk that is not written, and how much of it is.
    private var head: Int = 0
    private var offset: Int = 0
    private var lastIsGathered: Bool = false
    /// Storage of a written gathered chunk, used again for the next.
    private var spare: [UInt8] = []
    private(set) var bytes: Int = 0

    var isEmpty: Bool { bytes == 0 }

    mutating func append(_ message: consuming [UInt8]) {
        let size: Int = message.count
        if size == 0 { return }
        bytes += size
        if size > Self.small {
            chunks.append(message)
            lastIsGathered = false
            return
        }
        if lastIsGathered, let last = chunks.indices.last, chunks[last].count + size <= Self.gathered {
            chunks[last].append(contentsOf: message)
            return
        }
        var chunk: [UInt8] = []
        swap(&chunk, &spare)
        if chunk.capacity == 0 { chunk.reserveCapacity(Self.gathered) }
        chunk.append(contentsOf: message)
        chunks.append(chunk)
        lastIsGathered = true
    }

    /// Calls `body` with the first buffers of the queue (valid during the call); the number that body
    /// returns, when it is positive, counts as written.
    mutating func write(
        _ buffers: UnsafeMutableBufferPointer<uv_buf_t>,
        _ body: (UnsafeMutableBufferPointer<uv_buf_t>, Int) -> Int
    ) -> Int {
        let written: Int = gather(head, 0, buffers, body)
        if written > 0 { consume(written) }
        return written
    }

    private func gather(
        _ index: Int, _ used: Int, _ buffers: UnsafeMutableBufferPointer<uv_buf_t>,
        _ body: (UnsafeMutableBufferPointer<uv_buf_t>, Int) -> Int
    ) -> Int {
        guard used < buffers.count, index < chunks.count else { return body(buffers, used) }
        return chunks[index].withUnsafeBytes { raw in
            let skipped: Int = index == head ? offset : 0
            let rest = UnsafeRawBufferPointer(rebasing: raw[skipped...])
            let base = UnsafeMutableRawPointer(mutating: rest.baseAddress)
            let length = UInt32(truncatingIfNeeded: min(rest.count, 1 << 30))
            buffers[used] = uv_buf_init(base?.assumingMemoryBound(to: CChar.self), length)
            if rest.count > 1 << 30 { return body(buffers, used + 1) }
            return gather(index + 1, used + 1, buffers, body)
        }
    }

    /// Moves at most `target.count` bytes to `target`; returns their number.
    mutating func move(to target: UnsafeMutableRawBufferPointer) -> Int {
        var moved: Int = 0
        while moved < target.count, head < chunks.count {
            let size: Int = min(chunks[head].count - offset, target.count - moved)
            chunks[head].withUnsafeBytes { raw in
                let part = UnsafeRawBufferPointer(rebasing: raw[offset..<(offset + size)])
                UnsafeMutableRawBufferPointer(rebasing: target[moved...]).copyMemory(from: part)
            }
            moved += size
            consume(size)
        }
        return moved
    }

    /// Takes out the first array when nothing of it is written.
    mutating func removeFirst() -> [UInt8]? {
        guard head < chunks.count, offset == 0 else { return nil }
        var chunk: [UInt8] = []
        swap(&chunk, &chunks[head])
        bytes -= chunk.count
        advance()
        return chunk
    }

    /// Gives an array that `removeFirst` returned back for later messages.
    mutating func recycle(_ chunk: consuming [UInt8]) {
        if spare.capacity == 0, chunk.capacity >= Self.gathered, chunk.capacity <= 2 * Self.gathered {
            chunk.removeAll(keepingCapacity: true)
            spare = chunk
        }
    }

    mutating func removeAll() {
        chunks = []
        head = 0
        offset = 0
        bytes = 0
        lastIsGathered = false
    }

    private mutating func consume(_ count: Int) {
        bytes -= count
        var rest: Int = count
        while rest > 0, head < chunks.count {
            let size: Int = chunks[head].count - offset
            if rest < size {
                offset += rest
                return
            }
            rest -= size
            var done: [UInt8] = []
            swap(&done, &chunks[head])
            recycle(done)
            advance()
        }
    }

    private mutating func advance() {
        head += 1
        offset = 0
        if head == chunks.count {
            chunks.removeAll(keepingCapacity: true)
            head = 0
            lastIsGathered = false
        } else if head >= 64, head * 2 >= chunks.count {
            chunks.removeFirst(head)
            head = 0
        }
    }
}
