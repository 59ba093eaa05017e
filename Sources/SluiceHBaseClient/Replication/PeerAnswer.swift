/// Writes the answers of a server: `int32` length, `ResponseHeader`, message.
public enum PeerAnswer {
    public static let doNotRetry = "org.apache.hadoop.hbase.DoNotRetryIOException"
    static let ioException = "java.io.IOException"
    static let callQueueTooBig = "org.apache.hadoop.hbase.CallQueueTooBigException"
    static let fatalConnection = "org.apache.hadoop.hbase.ipc.FatalConnectionException"
    static let wrongVersion = "org.apache.hadoop.hbase.ipc.WrongVersionException"
    static let badAuthentication = "org.apache.hadoop.hbase.ipc.BadAuthException"
    static let notSecured = "org.apache.hadoop.hbase.ipc.SecurityNotEnabledException"

    /// An answer; without a body the message is empty.
    public static func success(
        _ callID: UInt32, _ body: (inout ProtobufWriter) -> Void = { _ in }
    ) -> [UInt8] {
        frame(callID, { _ in }) { writer in
            let message = writer.begin()
            body(&writer)
            writer.end(message)
        }
    }

    /// An exception in place of the answer.
    public static func exception(
        _ callID: UInt32, _ className: String, _ text: String, doNotRetry: Bool = false
    ) -> [UInt8] {
        frame(callID) { writer in
            let exception = writer.begin(2)
            writer.field(1, className)
            writer.field(2, "\(className): \(text)")
            writer.field(5, doNotRetry)
            writer.end(exception)
        }
    }

    private static func frame(
        _ callID: UInt32, _ header: (inout ProtobufWriter) -> Void,
        _ message: (inout ProtobufWriter) -> Void = { _ in }
    ) -> [UInt8] {
        var writer = ProtobufWriter(capacity: 64)
        writer.bigEndian(0)
        let mark = writer.begin()
        writer.field(1, callID)
        header(&writer)
        writer.end(mark)
        message(&writer)
        writer.patch(Int32(truncatingIfNeeded: writer.count - 4), at: 0)
        return writer.finish()
    }
}
