/// One call that a client of ours has made: a frame taken apart, without a copy. Frame: varint length and
/// `RequestHeader`, varint length and message, cell block.
public struct PeerRequest: Sendable {
    public let bytes: [UInt8]
    public let callID: UInt32
    public let method: String
    /// Where the message and the cell block stand in `bytes`.
    public let message: Range<Int>
    public let cells: Range<Int>

    /// Reads the frame that takes up `range` of `bytes`, without its four bytes of length.
    init(_ bytes: [UInt8], _ range: Range<Int>) throws(WireError) {
        let parsed = try bytes.withRaw { (all) throws(WireError) in try PeerRequest.parse(all, range) }
        self.bytes = bytes
        callID = parsed.header.callID
        method = parsed.header.method
        message = parsed.message
        cells = parsed.cells
    }

    private static func parse(
        _ all: UnsafeRawBufferPointer, _ range: Range<Int>
    ) throws(WireError) -> (header: Header, message: Range<Int>, cells: Range<Int>) {
        guard range.lowerBound >= 0, range.upperBound <= all.count else { throw .truncated }
        let frame = UnsafeRawBufferPointer(rebasing: all[range])
        var reader = LengthReader(frame)
        let headerRange = try reader.next()
        let header = try Header(UnsafeRawBufferPointer(rebasing: frame[headerRange]))
        var message = headerRange.upperBound..<headerRange.upperBound
        if header.hasParameter { message = try reader.next() }
        guard header.cellBytes <= frame.count - message.upperBound else { throw .truncated }
        let cellStart = range.lowerBound + message.upperBound
        return (
            header, message.lowerBound + range.lowerBound..<cellStart,
            cellStart..<cellStart + header.cellBytes
        )
    }

    /// `hbase.pb.RequestHeader`, as far as a server needs it.
    private struct Header: ProtobufReadable {
        var callID: UInt32 = 0
        var method = ""
        var hasParameter = false
        var cellBytes = 0

        init(from reader: inout ProtobufReader) throws(WireError) {
            while let field = try reader.next() {
                switch field {
                case 1: callID = try reader.uint32()
                case 3: method = try reader.lenientString()
                case 4: hasParameter = try reader.bool()
                case 5:
                    var meta = ProtobufReader(try reader.bytes())
                    while let inner = try meta.next() {
                        if inner == 1 { cellBytes = Int(try meta.uint32()) } else { try meta.skip() }
                    }
                default: try reader.skip()
                }
            }
        }
    }

    func withMessage<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withRaw { (all) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: all[message]))
        }
    }

    func withCells<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withRaw { (all) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: all[cells]))
        }
    }
}
