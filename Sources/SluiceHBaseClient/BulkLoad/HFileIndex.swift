import SluiceBase

/// Entries of an index block: per block below it its place and first key.
struct HFileIndexChunk {
    private(set) var places: [HFileBlockPlace] = []
    private var keyEnds: [Int] = []
    private var keys: [UInt8] = []
    /// Data blocks below the entries up to and including each one.
    private var dataBlocks: [Int] = []

    var count: Int { places.count }
    var isEmpty: Bool { places.isEmpty }

    mutating func add(_ place: HFileBlockPlace, key: UnsafeRawBufferPointer, dataBlocks below: Int) {
        places.append(place)
        keys.append(contentsOf: key)
        keyEnds.append(keys.count)
        dataBlocks.append((dataBlocks.last ?? 0) + below)
    }

    mutating func clear() { self = HFileIndexChunk() }

    /// Bytes of the body below the root: offsets of the entries, then the entries.
    var innerSize: Int { 4 + 4 * (count + 1) + 12 * count + keys.count }
    /// At most the bytes of the body at the root.
    var rootSize: Int { 17 * count + keys.count }

    var dataBlockCount: Int { dataBlocks.last ?? 0 }

    func withKey(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
        let start = index == 0 ? 0 : keyEnds[index - 1]
        keys.span.bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<keyEnds[index]])) }
    }

    func dataBlocks(of index: Int) -> Int { dataBlocks[index] - (index == 0 ? 0 : dataBlocks[index - 1]) }

    /// The body of a leaf or intermediate block.
    func writeInner(to block: inout HFileBlockBuffer) {
        block.append(Int32(count))
        var start = 0
        for index in 0..<count {
            block.append(Int32(12 * index + start))
            start = keyEnds[index]
        }
        block.append(Int32(12 * count + keys.count))
        for (index, place) in places.enumerated() {
            block.append(place.offset)
            block.append(place.size)
            withKey(index) { block.append($0) }
        }
    }

    /// The body of the root, without the number of its entries, which the trailer holds.
    func writeRoot(to block: inout HFileBlockBuffer) {
        for (index, place) in places.enumerated() {
            block.append(place.offset)
            block.append(place.size)
            withKey(index) { key in
                HFileNumbers.appendVInt(key.count, to: &block.bytes)
                block.append(key)
            }
        }
    }

    /// Where the middle data block of the file is to be found: a leaf, and the entry in it.
    func writeMiddle(to block: inout HFileBlockBuffer) {
        guard !isEmpty else { return }
        let middle = (dataBlockCount - 1) / 2
        let entry = dataBlocks.firstIndex { $0 > middle } ?? 0
        block.append(places[entry].offset)
        block.append(places[entry].size)
        block.append(Int32(middle - (entry == 0 ? 0 : dataBlocks[entry - 1])))
    }
}

/// The data index of an HFile: one level while it is small; leaf blocks between the data blocks when it grows, and
/// intermediate levels below the root when the leaves are many.
final class HFileIndexWriter {
    private let chunkSize: Int
    private var current = HFileIndexChunk()
    private var root = HFileIndexChunk()
    private var block = HFileBlockBuffer()
    /// Bytes of all index blocks with headers, without checksums.
    private(set) var uncompressedSize: Int64 = 0
    private(set) var levels = 1

    init(chunkSize: Int) { self.chunkSize = chunkSize }

    var rootEntryCount: Int { root.count }

    func add(
        _ place: HFileBlockPlace, key: UnsafeRawBufferPointer, _ output: HFileBlockOutput
    ) throws(SQLError) {
        current.add(place, key: key, dataBlocks: 1)
        if current.innerSize >= chunkSize { try writeLeaf(output) }
    }

    private func writeLeaf(_ output: HFileBlockOutput) throws(SQLError) {
        let blocks = current.dataBlockCount
        current.writeInner(to: &block)
        uncompressedSize += Int64(block.bytes.count)
        let place = try output.write(.leafIndex, &block)
        current.withKey(0) { root.add(place, key: $0, dataBlocks: blocks) }
        current.clear()
    }

    /// Writes what is left and the root; returns where the root lies.
    func finish(_ output: HFileBlockOutput) throws(SQLError) -> HFileBlockPlace {
        var middle = HFileBlockBuffer()
        if root.isEmpty {
            swap(&root, &current)
        } else {
            if !current.isEmpty { try writeLeaf(output) }
            levels = 2
            root.writeMiddle(to: &middle)
            while root.rootSize > chunkSize && root.count > 1 { try writeLevel(output) }
        }
        root.writeRoot(to: &block)
        block.bytes.append(contentsOf: middle.bytes.dropFirst(HFileBlockBuffer.headerSize))
        uncompressedSize += Int64(block.bytes.count)
        return try output.write(.rootIndex, &block)
    }

    /// The root's entries move down into intermediate blocks, of at least two entries each.
    private func writeLevel(_ output: HFileBlockOutput) throws(SQLError) {
        var above = HFileIndexChunk()
        var group = HFileIndexChunk()
        for index in 0..<root.count {
            root.withKey(index) {
                group.add(root.places[index], key: $0, dataBlocks: root.dataBlocks(of: index))
            }
            let isLast = index + 1 == root.count
            guard isLast || (group.innerSize >= chunkSize && group.count > 1) else { continue }
            let blocks = group.dataBlockCount
            group.writeInner(to: &block)
            uncompressedSize += Int64(block.bytes.count)
            let place = try output.write(.intermediateIndex, &block)
            group.withKey(0) { above.add(place, key: $0, dataBlocks: blocks) }
            group.clear()
        }
        root = above
        levels += 1
    }
}
