public import SluiceBase

/// Writes one HFile, version 3: cells of one family in cell order, without encoding; with a Bloom filter, packed and
/// with tags where the settings say so.
///
/// The caller owns the file, and closes it after `finish`. Used by one thread at a time.
public final class HFileWriter {
    public struct Settings: Sendable {
        /// A data block is closed when it holds so many bytes.
        public var blockSize = 64 * 1024
        public var bloom = BloomKind.none
        /// Blocks are packed.
        public var isGzip = false
        /// Values end with the tags of their cell and an int16 with the length of those.
        public var hasTags = false
        /// An index block is closed when it holds so many bytes.
        public var indexBlockSize = 128 * 1024
        /// Milliseconds since 1970 at which the file was made.
        public var createdMillis: Int64
        /// Who made it; shown by HBase's own tools.
        public var task: String

        public init(createdMillis: Int64, task: String) {
            self.createdMillis = createdMillis
            self.task = task
        }
    }

    /// What a finished file holds.
    public struct Summary: Sendable {
        public var cells: Int64
        /// Of the file.
        public var bytes: Int64
        public var indexLevels: Int
        public var dataBlocks: Int
    }

    private let settings: Settings
    private let output: HFileBlockOutput
    private let index: HFileIndexWriter
    private let bloom: BloomFilterWriter?
    private var block = HFileBlockBuffer()
    /// The key of the first cell of the open data block.
    private var blockKey: [UInt8] = []
    private var lastKey: [UInt8] = []
    private var family: [UInt8] = []
    private var facts = HFileFacts()
    private var firstDataBlock: Int64 = 0
    private var lastDataBlock: Int64 = 0
    private var dataBlocks = 0

    public init(_ file: any DiskFile, _ settings: Settings) {
        self.settings = settings
        output = HFileBlockOutput(file, settings.isGzip ? .gzip : nil)
        bloom = settings.bloom == .none ? nil : BloomFilterWriter(settings.bloom)
        index = HFileIndexWriter(chunkSize: settings.indexBlockSize)
    }

    /// Bytes written so far, without the open block.
    public var writtenBytes: Int64 { output.offset }

    /// Takes the next cell: int32 key length, int32 value length, key, value. It must not lie before the one taken last.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(SQLError) {
        guard let cell = StoredCell(bytes) else {
            throw SQLError(.internalError, "an HFile was given bytes that are no cell")
        }
        let key = cell.key
        var isRepeated = false
        if facts.cells == 0 {
            family = Array(cell.family)
        } else {
            let order = lastKey.withUnsafeBytes { CellOrder.compare($0, key) }
            if order > 0 { throw SQLError(.internalError, "an HFile was given cells out of order") }
            isRepeated = order == 0
            guard family.elementsEqual(cell.family) else {
                throw SQLError(.internalError, "an HFile was given cells of two families")
            }
        }
        // Equal keys stay in one block: a search for the key finds the first of them.
        if block.bodyCount >= settings.blockSize && !isRepeated { try closeBlock() }
        if block.bodyCount == 0 { blockKey = Array(key) }
        let tags = settings.hasTags ? try appendWithTags(cell) : 0
        if !settings.hasTags { block.append(bytes) }
        lastKey.removeAll(keepingCapacity: true)
        lastKey.append(contentsOf: key)
        bloom?.add(cell)
        facts.add(cell, tags: tags)
    }

    /// The file has the tags behind the value, their length first. Gives back the length.
    private func appendWithTags(_ cell: StoredCell) throws(SQLError) -> Int {
        let value = cell.value
        guard value.count >= 2 else {
            throw SQLError(.internalError, "an HFile with tags was given a cell without")
        }
        let tags = Int(value[value.count - 2]) << 8 | Int(value[value.count - 1])
        let end = value.count - 2 - tags
        guard end >= 0, tags <= Int(Int16.max) else {
            throw SQLError(.internalError, "an HFile was given a cell with broken tags")
        }
        block.append(Int32(truncatingIfNeeded: cell.keyLength))
        block.append(Int32(truncatingIfNeeded: end))
        block.append(cell.key)
        block.append(UnsafeRawBufferPointer(rebasing: value[..<end]))
        block.append(Int16(truncatingIfNeeded: tags))
        block.append(UnsafeRawBufferPointer(rebasing: value[end..<(end + tags)]))
        return tags
    }

    private func closeBlock() throws(SQLError) {
        guard block.bodyCount > 0 else { return }
        let place = try output.write(.data, &block)
        if dataBlocks == 0 { firstDataBlock = place.offset }
        lastDataBlock = place.offset
        dataBlocks += 1
        let blockKey = blockKey
        try blockKey.span.bytes.withUnsafeBytes { (key) throws(SQLError) in
            try index.add(place, key: key, output)
        }
        try bloom?.writeFull(output)
    }

    /// Writes what is open, index, file info and trailer. At least one cell must have been taken.
    public func finish() throws(SQLError) -> Summary {
        guard facts.cells > 0 else {
            throw SQLError(.internalError, "an HFile without cells cannot be loaded")
        }
        try closeBlock()
        try bloom?.finish(output)
        let root = try index.finish(output)
        _ = try output.write(.rootIndex, &block)
        block.bytes.append(contentsOf: facts.fileInfo(lastKey: lastKey, settings, bloom: bloom))
        let info = try output.write(.fileInfo, &block)
        if let bloom {
            bloom.writeMeta(to: &block)
            _ = try output.write(.bloomMeta, &block)
        }
        try output.writeRaw(trailer(root: root, info: info))
        return Summary(
            cells: facts.cells, bytes: output.offset, indexLevels: index.levels, dataBlocks: dataBlocks)
    }

    private static let trailerSize = 4096
    private static let comparator = "org.apache.hadoop.hbase.KeyValue$KVComparator"

    private func trailer(root: HFileBlockPlace, info: HFileBlockPlace) -> [UInt8] {
        let total = output.uncompressedBytes + Int64(HFileWriter.trailerSize)
        let numbers: [(field: UInt64, value: Int64)] = [
            (1, info.offset), (2, root.offset), (3, index.uncompressedSize), (4, total),
            (5, Int64(index.rootEntryCount)), (6, 0), (7, facts.cells), (8, Int64(index.levels)),
            (9, firstDataBlock), (10, lastDataBlock),
        ]
        var message: [UInt8] = []
        for (field, value) in numbers {
            HFileNumbers.appendField(field, varint: UInt64(bitPattern: value), to: &message)
        }
        HFileNumbers.appendField(11, bytes: Array(HFileWriter.comparator.utf8), to: &message)
        // Position in HBase's list of codecs: GZ, none.
        HFileNumbers.appendField(12, varint: settings.isGzip ? 1 : 2, to: &message)
        var bytes = Array("TRABLK\"$".utf8)
        HFileNumbers.appendVarint(UInt64(message.count), to: &bytes)
        bytes.append(contentsOf: message)
        let padding = HFileWriter.trailerSize - 4 - bytes.count
        bytes.append(contentsOf: repeatElement(0, count: Swift.max(0, padding)))
        // Minor version 3 in the top byte, major version 3.
        bytes.append(contentsOf: HFileNumbers.bigEndian(0x0300_0003 as Int32))
        return bytes
    }
}
