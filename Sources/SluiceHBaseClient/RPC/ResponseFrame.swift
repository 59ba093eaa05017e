/// An answer of a server with the bytes that it stands in. A copy retains the bytes, which may hold neighbouring
/// answers as well; nothing is copied.
///
/// Frame: varint length and `ResponseHeader`, then varint length and message unless the header has an exception, then
/// the cell block.
public struct ResponseFrame: Sendable {
    public let bytes: [UInt8]
    public let header: ResponseHeader
    /// Where the message and the cell block stand in `bytes`.
    public let message: Range<Int>
    public let cells: Range<Int>

    public var callID: UInt32 { header.callID }
    public var exception: RemoteException? { header.exception }

    /// Reads the frame that takes up `range` of `bytes`, without its four bytes of length.
    public init(_ bytes: [UInt8], _ range: Range<Int>) throws(WireError) {
        let parsed = try bytes.withRaw { (all) throws(WireError) in
            try ResponseFrame.parse(all, range)
        }
        self.bytes = bytes
        header = parsed.header
        message = parsed.message
        cells = parsed.cells
    }

    private init(_ bytes: [UInt8], _ header: ResponseHeader, message: Range<Int>, cells: Range<Int>) {
        self.bytes = bytes
        self.header = header
        self.message = message
        self.cells = cells
    }

    /// The same answer with a plain cell block, in bytes of its own.
    func unpacked(_ codec: BlockCodec, limit: Int) throws(WireError) -> ResponseFrame {
        let block = withCells { codec.unpacked($0, limit: limit) }
        guard let block else { throw .badCompression }
        let message = Array(bytes[message])
        let end = message.count
        return ResponseFrame(
            message + block, header, message: 0..<end, cells: end..<end + block.count)
    }

    private static func parse(
        _ all: UnsafeRawBufferPointer, _ range: Range<Int>
    ) throws(WireError) -> (header: ResponseHeader, message: Range<Int>, cells: Range<Int>) {
        guard range.lowerBound >= 0, range.upperBound <= all.count else { throw .truncated }
        let frame = UnsafeRawBufferPointer(rebasing: all[range])
        var reader = LengthReader(frame)
        let headerRange = try reader.next()
        let header = try ResponseHeader(UnsafeRawBufferPointer(rebasing: frame[headerRange]))
        var message = headerRange.upperBound..<headerRange.upperBound
        if header.exception == nil, reader.offset < frame.count { message = try reader.next() }
        let cellBytes = Int(header.cellBlockLength ?? 0)
        guard cellBytes <= frame.count - message.upperBound else { throw .truncated }
        let cellStart = range.lowerBound + message.upperBound
        return (
            header, message.lowerBound + range.lowerBound..<cellStart, cellStart..<cellStart + cellBytes
        )
    }

    public func withMessage<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withRaw { (all) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: all[message]))
        }
    }

    public func withCells<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withRaw { (all) throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: all[cells]))
        }
    }

    /// Reads the answer's message.
    public func decode<M: ProtobufReadable>(_ type: M.Type) throws(WireError) -> M {
        try withMessage { (raw) throws(WireError) in try M(raw) }
    }
}

/// Reads parts that have a varint of their length before them.
struct LengthReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() throws(WireError) -> Range<Int> {
        var length: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard offset < bytes.count else { throw .truncated }
            let byte = bytes[offset]
            offset += 1
            length |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
            if shift > 63 { throw .varintTooLong }
        }
        guard length <= UInt64(bytes.count - offset) else { throw .truncated }
        let start = offset
        offset += Int(length)
        return start..<offset
    }
}
