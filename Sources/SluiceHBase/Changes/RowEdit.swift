import SluiceTableStore

/// One change of one row: what one entry of a write-ahead log did to it, in all captured families at once (C2). The
/// bytes lie in the batch that it came in.
struct RowEdit: Sendable {
    enum Kind: Sendable {
        /// Puts and deletes.
        case cells
        /// Files came into the table past the log (C4). The row is empty; each cell is a file: its family, no
        /// qualifier, the path as the value.
        case bulkLoad
    }

    var kind: Kind
    var row: EditSlice
    /// Position in the batch's `regions`.
    var region: Int
    /// Grows within a region, with gaps. The rows of one entry share it.
    var sequence: Int64
    /// Tells the rows of one entry apart: 0, 1, … in the entry's order, the same whenever the entry comes again.
    var part: Int32
    /// When the entry was written, in milliseconds since 1970.
    var writeTime: Int64
    /// Positions in the batch's `cells`, in the order in which they took effect.
    var cells: Range<Int>
}

/// What an edit did to a cell, or to several. The raw values of the types are HBase's.
struct CellEdit: Sendable {
    var type: CellType
    var family: EditSlice
    /// Empty for the markers of a family.
    var qualifier: EditSlice
    /// In milliseconds by convention.
    var timestamp: Int64
    /// Milliseconds after the timestamp at which a put disappears; nil: never.
    var ttl: Int64?
    /// Empty for deletes.
    var value: EditSlice
}

/// A piece of a batch's bytes.
struct EditSlice: Sendable {
    var offset: Int
    var count: Int
}

/// Edits in order over one buffer: what a feed hands over at a time. Cheap to pass on, also to another thread.
struct EditBatch: Sendable {
    /// All of one table: an edit of another one has no place here.
    private(set) var edits: [RowEdit] = []
    private(set) var cells: [CellEdit] = []
    /// Encoded region names, or whatever names the order in which sequences grow.
    private(set) var regions: [String] = []
    private var bytes: [UInt8] = []

    var isEmpty: Bool { edits.isEmpty }
    /// For the memory account.
    var byteCount: Int {
        bytes.capacity + edits.capacity * MemoryLayout<RowEdit>.stride
            + cells.capacity * MemoryLayout<CellEdit>.stride
    }

    /// The number of a region for `beginEdit`; it is added if it is new.
    mutating func region(_ name: String) -> Int {
        if let last = regions.last, last == name { return regions.count - 1 }
        if let known = regions.firstIndex(of: name) { return known }
        regions.append(name)
        return regions.count - 1
    }

    /// Begins an edit without cells.
    mutating func beginEdit(
        _ kind: RowEdit.Kind = .cells, row: UnsafeRawBufferPointer, region: Int, sequence: Int64,
        part: Int32 = 0, writeTime: Int64
    ) {
        edits.append(
            RowEdit(
                kind: kind, row: store(row), region: region, sequence: sequence, part: part,
                writeTime: writeTime, cells: cells.count..<cells.count))
    }

    /// Adds a cell to the edit that was begun last.
    mutating func addCell(
        _ type: CellType, family: UnsafeRawBufferPointer, qualifier: UnsafeRawBufferPointer,
        timestamp: Int64, ttl: Int64? = nil, value: UnsafeRawBufferPointer
    ) {
        guard let last = edits.indices.last else { return }
        cells.append(
            CellEdit(
                type: type, family: store(family), qualifier: store(qualifier), timestamp: timestamp,
                ttl: ttl, value: store(value)))
        edits[last].cells = edits[last].cells.lowerBound..<cells.count
    }

    private mutating func store(_ piece: UnsafeRawBufferPointer) -> EditSlice {
        defer { bytes.append(contentsOf: piece) }
        return EditSlice(offset: bytes.count, count: piece.count)
    }

    /// Lends all bytes; slices are read with `subscript` of the argument.
    func withBytes<Result, Failure: Error>(
        _ body: (EditBytes) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.span.bytes.withUnsafeBytes { (all) throws(Failure) in try body(EditBytes(all: all)) }
    }
}

/// The bytes of a batch while it lends them.
struct EditBytes {
    let all: UnsafeRawBufferPointer

    /// Empty for a slice of another batch that does not fit.
    subscript(slice: EditSlice) -> UnsafeRawBufferPointer {
        guard slice.offset >= 0, slice.count >= 0, slice.count <= all.count &- slice.offset else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(rebasing: all[slice.offset..<(slice.offset + slice.count)])
    }
}
