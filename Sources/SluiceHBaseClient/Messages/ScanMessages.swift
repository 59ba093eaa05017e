/// Opens a scanner, takes its next rows, extends its lease or closes it (`hbase.pb.ScanRequest`).
public struct ScanRequest: Sendable, Hashable, ProtobufWritable {
    /// Of the opening call only.
    public var region: [UInt8]?
    public var scan: Scan?
    public var scannerID: UInt64?
    /// nil: one row; 0: none.
    public var numberOfRows: UInt32?
    public var closesScanner = false
    /// From 0 on, one more with every call after the opening one.
    public var nextCallSequence: UInt64?
    public var renewsLease = false
    /// Rows that this scanner gives at most; 0: no limit.
    public var limitOfRows: UInt32 = 0

    public init() {}

    /// This client always takes parts of rows and heartbeats.
    public func write(to writer: inout ProtobufWriter) {
        if let region { writer.field(1, RegionSpecifier(.name, region)) }
        writer.optional(2, scan)
        writer.optional(3, scannerID)
        writer.optional(4, numberOfRows)
        if closesScanner { writer.field(5, true) }
        writer.optional(6, nextCallSequence)
        if !(closesScanner && scannerID != nil) {
            writer.field(7, true)
            writer.field(8, true)
        }
        if renewsLease { writer.field(10, true) }
        if limitOfRows != 0 { writer.field(11, limitOfRows) }
    }
}

/// Rows of a scanner (`hbase.pb.ScanResponse`), as ranges of the frame's bytes.
public struct ScanResponse: Sendable {
    public var results: [ResultRange] = []
    public var scannerID: UInt64?
    public var moreResults: Bool?
    /// Lease in milliseconds.
    public var leaseMillis: UInt32?
    /// Absent once the scanner is closed.
    public var moreResultsInRegion: Bool?
    public var isHeartbeat = false
    public var mvccReadPoint: UInt64 = 0
    /// How far the scan has come, with a heartbeat without rows.
    public var cursorRow: [UInt8]?

    public init(_ frame: ResponseFrame) throws(WireError) {
        try frame.bytes.withRaw { (all) throws(WireError) in try read(all, frame) }
    }

    private init() {}

    private mutating func read(_ all: UnsafeRawBufferPointer, _ frame: ResponseFrame) throws(WireError) {
        let cells = UnsafeRawBufferPointer(rebasing: all[frame.cells])
        var block = CellBlockReader(cells)
        var counts: [UInt32] = []
        var partials: [Bool] = []
        var reader = ProtobufReader(UnsafeRawBufferPointer(rebasing: all[frame.message]))
        while let field = try reader.next() {
            switch field {
            case 1: try reader.forEachNumber { counts.append(UInt32(truncatingIfNeeded: $0)) }
            case 2: scannerID = try reader.uint64()
            case 3: moreResults = try reader.bool()
            case 4: leaseMillis = try reader.uint32()
            case 5:
                let length = try reader.bytes().count
                let end = frame.message.lowerBound + reader.offset
                results.append(
                    try ResultRange(
                        all, message: end - length..<end, block: &block, blockStart: frame.cells.lowerBound))
            case 7: try reader.forEachNumber { partials.append($0 != 0) }
            case 8: moreResultsInRegion = try reader.bool()
            case 9: isHeartbeat = try reader.bool()
            case 11: mvccReadPoint = try reader.uint64()
            case 12: cursorRow = try ScanResponse.cursor(try reader.bytes())
            default: try reader.skip()
            }
        }
        results.reserveCapacity(results.count + counts.count)
        for count in counts {
            results.append(
                try ResultRange(cells: Int(count), block: &block, blockStart: frame.cells.lowerBound))
        }
        for (index, isPartial) in partials.enumerated() where isPartial && index < results.count {
            results[index].isPartial = true
        }
    }

    private static func cursor(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> [UInt8]? {
        var reader = ProtobufReader(bytes)
        var row: [UInt8]?
        while let field = try reader.next() {
            if field == 1 { row = try reader.array() } else { try reader.skip() }
        }
        return row
    }
}
