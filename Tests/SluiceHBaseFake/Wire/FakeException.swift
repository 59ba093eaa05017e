/// An exception as the server throws it; goes to the client by its full class name.
public struct FakeException: Error, Hashable, Sendable {
    public static let prefix = "org.apache.hadoop.hbase."

    public var className: String
    public var message: String
    public var doNotRetry = false
    /// Where the region went, for RegionMovedException.
    public var host: String?
    public var port: UInt16 = 0
    public var overloaded = false

    public init(fullName: String, _ message: String, doNotRetry: Bool = false) {
        className = fullName
        self.message = message
        self.doNotRetry = doNotRetry
    }

    /// `name` without the package of HBase, such as `exceptions.RegionOpeningException`.
    public init(_ name: String, _ message: String, doNotRetry: Bool = false) {
        self.init(fullName: Self.prefix + name, message, doNotRetry: doNotRetry)
    }

    static func doNotRetryIO(_ message: String) -> FakeException {
        FakeException("DoNotRetryIOException", message, doNotRetry: true)
    }

    static func missingField(_ message: String, _ field: Int) -> FakeException {
        FakeException(
            fullName: prefix + "shaded.com.google.protobuf.UninitializedMessageException",
            "Message missing required fields: \(message).\(field)")
    }

    /// The text of a stack trace: class, message, and lines that a client is to cut off.
    var trace: String {
        "\(className): \(message)\n\tat org.apache.hadoop.hbase.regionserver.RSRpcServices.multi(RSRpcServices.java:1)"
            + "\n\tat org.apache.hadoop.hbase.ipc.RpcServer.call(RpcServer.java:444)"
    }

    /// As a whole call's answer: ExceptionResponse.
    func response() -> FakeWriter {
        var writer = FakeWriter()
        writer.string(1, className)
        writer.string(2, trace)
        if let host {
            writer.string(3, host)
            writer.uint(4, UInt64(port))
        }
        writer.bool(5, doNotRetry)
        if overloaded { writer.bool(6, true) }
        return writer
    }

    /// As the answer of a region or of one action: NameBytesPair.
    func pair() -> FakeWriter {
        var writer = FakeWriter()
        writer.string(1, className)
        writer.bytes(2, Array(trace.utf8))
        return writer
    }
}

/// Bytes that the server cannot make sense of; it closes the connection without a word.
struct Unparsable: Error {
    var reason: String
}
