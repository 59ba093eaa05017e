import Glibc
public import SluiceBase
public import SluiceColumns

/// Bytes to rows and back; knows no transport.
public protocol Format: Sendable {
    var name: String { get }
    /// Keys without the format's prefix: `ignore-parse-errors` for `csv.ignore-parse-errors`.
    var options: [OptionSpec] { get }
    /// Kinds that decoded rows may have.
    var decodedChangelog: ChangelogMode { get }
    /// Kinds that can be encoded.
    var encodedChangelog: ChangelogMode { get }
    /// A message that is NULL is a row of NULLs, and a row whose only column is NULL such a message.
    var takesNullMessages: Bool { get }
    /// A line end inside a row is white space, as in JSON: one inside a message may be replaced by a blank.
    var lineEndsAreSpace: Bool { get }
    /// `fields`: all physical columns of the table; `projection`: those to deliver.
    func makeDecoder(
        fields: Schema, projection: [Int], _ options: FormatOptions
    ) throws(SQLError) -> any RowDecoder
    func makeEncoder(fields: Schema, _ options: FormatOptions) throws(SQLError) -> any BatchEncoder
}

extension Format {
    public var takesNullMessages: Bool { false }
    public var lineEndsAreSpace: Bool { false }
}

/// The formats of a process, passed in as a value.
public struct FormatRegistry: Sendable {
    private var byName: [String: any Format] = [:]
    public init(_ formats: [any Format] = []) { for format in formats { byName[format.name] = format } }
    public func find(_ name: String) -> (any Format)? { byName[name] }
    public var names: [String] { byName.keys.sorted() }
}

/// A format's options, prefix taken off, and the session's zone.
public struct FormatOptions: Sendable {
    public var values: TableOptions
    public var zone: TimeZoneRules
    /// For messages.
    public var table: String
    public var framing: Framing

    /// How rows are told apart.
    public enum Framing: Sendable {
        /// One after the other in a run of bytes, as in a file.
        case lines
        /// A row is a message. Formats of lines get them as lines, others one a call.
        case messages
    }

    public init(
        values: TableOptions, zone: TimeZoneRules = .utc, table: String = "", framing: Framing = .lines
    ) {
        self.framing = framing
        self.values = values
        self.zone = zone
        self.table = table
    }
}

/// A row that could not be decoded; the transport adds file and absolute offset.
public struct MalformedRow: Error, Sendable {
    /// Bytes from the start of the piece given to `decode` to the row's first byte.
    public var rowOffset: Int
    /// Bytes from the row's first byte to the fault.
    public var faultOffset: Int
    public var column: String?
    public var reason: String
    /// At most 80 characters of the value or row at fault.
    public var sample: String
    public init(rowOffset: Int, faultOffset: Int, column: String?, reason: String, sample: String) {
        self.rowOffset = rowOffset
        self.faultOffset = faultOffset
        self.column = column
        self.reason = reason
        self.sample = sample
    }
}

public struct DecodeProgress: Sendable {
    /// Bytes used up: whole rows.
    public var bytes: Int
    /// Lines used up, for the place of a later fault.
    public var lines: Int
    /// Rows left out by option.
    public var skipped: Int
    /// The first of them.
    public var skipSample: MalformedRow?
    public init(bytes: Int = 0, lines: Int = 0, skipped: Int = 0) {
        self.bytes = bytes
        self.lines = lines
        self.skipped = skipped
    }

    public mutating func add(_ other: DecodeProgress) {
        bytes += other.bytes
        lines += other.lines
        skipped += other.skipped
        if skipSample == nil { skipSample = other.skipSample }
    }
}

/// Decodes many rows a call, on the subtask's worker.
public protocol RowDecoder: AnyObject {
    /// Whole rows from `start` of `piece` until `out` holds `maxRows` or `count` bytes end. 64 bytes after the end
    /// are readable. String values may point into `piece`, which the batch then keeps alive and nobody overwrites.
    /// `last`: nothing follows, so a row may end without its newline.
    func decode(
        _ piece: Buffer, start: Int, count: Int, last: Bool, into out: BatchBuilder, maxRows: Int
    ) throws(MalformedRow) -> DecodeProgress
}

/// Encodes batches of one schema.
public protocol BatchEncoder: AnyObject {
    func encode(_ batch: RecordBatch, into out: inout ByteScratch) throws(SQLError)
    /// The same, a message for each row; appends where each lies in `out`, without its line end.
    func encodeMessages(
        _ batch: RecordBatch, into out: inout ByteScratch, messages: inout [Range<Int>]
    ) throws(SQLError)
}

extension BatchEncoder {
    /// For formats whose rows are lines and never have a line end inside.
    public func encodeMessages(
        _ batch: RecordBatch, into out: inout ByteScratch, messages: inout [Range<Int>]
    ) throws(SQLError) {
        var start = out.count
        try encode(batch, into: &out)
        while start < out.count, let line = memchr(out.base + start, 0x0A, out.count - start) {
            let end = line.assumingMemoryBound(to: UInt8.self) - out.base
            messages.append(start..<end)
            start = end + 1
        }
    }
}
