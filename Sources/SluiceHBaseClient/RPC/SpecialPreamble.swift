/// The two questions that may be asked in place of a normal opening, of servers from 2.6 on. An older server answers
/// a fatal exception ("Expected HEADER=…") and closes.
public enum SpecialPreamble: Sendable, Hashable {
    /// The cluster's id, before any authentication; the server closes afterwards.
    case clusterID
    /// The principal to ask a Kerberos ticket for; a normal opening may follow on the same connection.
    case serverPrincipal

    public enum Answer: Sendable, Hashable {
        case clusterID(String)
        case serverPrincipal(String)
        /// The server is not secured, so it has no principal.
        case notSecured
        /// The server is older than the question.
        case notSupported(RemoteException)
    }

    public var bytes: [UInt8] {
        switch self {
        case .clusterID: return [UInt8]("Regist".utf8)
        case .serverPrincipal: return [UInt8]("Securi".utf8)
        }
    }

    /// Collects the one frame of the answer; nil when more bytes are needed.
    public struct Reader {
        private let question: SpecialPreamble
        private var decoder = FrameDecoder(limit: 1 << 20)

        public init(_ question: SpecialPreamble) { self.question = question }

        public mutating func received(_ bytes: UnsafeRawBufferPointer) throws(RPCFailure) -> Answer? {
            var answer: Answer?
            let question = self.question
            try decoder.receive(bytes) { (array, range) throws(RPCFailure) in
                guard answer == nil else { return }
                do throws(WireError) {
                    answer = try Reader.read(ResponseFrame(array, range), question)
                } catch { throw .malformed(error) }
            }
            return answer
        }

        private static func read(
            _ frame: ResponseFrame, _ question: SpecialPreamble
        ) throws(WireError) -> Answer {
            if let exception = frame.exception {
                let unsecured = "org.apache.hadoop.hbase.ipc.SecurityNotEnabledException"
                return exception.className == unsecured ? .notSecured : .notSupported(exception)
            }
            let text = try frame.decode(FirstString.self).value
            switch question {
            case .clusterID: return .clusterID(text)
            case .serverPrincipal: return .serverPrincipal(text)
            }
        }
    }
}

/// A message whose only field is a text: `GetConnectionRegistryResponse`, `SecurityPreamableResponse`, `ClusterId`.
struct FirstString: ProtobufReadable {
    var value: String

    init(from reader: inout ProtobufReader) throws(WireError) {
        var value: String?
        while let field = try reader.next() {
            if field == 1 { value = try reader.string() } else { try reader.skip() }
        }
        self.value = try required(value, "field 1")
    }
}
