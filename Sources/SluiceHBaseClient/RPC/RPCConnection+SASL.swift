/// The exchange of tokens before the connection header, and wrapped records after it.
///
/// Client: preamble, then int32 length and token. Server: int32 status (0 accepted, 1 refused), then int32 length and
/// token, or two texts with int32 lengths (class and message). A length of -88 in place of a token's: the server has
/// no security.
extension RPCConnection {
    private static var noSecurity: Int32 { -88 }

    mutating func receivedToken(
        _ bytes: UnsafeRawBufferPointer, _ events: (Event) -> Void
    ) throws(RPCFailure) {
        saslInput.append(contentsOf: bytes)
        while state == .authenticating, try takeToken(events) {}
        guard state == .ready, !saslInput.isEmpty else { return }
        let rest = saslInput
        saslInput = []
        try rest.withRaw { (raw) throws(RPCFailure) in
            if wraps { try receivedWrapped(raw, events) } else { try receivedFrames(raw, events) }
        }
    }

    /// Handles one complete answer of the exchange; false when more bytes are needed.
    private mutating func takeToken(_ events: (Event) -> Void) throws(RPCFailure) -> Bool {
        guard let status = saslInt32(0) else { return false }
        guard let length = saslInt32(4) else { return false }
        guard status == 0 else { return try takeRefusal(Int(length)) }
        if length == RPCConnection.noSecurity {
            guard settings.allowsSimpleFallback else { throw fail(.notSecured) }
            saslInput.removeFirst(8)
            state = .ready
            events(.send(headerBytes()))
            events(.ready)
            return false
        }
        try checkSASLLength(length)
        guard saslInput.count >= 8 + Int(length), let sasl = settings.sasl else { return false }
        let reply: [UInt8]?
        do {
            reply = try saslInput.withUnsafeBytes {
                try sasl.answer(UnsafeRawBufferPointer(rebasing: $0[8..<8 + Int(length)]))
            }
        } catch { throw fail(.authentication(AuthenticationError(any: error))) }
        saslInput.removeFirst(8 + Int(length))
        if let reply { events(.send(RPCConnection.prefixed(reply))) }
        guard sasl.isComplete else { return true }
        wraps = sasl.wraps
        state = .ready
        events(.send(try outgoing(headerBytes())))
        events(.ready)
        return false
    }

    /// A refusal holds the Java class and the message.
    private mutating func takeRefusal(_ classLength: Int) throws(RPCFailure) -> Bool {
        try checkSASLLength(Int32(truncatingIfNeeded: classLength))
        guard let messageLength = saslInt32(8 + classLength) else { return false }
        try checkSASLLength(messageLength)
        let messageStart = 12 + classLength
        let end = messageStart + Int(messageLength)
        guard saslInput.count >= end else { return false }
        let className = String(decoding: saslInput[8..<8 + classLength], as: UTF8.self)
        let message = String(decoding: saslInput[messageStart..<end], as: UTF8.self)
        throw fail(.refused(className: className, message: message))
    }

    /// int32 length and wrapped bytes, which hold a piece of the stream of frames.
    mutating func receivedWrapped(
        _ bytes: UnsafeRawBufferPointer, _ events: (Event) -> Void
    ) throws(RPCFailure) {
        guard let sasl = settings.sasl else { return }
        saslInput.append(contentsOf: bytes)
        var start = 0
        defer { saslInput.removeFirst(min(start, saslInput.count)) }
        while let length = saslInt32(start) {
            guard length >= 0, Int(length) <= settings.largestFrame else {
                throw fail(.malformed(.frameLength(Int64(length))))
            }
            let end = start + 4 + Int(length)
            guard saslInput.count >= end else { return }
            let plain: [UInt8]
            do {
                plain = try saslInput.withUnsafeBytes {
                    try sasl.unwrap(UnsafeRawBufferPointer(rebasing: $0[start + 4..<end]))
                }
            } catch { throw fail(.authentication(AuthenticationError(any: error))) }
            start = end
            try plain.withRaw { (raw) throws(RPCFailure) in try receivedFrames(raw, events) }
        }
    }

    /// Tokens are small; a length beyond this is not one.
    private mutating func checkSASLLength(_ length: Int32) throws(RPCFailure) {
        guard length >= 0, length <= 1 << 20 else {
            throw fail(.malformed(.frameLength(Int64(length))))
        }
    }

    private func saslInt32(_ offset: Int) -> Int32? {
        guard offset >= 0, saslInput.count - offset >= 4 else { return nil }
        return saslInput.withUnsafeBytes { $0.baseAddress.map { $0.bigEndian(Int32.self, at: offset) } }
    }
}
