import SluiceNet

/// One call as it came in.
struct FakeCall {
    var id: UInt32
    var method: String
    var param: ArraySlice<UInt8>
    var cells: [FakeCell]
    /// Virtual time after which the client no longer waits; the server drops the call then.
    var deadline: Int64?
    var fault: FaultAction?
}

/// What a call is answered with: a message and the cells behind it.
struct FakeAnswer {
    var message = FakeWriter()
    var block: [UInt8] = []
}

/// The server's end of one RPC connection: preamble, connection header, request frames in, response frames out.
/// Calls run one by one but in any order, as the handlers of a real server do.
final class FakeRPCPeer: FakePeer {
    private enum Stage { case preamble, saslToken, header, requests }

    private static let codec = "org.apache.hadoop.hbase.codec.KeyValueCodec"
    private static let gzip = "org.apache.hadoop.io.compress.GzipCodec"
    private static let longestFrame = 256 << 20

    private let link: FakeLink
    private unowned let server: FakeServer
    private var buffer: [UInt8] = []
    private var stage = Stage.preamble
    private(set) var service = ""
    /// Results go out as cell blocks: the connection has a codec, and the client told its version.
    private(set) var usesCellBlocks = false
    private var hasCodec = false
    private var isPacked = false

    init(link: FakeLink, server: FakeServer) {
        self.link = link
        self.server = server
    }

    private var cluster: FakeHBaseCluster { server.cluster }

    func cut() { link.close(reset: true) }

    func disconnected() { server.forget(self) }

    private func close() {
        link.close()
        server.forget(self)
    }

    private func refuse(_ reason: String) {
        cluster.refusedConnections.append(reason)
        close()
    }

    // MARK: Bytes in

    func received(_ bytes: [UInt8]) {
        buffer += bytes
        var position = 0
        while link.isOpen, take(&position) {}
        buffer.removeFirst(min(position, buffer.count))
    }

    /// Takes the next complete piece; false when there is none.
    private func take(_ position: inout Int) -> Bool {
        if stage == .preamble {
            guard buffer.count - position >= 6 else { return false }
            let preamble = Array(buffer[position..<position + 6])
            position += 6
            greet(preamble)
            return true
        }
        var at = position
        guard let length = BigEndian.read(Int32.self, buffer[...], &at).map(Int.init) else { return false }
        guard length >= 0, length <= Self.longestFrame else {
            refuse("a frame of \(length) bytes")
            return false
        }
        guard buffer.count - at >= length else { return false }
        let body = buffer[at..<at + length]
        position = at + length
        switch stage {
        case .saslToken: refuseSecurity()
        case .header: takeHeader(body)
        default: takeRequest(body)
        }
        return true
    }

    private func greet(_ preamble: [UInt8]) {
        if cluster.version >= .v2_6, preamble == Array("Regist".utf8) {
            var message = FakeWriter()
            message.string(1, cluster.clusterID)
            sendFrame(id: .max, FakeAnswer(message: message))
            return close()
        }
        if cluster.version >= .v2_6, preamble == Array("Securi".utf8) {
            return sendException(
                id: .max, FakeException("ipc.SecurityNotEnabledException", "Security is not enabled"))
        }
        guard preamble.starts(with: Array("HBas".utf8)) else {
            return fatal(
                FakeException("ipc.FatalConnectionException", "Expected HEADER=HBas but received other"))
        }
        guard preamble[4] == 0 else {
            return fatal(FakeException("ipc.WrongVersionException", "Unknown rpc version"))
        }
        switch preamble[5] {
        case 0x50: stage = .header
        case 0x51: stage = .saslToken
        default: fatal(FakeException("ipc.BadAuthException", "Unknown authentication code"))
        }
    }

    /// No security here: the client is told to go on without.
    private func refuseSecurity() {
        link.send(BigEndian.bytes(Int32(0)) + BigEndian.bytes(Int32(-88)))
        stage = .header
    }

    private func takeHeader(_ body: ArraySlice<UInt8>) {
        do {
            let header = try FakeMessage("ConnectionHeader", body, known: 7)
            if let user = try header.message(1, "UserInformation", known: 2) {
                _ = try user.requiredString(1)
            }
            let service = try header.string(2) ?? ""
            guard server.serves(service) else { return refuse("service \"\(service)\"") }
            let codec = try header.string(3)
            guard codec == nil || codec == Self.codec else { return refuse("codec \(codec ?? "")") }
            let compressor = try header.string(4)
            guard compressor == nil || compressor == Self.gzip && cluster.hasCompressor else {
                return refuse("compressor \(compressor ?? "")")
            }
            isPacked = compressor != nil
            var versioned = false
            if let version = try header.message(5, "VersionInfo", known: 8) {
                for field in 1...6 { _ = try version.requiredString(field) }
                versioned = try version.uint(7) ?? 0 >= 2
            }
            self.service = service
            hasCodec = codec != nil
            usesCellBlocks = hasCodec && versioned
            stage = .requests
        } catch {
            refuse("connection header: \(error)")
        }
    }

    private func takeRequest(_ body: ArraySlice<UInt8>) {
        do {
            var at = body.startIndex
            let header = try FakeMessage("RequestHeader", Self.delimited(body, &at), known: 8)
            let id = UInt32(truncatingIfNeeded: try header.uint(1) ?? 0)
            let method = try header.string(3) ?? ""
            guard try header.bool(4) == true else { throw Unparsable(reason: "no request parameters") }
            let param = try Self.delimited(body, &at)
            let meta = try header.message(5, "CellBlockMeta", known: 1)
            let announced = try meta?.int(1) ?? 0
            guard announced == body.endIndex - at else {
                throw Unparsable(
                    reason: "\(method): cell block of \(body.endIndex - at), announced \(announced)")
            }
            guard hasCodec || announced == 0 else { throw Unparsable(reason: "cells without a codec") }
            server.calls[method, default: 0] += 1
            do {
                var call = FakeCall(
                    id: id, method: method, param: param, cells: try FakeCell.decodeBlock(block(body[at...])),
                    deadline: nil)
                if let timeout = try header.uint(7), timeout > 0 {
                    call.deadline = cluster.world.now &+ Int64(clamping: timeout) &* 1_000_000
                }
                start(call)
            } catch let exception as FakeException {
                sendException(id: id, exception)
            }
        } catch {
            refuse("request: \(error)")
        }
    }

    private func block(_ bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        guard isPacked, !bytes.isEmpty else { return bytes }
        guard let plain = FakeGzip.unpack(Array(bytes)) else {
            throw Unparsable(reason: "cells are no gzip stream")
        }
        cluster.packedBlocks += 1
        return plain[...]
    }

    private static func delimited(_ body: ArraySlice<UInt8>, _ at: inout Int) throws -> ArraySlice<UInt8> {
        let length = try FakeMessage.varint(body, &at)
        guard length <= UInt64(body.endIndex - at) else { throw Unparsable(reason: "message cut off") }
        let end = at + Int(length)
        defer { at = end }
        return body[at..<end]
    }

    // MARK: Running a call

    private func start(_ call: FakeCall) {
        var call = call
        call.fault = cluster.fault(for: call, service: service, server: server)
        var wait = cluster.serviceTime()
        switch call.fault {
        case .exception(let exception): return reply(call.id, exception: exception, after: wait)
        case .requestLost: return cut()
        case .silence(applied: false): return
        case .slow(let nanos): wait += nanos
        case .fatal(let exception): return fatal(exception)
        case .strayReply: sendFrame(id: 1_900_000_000, FakeAnswer())
        default: break
        }
        let startCode = server.startCode
        cluster.world.after(wait) { [self] in
            guard server.isAlive, server.startCode == startCode else { return }
            run(call)
        }
    }

    private func run(_ call: FakeCall) {
        // The call of a client that has hung up, or no longer waits, is not run.
        guard link.isOpen else { return }
        if let deadline = call.deadline, cluster.world.now > deadline { return }
        do {
            let answer = try FakeService(server: server, peer: self, call: call).answer(service: service)
            deliver(answer, to: call)
        } catch let exception as FakeException {
            sendException(id: call.id, exception)
        } catch {
            refuse("\(call.method): \(error)")
        }
    }

    private func deliver(_ answer: FakeAnswer, to call: FakeCall) {
        switch call.fault {
        case .replyLost: cut()
        case .silence: break
        case .halfReply:
            let frame = frame(id: call.id, answer)
            let part = Int.random(in: 0..<frame.count, using: &cluster.random)
            link.send(Array(frame[..<part]))
            link.close()
        case .slowReply(let nanos):
            cluster.world.after(nanos) { [self] in sendFrame(id: call.id, answer) }
        default: sendFrame(id: call.id, answer)
        }
    }

    private func reply(_ id: UInt32, exception: FakeException, after nanos: Int64) {
        cluster.world.after(nanos) { [self] in sendException(id: id, exception) }
    }

    // MARK: Frames out

    private func fatal(_ exception: FakeException) {
        sendException(id: .max, exception)
        close()
    }

    private func sendException(id: UInt32, _ exception: FakeException) {
        var header = FakeWriter()
        header.uint(1, UInt64(id))
        header.message(2, exception.response())
        var body: [UInt8] = []
        FakeWriter.varint(UInt64(header.result.count), &body)
        body += header.result
        link.send(BigEndian.bytes(Int32(body.count)) + body)
    }

    private func sendFrame(id: UInt32, _ answer: FakeAnswer) { link.send(frame(id: id, answer)) }

    private func frame(id: UInt32, _ answer: FakeAnswer) -> [UInt8] {
        var header = FakeWriter()
        header.uint(1, UInt64(id))
        let block = isPacked && !answer.block.isEmpty ? FakeGzip.pack(answer.block) : answer.block
        if !block.isEmpty { header.message(3) { $0.uint(1, UInt64(block.count)) } }
        var body: [UInt8] = []
        FakeWriter.varint(UInt64(header.result.count), &body)
        body += header.result
        FakeWriter.varint(UInt64(answer.message.result.count), &body)
        body += answer.message.result
        body += block
        return BigEndian.bytes(Int32(body.count)) + body
    }
}
