/// Cuts a stream into frames: int32 length, then so many bytes. Chunks may end anywhere.
///
/// Frames that lie complete in one chunk share one array; a frame that spans chunks gets its own, which grows only as
/// bytes really arrive, whatever length was announced.
struct FrameDecoder {
    /// Frames beyond this length end the connection.
    let limit: Int
    private var prefix: [UInt8] = []
    /// The frame that has begun, and its announced length.
    private var pending: [UInt8] = []
    private var pendingLength = -1

    init(limit: Int) { self.limit = limit }

    /// Bytes of a frame that has not come whole.
    var heldBytes: Int { pending.count }

    /// Calls `body` with each frame that is now complete: an array and the frame's range in it.
    mutating func receive(
        _ chunk: UnsafeRawBufferPointer, _ body: ([UInt8], Range<Int>) throws(RPCFailure) -> Void
    ) throws(RPCFailure) {
        var rest = chunk
        if !prefix.isEmpty || pendingLength >= 0 {
            try continueFrame(&rest)
            guard pendingLength >= 0, pending.count == pendingLength else { return }
            let frame = pending
            pending = []
            pendingLength = -1
            try body(frame, 0..<frame.count)
        }
        let whole = try completeExtent(rest)
        if whole > 0 {
            let shared = [UInt8](rest[..<whole])
            rest = UnsafeRawBufferPointer(rebasing: rest[whole...])
            var start = 0
            while start < whole {
                let length = shared.withUnsafeBytes { FrameDecoder.length($0, at: start) }
                try body(shared, start + 4..<start + 4 + length)
                start += 4 + length
            }
        }
        try continueFrame(&rest)
    }

    /// Bytes of the complete frames at the start of `bytes`.
    private func completeExtent(_ bytes: UnsafeRawBufferPointer) throws(RPCFailure) -> Int {
        var end = 0
        while bytes.count - end >= 4 {
            let length = FrameDecoder.length(bytes, at: end)
            try check(length)
            guard length <= bytes.count - end - 4 else { break }
            end += 4 + length
        }
        return end
    }

    /// Adds what belongs to the frame that has begun, or begins one.
    private mutating func continueFrame(_ rest: inout UnsafeRawBufferPointer) throws(RPCFailure) {
        if pendingLength < 0 {
            let wanted = min(4 - prefix.count, rest.count)
            prefix.append(contentsOf: rest[..<wanted])
            rest = UnsafeRawBufferPointer(rebasing: rest[wanted...])
            guard prefix.count == 4 else { return }
            let length = prefix.withUnsafeBytes { FrameDecoder.length($0, at: 0) }
            prefix.removeAll(keepingCapacity: true)
            try check(length)
            pendingLength = length
            pending.reserveCapacity(min(length, 4 << 20))
        }
        let wanted = min(pendingLength - pending.count, rest.count)
        pending.append(contentsOf: rest[..<wanted])
        rest = UnsafeRawBufferPointer(rebasing: rest[wanted...])
    }

    private func check(_ length: Int) throws(RPCFailure) {
        guard length >= 0, length <= limit else { throw .malformed(.frameLength(Int64(length))) }
    }

    private static func length(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        guard let base = bytes.baseAddress, bytes.count - offset >= 4 else { return 0 }
        return Int(base.bigEndian(Int32.self, at: offset))
    }
}
