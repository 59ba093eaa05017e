/// Contents of HBase's nodes in ZooKeeper: perhaps `FF`, int32 length and so many bytes; `PBUF`; a message.
enum NodeData {
    private static let magic: [UInt8] = [0x50, 0x42, 0x55, 0x46]

    /// The message; nil when the bytes are no such node.
    static func message(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard let body = withoutPrefix(bytes), body.starts(with: magic) else { return nil }
        return body.dropFirst(4)
    }

    private static func withoutPrefix(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard bytes.first == 0xFF else { return bytes[...] }
        guard bytes.count >= 5 else { return nil }
        var length = 0
        for byte in bytes[1..<5] { length = length << 8 | Int(byte) }
        guard length <= bytes.count - 5 else { return nil }
        return bytes[(5 + length)...]
    }

    /// Reads the message inside; nil when there is none.
    static func decode<Value>(
        _ bytes: [UInt8], _ read: (UnsafeRawBufferPointer) throws(WireError) -> Value?
    ) throws(WireError) -> Value? {
        guard let message = message(bytes) else { return nil }
        return try Array(message).withRaw { (raw) throws(WireError) in try read(raw) }
    }

    /// `ClusterId`, or the bare text of old clusters.
    static func clusterID(_ bytes: [UInt8]) throws(WireError) -> String? {
        if message(bytes) == nil {
            guard let bare = withoutPrefix(bytes), !bare.isEmpty else { return nil }
            return String(validating: bare, as: UTF8.self)
        }
        return try decode(bytes) { (raw) throws(WireError) in try RegistryMessages.clusterID(raw) }
    }
}
