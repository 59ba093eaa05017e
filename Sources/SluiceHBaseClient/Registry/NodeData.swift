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

    /// The server in field 1 of `MetaRegionServer` and `Master`. Of meta only while its region is open.
    static func server(_ bytes: [UInt8]) throws(WireError) -> ServerName? {
        guard let message = message(bytes) else { return nil }
        var server: ServerName?
        var state: UInt64 = 3
        try Array(message).withRaw { (raw) throws(WireError) in
            var reader = ProtobufReader(raw)
            while let field = try reader.next() {
                switch field {
                case 1: server = try reader.message(ServerName.self)
                case 3: state = try reader.uint64()
                default: try reader.skip()
                }
            }
        }
        return state == 3 ? server : nil
    }

    static func masterServer(_ bytes: [UInt8]) throws(WireError) -> ServerName? {
        guard let message = message(bytes) else { return nil }
        return try Array(message).withRaw { (raw) throws(WireError) in
            var reader = ProtobufReader(raw)
            while let field = try reader.next() {
                if field == 1 { return try reader.message(ServerName.self) }
                try reader.skip()
            }
            return nil
        }
    }

    /// `ClusterId`, or the bare text of old clusters.
    static func clusterID(_ bytes: [UInt8]) throws(WireError) -> String? {
        guard let message = message(bytes) else {
            guard let bare = withoutPrefix(bytes), !bare.isEmpty else { return nil }
            return String(validating: bare, as: UTF8.self)
        }
        return try Array(message).withRaw { (raw) throws(WireError) in
            var reader = ProtobufReader(raw)
            while let field = try reader.next() {
                if field == 1 { return try reader.string() }
                try reader.skip()
            }
            return nil
        }
    }
}
