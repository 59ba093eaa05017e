/// One entry of a log as a source ships it.
public struct FakeShippedEntry: Sendable, Hashable {
    public var region: String
    public var table: String
    public var sequence: UInt64
    /// Milliseconds since 1970.
    public var writeTime: Int64
    public var cells: [FakeCell]
    /// Milliseconds to live of every cell; written as a tag.
    public var timeToLive: Int64?

    public init(
        region: String = "r1", table: String = "t", sequence: UInt64, writeTime: Int64 = 1_800_000_000_000,
        cells: [FakeCell], timeToLive: Int64? = nil
    ) {
        self.region = region
        self.table = table
        self.sequence = sequence
        self.writeTime = writeTime
        self.cells = cells
        self.timeToLive = timeToLive
    }
}

/// The frames that a region server sends to a peer, written apart from the receiver's codec.
public enum FakeShipment {
    public static let codec = "org.apache.hadoop.hbase.codec.KeyValueCodecWithTags"

    /// Preamble and connection header.
    public static func opening(
        service: String = "AdminService", codec: String? = codec, compressor: String? = nil,
        authentication: UInt8 = 80
    ) -> [UInt8] {
        preamble(authentication) + header(service: service, codec: codec, compressor: compressor)
    }

    public static func preamble(_ authentication: UInt8) -> [UInt8] {
        [0x48, 0x42, 0x61, 0x73, 0, authentication]
    }

    public static func header(
        service: String = "AdminService", codec: String? = codec, compressor: String? = nil
    ) -> [UInt8] {
        var header = FakeWriter()
        header.message(1) { $0.string(1, "hbase") }
        header.string(2, service)
        if let codec { header.string(3, codec) }
        if let compressor { header.string(4, compressor) }
        return BigEndian.bytes(Int32(header.result.count)) + header.result
    }

    /// The cell by which a log tells of files that were loaded into a region past it.
    public static func bulkLoad(table: String, region: String, family: String, files: [String]) -> FakeCell {
        var marker = FakeWriter()
        marker.message(1) {
            $0.string(1, "default")
            $0.string(2, table)
        }
        marker.string(2, region)
        marker.message(3) { store in
            store.string(1, family)
            store.string(2, family)
            for file in files { store.string(3, file) }
        }
        marker.uint(4, 4)
        marker.bool(6, true)
        return FakeCell(
            row: [0], family: Array("METAFAMILY".utf8), qualifier: Array("HBASE::BULK_LOAD".utf8),
            timestamp: 1_800_000_000_000, value: marker.result)
    }

    /// A call without a message's fields.
    public static func call(_ method: String, id: UInt32) -> [UInt8] { frame(method, id, [], []) }

    /// `ReplicateWALEntry`.
    public static func request(_ entries: [FakeShippedEntry], id: UInt32) -> [UInt8] {
        var message = FakeWriter()
        var block: [UInt8] = []
        for entry in entries {
            message.message(1) { writer in
                writer.message(1) { key in
                    key.string(1, entry.region)
                    key.string(2, entry.table)
                    key.uint(3, entry.sequence)
                    key.int(4, Int(entry.writeTime))
                    key.message(6) {
                        $0.string(1, "f")
                        $0.uint(2, 1)
                    }
                    key.message(8) {
                        $0.uint(1, 7)
                        $0.uint(2, 9)
                    }
                }
                writer.int(3, entry.cells.count)
            }
            for cell in entry.cells { append(cell, entry.timeToLive, &block) }
        }
        message.string(2, "")
        message.string(3, "file:/data")
        return frame("ReplicateWALEntry", id, message.result, block)
    }

    private static func append(_ cell: FakeCell, _ timeToLive: Int64?, _ block: inout [UInt8]) {
        var bytes: [UInt8] = []
        cell.encode(&bytes)
        guard let timeToLive else {
            block += bytes
            return
        }
        let tags: [UInt8] = BigEndian.bytes(Int16(9)) + [8] + BigEndian.bytes(timeToLive)
        let all = Array(bytes[4...]) + BigEndian.bytes(Int16(tags.count)) + tags
        block += BigEndian.bytes(Int32(all.count)) + all
    }

    private static func frame(_ method: String, _ id: UInt32, _ message: [UInt8], _ block: [UInt8]) -> [UInt8]
    {
        var header = FakeWriter()
        header.uint(1, UInt64(id))
        header.bytes(2, [])
        header.string(3, method)
        header.bool(4, true)
        if !block.isEmpty { header.message(5) { $0.uint(1, UInt64(block.count)) } }
        header.uint(7, 60_000)
        var body: [UInt8] = []
        FakeWriter.varint(UInt64(header.result.count), &body)
        body += header.result
        FakeWriter.varint(UInt64(message.count), &body)
        body += message + block
        return BigEndian.bytes(Int32(body.count)) + body
    }

    /// An answer: the call's number and the class of its exception.
    public static func answer(_ frame: [UInt8]) -> (id: UInt32, exception: String?)? {
        var position = 0
        guard let length = try? FakeMessage.varint(frame[...], &position),
            Int(length) <= frame.count - position,
            let header = try? FakeMessage(
                "ResponseHeader", frame[position..<position + Int(length)], known: 3),
            let id = try? header.uint(1)
        else { return nil }
        let exception = try? header.message(2, "ExceptionResponse", known: 6)
        return (UInt32(truncatingIfNeeded: id), exception.flatMap { try? $0.string(1) })
    }
}
