/// The server's end of one connection of HBase's RPC, as a pure state machine: bytes in, bytes and calls out. It has
/// no clock and does no input or output.
///
/// It accepts SIMPLE authentication. A client that begins with Kerberos or a token is told (−88) that this server
/// has none, and goes on if its settings allow that. Cell blocks come in `KeyValueCodec`, with tags or without, and
/// are not compressed. What HBase's servers answer with a closed connection is answered so here: a header that asks
/// for something unknown, a frame that cannot be read. Whatever the bytes are, memory grows only with bytes that
/// have really come, up to one frame of `largestFrame`.
/// Sources: `ServerRpcConnection`, `NettyRpcFrameDecoder`.
public struct PeerConnection {
    public enum Event {
        case send([UInt8])
        /// To be answered with `PeerAnswer`, in any order.
        case call(PeerRequest, service: Service)
        /// The connection is to be closed when what was sent is written; why, in one sentence. It is dead.
        case close(String)
    }

    public enum Service: String, Sendable {
        case admin = "AdminService"
        case master = "MasterService"
        case registry = "ClientMetaService"
    }

    private enum State {
        case preamble
        /// A token of authentication, which is passed over: so many bytes are still to come; nil: its length is.
        case token(Int?)
        case header
        case ready(Service)
        case dead
    }

    private let clusterID: String
    private var state = State.preamble
    private var decoder: FrameDecoder
    /// Of the preamble, or of a length or header that is not complete.
    private var opening: [UInt8] = []
    /// Who the client says that it is, once it has.
    public private(set) var user = ""

    private static let longestHeader = 1 << 16
    private static let longestToken = 1 << 20

    /// `clusterID`: the answer to those who ask before they open.
    public init(clusterID: String, largestFrame: Int = 256 << 20) {
        self.clusterID = clusterID
        decoder = FrameDecoder(limit: largestFrame)
    }

    /// Bytes of what has not come whole.
    public var heldBytes: Int { decoder.heldBytes + opening.count }

    /// Takes bytes of the client.
    public mutating func received(_ bytes: UnsafeRawBufferPointer, _ events: (Event) -> Void) {
        var rest = bytes
        while !rest.isEmpty {
            switch state {
            case .dead: return
            case .preamble:
                guard take(&rest, upTo: 6) else { return }
                preamble(events)
            case .token(nil):
                guard take(&rest, upTo: 4) else { return }
                token(length: openingLength(), events)
            case .token(let left?):
                let passed = min(left, rest.count)
                rest = UnsafeRawBufferPointer(rebasing: rest[passed...])
                skipped(left - passed, events)
            case .header:
                guard takeHeader(&rest, events) else { return }
                header(events)
            case .ready(let service):
                calls(rest, service, events)
                return
            }
        }
    }

    private mutating func die(_ reason: String, _ events: (Event) -> Void) {
        state = .dead
        opening = []
        decoder = FrameDecoder(limit: 0)
        events(.close(reason))
    }

    // MARK: Opening

    /// Moves bytes to `opening` until it has `count`; whether it has.
    private mutating func take(_ rest: inout UnsafeRawBufferPointer, upTo count: Int) -> Bool {
        let wanted = min(max(count - opening.count, 0), rest.count)
        opening.append(contentsOf: rest[..<wanted])
        rest = UnsafeRawBufferPointer(rebasing: rest[wanted...])
        return opening.count >= count
    }

    /// The number in the four bytes of `opening`.
    private func openingLength() -> Int {
        opening.withRaw { raw in
            guard raw.count >= 4, let base = raw.baseAddress else { return -1 }
            return Int(base.bigEndian(Int32.self, at: 0))
        }
    }

    private mutating func preamble(_ events: (Event) -> Void) {
        let bytes = opening
        opening = []
        if bytes == SpecialPreamble.clusterID.bytes {
            events(.send(PeerAnswer.success(ResponseHeader.connectionCallID) { $0.field(1, clusterID) }))
            return die("it only asked for the cluster's id", events)
        }
        if bytes == SpecialPreamble.serverPrincipal.bytes {
            let text = "this server has no Kerberos principal"
            events(.send(PeerAnswer.exception(ResponseHeader.connectionCallID, PeerAnswer.notSecured, text)))
            return
        }
        guard bytes.starts(with: [0x48, 0x42, 0x61, 0x73]) else {
            return refuse(PeerAnswer.fatalConnection, "Expected HEADER=HBas", events)
        }
        guard bytes[4] == 0 else {
            return refuse(PeerAnswer.wrongVersion, "Expected VERSION=0 but received \(bytes[4])", events)
        }
        switch bytes[5] {
        case 80: state = .header
        case 81, 82: state = .token(nil)
        default: refuse(PeerAnswer.badAuthentication, "Unknown authentication \(bytes[5])", events)
        }
    }

    private mutating func refuse(_ className: String, _ text: String, _ events: (Event) -> Void) {
        events(
            .send(PeerAnswer.exception(ResponseHeader.connectionCallID, className, text, doNotRetry: true)))
        die("it opened with something else than HBase's RPC: \(text)", events)
    }

    private mutating func token(length: Int, _ events: (Event) -> Void) {
        opening = []
        guard length >= 0, length <= Self.longestToken else {
            return die("its token has an impossible length", events)
        }
        skipped(length, events)
    }

    /// So many bytes of the token are left. At its end the client is told to go on without authentication.
    private mutating func skipped(_ left: Int, _ events: (Event) -> Void) {
        guard left == 0 else {
            state = .token(left)
            return
        }
        state = .header
        events(.send([0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xA8]))
    }

    /// Whether the header and its length are complete.
    private mutating func takeHeader(
        _ rest: inout UnsafeRawBufferPointer, _ events: (Event) -> Void
    ) -> Bool {
        guard take(&rest, upTo: 4) else { return false }
        let length = openingLength()
        guard length >= 0, length <= Self.longestHeader else {
            die("its connection header has an impossible length", events)
            return false
        }
        return take(&rest, upTo: 4 + length)
    }

    private mutating func header(_ events: (Event) -> Void) {
        let bytes = Array(opening.dropFirst(4))
        opening = []
        guard let header = try? PeerConnectionHeader(bytes) else {
            return die("its connection header cannot be read", events)
        }
        user = header.user
        guard let service = Service(rawValue: header.service) else {
            return die("it asked for the service \"\(header.service)\"", events)
        }
        if let codec = header.codec, !PeerConnectionHeader.codecs.contains(codec) {
            return die("it wants the cell codec \"\(codec)\"", events)
        }
        if let compressor = header.compressor {
            return die("it wants to compress cells with \"\(compressor)\"", events)
        }
        state = .ready(service)
    }

    // MARK: Calls

    private mutating func calls(
        _ bytes: UnsafeRawBufferPointer, _ service: Service, _ events: (Event) -> Void
    ) {
        var decoder = self.decoder
        self.decoder = FrameDecoder(limit: 0)
        var problem: String?
        do throws(RPCFailure) {
            try decoder.receive(bytes) { (array, range) throws(RPCFailure) in
                do throws(WireError) {
                    events(.call(try PeerRequest(array, range), service: service))
                } catch {
                    throw .malformed(error)
                }
            }
        } catch .malformed(let error) {
            problem = "it sent a frame that cannot be read: \(error)"
        } catch {
            problem = "it sent a frame that cannot be read"
        }
        self.decoder = decoder
        if let problem { die(problem, events) }
    }
}

/// `hbase.pb.ConnectionHeader`, as a server reads it.
struct PeerConnectionHeader: ProtobufReadable {
    static let codecs: Set<String> = [
        ConnectionHeader.keyValueCodec, "org.apache.hadoop.hbase.codec.KeyValueCodecWithTags",
    ]

    var user = ""
    var service = ""
    var codec: String?
    var compressor: String?

    init(from reader: inout ProtobufReader) throws(WireError) {
        while let field = try reader.next() {
            switch field {
            case 1:
                var info = ProtobufReader(try reader.bytes())
                while let inner = try info.next() {
                    if inner == 1 { user = try info.lenientString() } else { try info.skip() }
                }
            case 2: service = try reader.lenientString()
            case 3: codec = try reader.lenientString()
            case 4: compressor = try reader.lenientString()
            default: try reader.skip()
            }
        }
    }
}
