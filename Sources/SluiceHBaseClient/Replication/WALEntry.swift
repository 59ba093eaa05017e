/// One entry of a region server's write-ahead log as a source ships it: what one batch did to one region
/// (`hbase.pb.WALEntry`), with its cells as they came.
public struct WALEntry: Sendable, Hashable {
    /// The region's encoded name.
    public var region: [UInt8]
    /// `name` or `namespace:name`.
    public var table: [UInt8]
    /// Grows within a region, with gaps; goes on where the region goes.
    public var sequence: UInt64
    /// When the entry was written, in milliseconds since 1970 by the server's clock.
    public var writeTimeMillis: Int64
    /// Of the Increment or Append that it is the outcome of; 0: of none.
    public var nonce: UInt64 = 0
    /// A cell block: per cell an int32 length and a KeyValue, perhaps with tags.
    public var cells: [UInt8]

    public init(
        region: [UInt8], table: [UInt8], sequence: UInt64, writeTimeMillis: Int64, nonce: UInt64 = 0,
        cells: [UInt8]
    ) {
        self.region = region
        self.table = table
        self.sequence = sequence
        self.writeTimeMillis = writeTimeMillis
        self.nonce = nonce
        self.cells = cells
    }

    /// Reads all entries of a `ReplicateWALEntryRequest`. Their cells follow in the cell block, in order, or lie in
    /// the entry itself, as old sources send them.
    public static func entries(of request: PeerRequest) throws(WireError) -> [WALEntry] {
        try request.withCells { (block) throws(WireError) in
            try request.withMessage { (message) throws(WireError) in
                try entries(message, CellBlockReader(block))
            }
        }
    }

    private static func entries(
        _ message: UnsafeRawBufferPointer, _ cells: CellBlockReader
    ) throws(WireError) -> [WALEntry] {
        var cells = cells
        var entries: [WALEntry] = []
        var reader = ProtobufReader(message)
        while let field = try reader.next() {
            if field == 1 {
                entries.append(try WALEntry(try reader.bytes(), &cells))
            } else {
                try reader.skip()
            }
        }
        return entries
    }

    private init(_ message: UnsafeRawBufferPointer, _ block: inout CellBlockReader) throws(WireError) {
        var key: Key?
        var inline: [UInt8] = []
        var count = 0
        var reader = ProtobufReader(message)
        while let field = try reader.next() {
            switch field {
            case 1: key = try reader.message(Key.self)
            case 2:
                let keyValue = try reader.bytes()
                withUnsafeBytes(of: Int32(clamping: keyValue.count).bigEndian) {
                    inline.append(contentsOf: $0)
                }
                inline.append(contentsOf: keyValue)
            case 3: count = Int(try reader.int32())
            default: try reader.skip()
            }
        }
        let found = try required(key, "WALEntry.key")
        let range = try block.skip(count)
        inline.append(contentsOf: block.bytes[range])
        self.init(
            region: found.region, table: found.table, sequence: found.sequence,
            writeTimeMillis: found.writeTime, nonce: found.nonce, cells: inline)
    }

    /// `hbase.pb.WALKey`, as far as it is of use.
    private struct Key: ProtobufReadable {
        var region: [UInt8]
        var table: [UInt8]
        var sequence: UInt64
        var writeTime: Int64
        var nonce: UInt64 = 0

        init(from reader: inout ProtobufReader) throws(WireError) {
            var region: [UInt8]?
            var table: [UInt8]?
            var sequence: UInt64?
            var writeTime: Int64?
            while let field = try reader.next() {
                switch field {
                case 1: region = try reader.array()
                case 2: table = try reader.array()
                case 3: sequence = try reader.uint64()
                case 4: writeTime = try reader.int64()
                case 10: nonce = try reader.uint64()
                default: try reader.skip()
                }
            }
            self.region = try required(region, "WALKey.encoded_region_name")
            self.table = try required(table, "WALKey.table_name")
            self.sequence = try required(sequence, "WALKey.log_sequence_number")
            self.writeTime = try required(writeTime, "WALKey.write_time")
        }
    }
}

/// The form in which an entry is kept on disk until it is passed on: the fields of the key under their numbers in
/// `WALKey`, the cells under 15.
extension WALEntry: ProtobufReadable, ProtobufWritable {
    public func write(to writer: inout ProtobufWriter) {
        writer.field(1, region)
        writer.field(2, table)
        writer.field(3, sequence)
        writer.field(4, writeTimeMillis)
        if nonce != 0 { writer.field(10, nonce) }
        writer.field(15, cells)
    }

    public init(from reader: inout ProtobufReader) throws(WireError) {
        self.init(region: [], table: [], sequence: 0, writeTimeMillis: 0, cells: [])
        while let field = try reader.next() {
            switch field {
            case 1: region = try reader.array()
            case 2: table = try reader.array()
            case 3: sequence = try reader.uint64()
            case 4: writeTimeMillis = try reader.int64()
            case 10: nonce = try reader.uint64()
            case 15: cells = try reader.array()
            default: try reader.skip()
            }
        }
    }

    /// About the bytes that it takes up.
    public var byteCount: Int { cells.count + region.count + table.count + 64 }
}
