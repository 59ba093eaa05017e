/// A record that owns its bytes. NULL keys and values are told from empty ones.
public struct LogRecord: Sendable, Hashable {
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: [UInt8]?
        public init(_ name: String, _ value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }

    /// The record's number in its partition; set by the log.
    public var offset: Int64
    /// Milliseconds since 1970-01-01 UTC.
    public var timestamp: Int64
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [Header]

    public init(
        timestamp: Int64, key: [UInt8]? = nil, value: [UInt8]?, headers: [Header] = [], offset: Int64 = -1
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// A record inside a batch that was read: its bytes belong to the reader and change with its next step.
public struct LogRecordView {
    public let offset: Int64
    /// Milliseconds since 1970-01-01 UTC.
    public let timestamp: Int64
    public let key: UnsafeRawBufferPointer?
    public let value: UnsafeRawBufferPointer?
    public let headerCount: Int
    let headerBytes: UnsafeRawBufferPointer

    /// A copy that lives on.
    public var record: LogRecord {
        LogRecord(
            timestamp: timestamp, key: key.map { Array($0) }, value: value.map { Array($0) },
            headers: headers,
            offset: offset)
    }

    /// Checked when the view was made.
    public var headers: [LogRecord.Header] {
        var found: [LogRecord.Header] = []
        var position = 0
        for _ in 0..<headerCount {
            guard let (name, value) = BatchLayout.header(headerBytes, at: &position) else { break }
            found.append(LogRecord.Header(String(decoding: name, as: UTF8.self), value.map { Array($0) }))
        }
        return found
    }
}
