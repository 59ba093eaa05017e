/// The client's side of SASL's mechanism GSSAPI as HBase speaks it: the context's tokens, an empty token, the
/// server's offer of layers (a wrapped bit mask and the largest message it takes), the client's choice, after
/// which the server says nothing more. Sources: RFC 4752; hbase-client `NettyHBaseSaslRpcClientHandler`.
public final class GSSAPIMachine: SASLMachine {
    private enum State { case fresh, exchanging, offer, complete }

    private let context: any SecurityContext
    /// What the client agrees to, best first.
    private let accepted: [SASLProtection]
    private var prepared: [UInt8]?
    private var state: State = .fresh
    private var protection: SASLProtection = .authentication
    /// The largest piece that is wrapped at once.
    private var largestPiece: Int = 60 << 10

    /// What we say that we take, an int24.
    private static let largestAccepted: UInt32 = 0xFF_FFFF
    /// Bytes that wrapping adds at most, generously.
    private static let overhead: Int = 128

    /// `accepted` empty: everything, privacy before integrity before authentication alone.
    public init(_ context: any SecurityContext, accepted: [SASLProtection] = []) {
        self.context = context
        self.accepted = accepted.isEmpty ? [.privacy, .integrity, .authentication] : accepted
    }

    public var authenticationCode: UInt8 { 81 }
    public var isComplete: Bool { state == .complete }
    public var wraps: Bool { state == .complete && protection != .authentication }

    /// Makes the first token, which may ask the key distribution centre and block; `firstToken` then only
    /// hands it out.
    public func prepare() throws(AuthenticationError) {
        guard state == .fresh, prepared == nil else { return }
        prepared = try context.step(UnsafeRawBufferPointer(start: nil, count: 0)) ?? []
    }

    public func firstToken() throws -> [UInt8] {
        try prepare()
        state = context.isEstablished ? .offer : .exchanging
        return prepared ?? []
    }

    public func answer(_ token: UnsafeRawBufferPointer) throws -> [UInt8]? {
        switch state {
        case .fresh, .complete: throw AuthenticationError("the server sent a token that nobody asked for")
        case .exchanging:
            let reply: [UInt8] = try context.step(token) ?? []
            if context.isEstablished { state = .offer }
            return reply
        case .offer: return try choose(context.unwrap(token, confidential: false))
        }
    }

    private func choose(_ offer: [UInt8]) throws(AuthenticationError) -> [UInt8] {
        guard offer.count == 4 else {
            throw AuthenticationError(
                "the server's offer of protections has \(offer.count) bytes in place of 4")
        }
        let layers: UInt8 = offer[0]
        guard let choice = accepted.first(where: { layers & $0.rawValue != 0 }) else {
            let wanted: String = accepted.map(\.name).joined(separator: ", ")
            let offered: String = SASLProtection.names(layers)
            throw AuthenticationError(
                "the server protects connections with \(offered), the client accepts \(wanted)",
                hint: "set hbase.rpc.protection to the server's value")
        }
        protection = choice
        let largest: Int = Int(offer[1]) << 16 | Int(offer[2]) << 8 | Int(offer[3])
        if largest > 0 { largestPiece = max(1024, largest - Self.overhead) }
        let size: UInt32 = choice == .authentication ? 0 : Self.largestAccepted
        let answer: [UInt8] = [
            choice.rawValue, UInt8(truncatingIfNeeded: size >> 16), UInt8(truncatingIfNeeded: size >> 8),
            UInt8(truncatingIfNeeded: size),
        ]
        let wrapped: [UInt8] = try wrapOnce(answer[...], confidential: false)
        state = .complete
        return wrapped
    }

    /// Records of int32 length and wrapped bytes, no larger than the server takes.
    public func wrap(_ bytes: [UInt8]) throws -> [UInt8] {
        var records: [UInt8] = []
        records.reserveCapacity(bytes.count + (bytes.count / largestPiece + 1) * Self.overhead)
        var start: Int = 0
        while start < bytes.count {
            let end: Int = min(bytes.count, start + largestPiece)
            let record: [UInt8] = try wrapOnce(bytes[start..<end], confidential: protection == .privacy)
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: record.count).bigEndian) {
                records.append(contentsOf: $0)
            }
            records.append(contentsOf: record)
            start = end
        }
        return records
    }

    public func unwrap(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
        try context.unwrap(bytes, confidential: protection == .privacy)
    }

    private func wrapOnce(
        _ bytes: ArraySlice<UInt8>, confidential: Bool
    ) throws(AuthenticationError) -> [UInt8] {
        let result: Result<[UInt8], AuthenticationError> = bytes.withUnsafeBytes { raw in
            Result { () throws(AuthenticationError) in try context.wrap(raw, confidential: confidential) }
        }
        return try result.get()
    }
}
