/// One connection to one service of an HBase server, as a pure state machine: bytes in, bytes and events out.
/// It has no clock and does no input or output.
///
/// `Call` is what the owner wants back with the answer of a call. Answers come in any order and are matched
/// by number; an answer to a number that is not open (a call given up) is passed over. Sources: hbase-client
/// `NettyRpcConnection`, `ServerRpcConnection`.
public struct RPCConnection<Call> {
    public struct Settings {
        public var header: ConnectionHeader
        /// nil: SIMPLE, the server takes the user's name at its word.
        public var sasl: (any SASLMachine)?
        /// Go on without authentication when the server has none.
        public var allowsSimpleFallback = false
        public var largestFrame = 256 << 20
        /// Packs the cell blocks of both directions.
        public var compression: BlockCodec?

        public init(user: String, service: String, sasl: (any SASLMachine)? = nil) {
            header = ConnectionHeader(effectiveUser: user, service: service)
            self.sasl = sasl
        }
    }

    public enum Event {
        /// Bytes to send: tokens and the header.
        case send([UInt8])
        /// Requests may be sent from now on.
        case ready
        /// The answer of an open call, which is closed by it.
        case response(Call, ResponseFrame)
    }

    enum State {
        case idle
        case authenticating
        case ready
        case failed
    }

    public let settings: Settings
    var state = State.idle
    var decoder: FrameDecoder
    /// Tokens before the header, or wrapped records after it, not yet complete.
    var saslInput: [UInt8] = []
    var wraps = false
    private var open: [UInt32: Call] = [:]
    private var lastCallID: UInt32 = 0

    public init(_ settings: Settings) {
        self.settings = settings
        decoder = FrameDecoder(limit: settings.largestFrame)
    }

    public var isReady: Bool { state == .ready }
    public var openCalls: Int { open.count }

    // MARK: opening

    /// The first bytes, to be sent when the transport is open. Without authentication the connection is ready
    /// at once: the server sends no reply.
    public mutating func start() throws(RPCFailure) -> [UInt8] {
        guard let sasl = settings.sasl else {
            state = .ready
            return RPCConnection.preamble(80) + headerBytes()
        }
        state = .authenticating
        let token: [UInt8]
        do { token = try sasl.firstToken() } catch {
            throw fail(.authentication(AuthenticationError(any: error)))
        }
        return RPCConnection.preamble(sasl.authenticationCode) + RPCConnection.prefixed(token)
    }

    static func preamble(_ code: UInt8) -> [UInt8] { [0x48, 0x42, 0x61, 0x73, 0, code] }

    static func prefixed(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ProtobufWriter(capacity: bytes.count + 4)
        writer.bigEndian(Int32(truncatingIfNeeded: bytes.count))
        writer.raw(bytes)
        return writer.finish()
    }

    func headerBytes() -> [UInt8] {
        var header = settings.header
        header.cellBlockCompressor = settings.compression?.className
        return RPCConnection.prefixed(header.encoded())
    }

    mutating func fail(_ failure: RPCFailure) -> RPCFailure {
        state = .failed
        return failure
    }

    // MARK: calls

    /// Begins a call: writes its frame. `cells` appends exactly `cellBlockLength` bytes of cells after the
    /// message.
    ///
    /// - `timeoutMillis`: the server drops the call when it has not begun it by then; 0 for none.
    /// - `priority`: 0 for user calls.
    public mutating func request(
        _ call: Call, method: StaticString, timeoutMillis: UInt32, priority: UInt32 = 0,
        cellBlockLength: Int = 0, expecting: Int = 64,
        message: (inout ProtobufWriter) -> Void, cells: (inout ProtobufWriter) -> Void = { _ in }
    ) throws(RPCFailure) -> (callID: UInt32, bytes: [UInt8]) {
        repeat { lastCallID = lastCallID >= 0x3FFF_FFFF ? 1 : lastCallID + 1 } while open[lastCallID] != nil
        let callID = lastCallID
        var packed: [UInt8]?
        if let codec = settings.compression, cellBlockLength > 0 {
            var plain = ProtobufWriter(capacity: cellBlockLength)
            cells(&plain)
            packed = plain.withBytes { codec.packed($0) }
            if packed == nil { throw fail(.malformed(.badCompression)) }
        }
        let cellBlockLength = packed?.count ?? cellBlockLength
        var writer = ProtobufWriter(capacity: 96 + expecting + cellBlockLength)
        writer.bigEndian(0)
        let header = writer.begin()
        writer.field(1, callID)
        method.withUTF8Buffer { writer.field(3, UnsafeRawBufferPointer($0)) }
        writer.field(4, true)
        if cellBlockLength > 0 {
            let meta = writer.begin(5)
            writer.field(1, UInt64(cellBlockLength))
            writer.end(meta)
        }
        if priority > 0 { writer.field(6, priority) }
        if timeoutMillis > 0 { writer.field(7, timeoutMillis) }
        writer.end(header)
        let param = writer.begin(expecting: expecting)
        message(&writer)
        writer.end(param)
        if let packed { writer.raw(packed) } else { cells(&writer) }
        writer.patch(Int32(truncatingIfNeeded: writer.count - 4), at: 0)
        // Open only when it can be sent: its owner ends it otherwise.
        let bytes = try outgoing(writer.finish())
        open[callID] = call
        return (callID, bytes)
    }

    /// Gives up a call: its answer will be passed over.
    @discardableResult
    public mutating func forget(_ callID: UInt32) -> Call? { open.removeValue(forKey: callID) }

    /// Takes all open calls, for failing them when the connection is gone.
    public mutating func takeOpenCalls() -> [(callID: UInt32, call: Call)] {
        let calls = open.sorted { $0.key < $1.key }.map { (callID: $0.key, call: $0.value) }
        open.removeAll()
        return calls
    }

    /// Wraps bytes where the authentication asks for it.
    mutating func outgoing(_ bytes: consuming [UInt8]) throws(RPCFailure) -> [UInt8] {
        guard wraps, let sasl = settings.sasl else { return bytes }
        do { return try sasl.wrap(bytes) } catch {
            throw fail(.authentication(AuthenticationError(any: error)))
        }
    }

    // MARK: answers

    /// Takes bytes of the server. After an error the connection is dead: close it and fail `takeOpenCalls`.
    public mutating func received(
        _ bytes: UnsafeRawBufferPointer, _ events: (Event) -> Void
    ) throws(RPCFailure) {
        switch state {
        case .idle, .failed: return
        case .authenticating: try receivedToken(bytes, events)
        case .ready:
            if wraps { try receivedWrapped(bytes, events) } else { try receivedFrames(bytes, events) }
        }
    }

    mutating func receivedFrames(
        _ bytes: UnsafeRawBufferPointer, _ events: (Event) -> Void
    ) throws(RPCFailure) {
        var decoder = self.decoder
        self.decoder = FrameDecoder(limit: 0)
        defer { self.decoder = decoder }
        do throws(RPCFailure) {
            try decoder.receive(bytes) { (array, range) throws(RPCFailure) in
                try receivedFrame(array, range, events)
            }
        } catch {
            throw fail(error)
        }
    }

    private func unpacked(_ frame: ResponseFrame) throws(WireError) -> ResponseFrame {
        guard let codec = settings.compression, !frame.cells.isEmpty else { return frame }
        return try frame.unpacked(codec, limit: settings.largestFrame)
    }

    private mutating func receivedFrame(
        _ bytes: [UInt8], _ range: Range<Int>, _ events: (Event) -> Void
    ) throws(RPCFailure) {
        let frame: ResponseFrame
        do { frame = try unpacked(ResponseFrame(bytes, range)) } catch { throw .malformed(error) }
        if let exception = frame.exception,
            frame.callID == ResponseHeader.connectionCallID || exception.isFatalForConnection
        {
            throw .fatal(exception)
        }
        if let call = open.removeValue(forKey: frame.callID) { events(.response(call, frame)) }
    }
}

extension RemoteException {
    /// Classes that end a connection whatever call they answer.
    var isFatalForConnection: Bool {
        switch className {
        case "org.apache.hadoop.hbase.ipc.FatalConnectionException",
            "org.apache.hadoop.hbase.ipc.BadAuthException",
            "org.apache.hadoop.hbase.ipc.EmptyServiceNameException",
            "org.apache.hadoop.hbase.ipc.UnknownServiceException",
            "org.apache.hadoop.hbase.ipc.UnsupportedCellCodecException",
            "org.apache.hadoop.hbase.ipc.UnsupportedCompressionCodecException",
            "org.apache.hadoop.hbase.ipc.UnsupportedCryptoException",
            "org.apache.hadoop.hbase.ipc.WrongVersionException":
            return true
        default: return false
        }
    }
}
