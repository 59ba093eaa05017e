@testable import SluiceHBaseClient

/// A reader of whole HFiles that shares nothing with the writer: it checks headers and checksums, and walks the index.
struct HFileImage {
    struct Failure: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    struct Block {
        var magic: String
        var offset: Int
        var size: Int
        var previous: Int64
        var body: [UInt8]
    }

    struct IndexEntry {
        var offset: Int
        var size: Int
        var key: [UInt8]
    }

    let bytes: [UInt8]
    private(set) var trailer: [UInt64: UInt64] = [:]
    private(set) var comparator = ""
    private(set) var info: [String: [UInt8]] = [:]
    private(set) var blocks: [Block] = []

    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        try readTrailer()
        var offset = 0
        while offset < bytes.count - 4096 {
            let block = try Self.block(bytes, offset, isPacked: trailer[12] == 1)
            blocks.append(block)
            offset += block.size
        }
        guard offset == bytes.count - 4096 else { throw Failure("blocks do not end at the trailer") }
        try readInfo()
    }

    static func int(_ bytes: [UInt8], _ offset: Int, _ count: Int) throws -> Int {
        guard offset >= 0, offset + count <= bytes.count else { throw Failure("number outside of the file") }
        var value: UInt64 = 0
        for byte in bytes[offset..<(offset + count)] { value = value << 8 | UInt64(byte) }
        return count == 4 ? Int(Int32(truncatingIfNeeded: value)) : Int(Int64(bitPattern: value))
    }

    /// One bit at a time.
    static func crc32c(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
        }
        return value ^ 0xFFFF_FFFF
    }

    private static func block(_ bytes: [UInt8], _ offset: Int, isPacked: Bool) throws -> Block {
        let magic = String(decoding: bytes[offset..<(offset + 8)], as: UTF8.self)
        let onDisk = try int(bytes, offset + 8, 4)
        let body = try int(bytes, offset + 12, 4)
        let previous = try int(bytes, offset + 16, 8)
        guard bytes[offset + 24] == 2 else { throw Failure("not CRC-32C") }
        let chunk = try int(bytes, offset + 25, 4)
        let stored = try int(bytes, offset + 29, 4)
        guard chunk == 16384, isPacked || stored == body + 33 else {
            throw Failure("wrong sizes in the header of \(magic)")
        }
        let checks = (stored + chunk - 1) / chunk
        guard onDisk == stored - 33 + 4 * checks else { throw Failure("wrong size on disk of \(magic)") }
        for number in 0..<checks {
            let start = offset + number * chunk
            let end = Swift.min(start + chunk, offset + stored)
            let expected = UInt32(truncatingIfNeeded: try int(bytes, offset + stored + 4 * number, 4))
            guard crc32c(bytes[start..<end]) == expected else { throw Failure("checksum of \(magic)") }
        }
        var content = Array(bytes[(offset + 33)..<(offset + stored)])
        if isPacked {
            guard let plain = content.withUnsafeBytes({ BlockCodec.gzip.unpacked($0, limit: body) }),
                plain.count == body
            else { throw Failure("packed bytes of \(magic)") }
            content = plain
        }
        return Block(
            magic: magic, offset: offset, size: onDisk + 33, previous: Int64(previous), body: content)
    }

    private static func varint(_ bytes: [UInt8], _ position: inout Int) throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < bytes.count, shift < 64 else { throw Failure("varint") }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// The fields of a message: numbers, or bytes.
    private static func fields(_ bytes: [UInt8]) throws -> [(field: UInt64, number: UInt64, bytes: [UInt8])] {
        var found: [(field: UInt64, number: UInt64, bytes: [UInt8])] = []
        var position = 0
        while position < bytes.count {
            let tag = try varint(bytes, &position)
            if tag & 7 == 0 {
                found.append((tag >> 3, try varint(bytes, &position), []))
            } else {
                let count = Int(try varint(bytes, &position))
                guard tag & 7 == 2, position + count <= bytes.count else { throw Failure("wire type") }
                found.append((tag >> 3, 0, Array(bytes[position..<(position + count)])))
                position += count
            }
        }
        return found
    }

    private mutating func readTrailer() throws {
        guard bytes.count >= 4096 else { throw Failure("no trailer") }
        let tail = Array(bytes.suffix(4096))
        guard String(decoding: tail.prefix(8), as: UTF8.self) == "TRABLK\"$" else { throw Failure("trailer") }
        guard try Self.int(tail, 4092, 4) == 0x0300_0003 else { throw Failure("version") }
        var position = 8
        let count = Int(try Self.varint(tail, &position))
        for field in try Self.fields(Array(tail[position..<(position + count)])) {
            trailer[field.field] = field.number
            if field.field == 11 { comparator = String(decoding: field.bytes, as: UTF8.self) }
        }
        guard tail[(position + count)..<4092].allSatisfy({ $0 == 0 }) else { throw Failure("padding") }
    }

    private mutating func readInfo() throws {
        guard let block = block(at: Int(trailer[1] ?? 0)), block.magic == "FILEINF2" else {
            throw Failure("no file info")
        }
        guard String(decoding: block.body.prefix(4), as: UTF8.self) == "PBUF" else { throw Failure("PBUF") }
        var position = 4
        let count = Int(try Self.varint(block.body, &position))
        guard position + count == block.body.count else { throw Failure("file info's length") }
        var last = ""
        for pair in try Self.fields(Array(block.body[position...])) {
            let parts = try Self.fields(pair.bytes)
            guard parts.count == 2 else { throw Failure("pair") }
            let key = String(decoding: parts[0].bytes, as: UTF8.self)
            guard Array(last.utf8).lexicographicallyPrecedes(Array(key.utf8)) else { throw Failure("order") }
            info[key] = parts[1].bytes
            last = key
        }
    }

    func block(at offset: Int) -> Block? { blocks.first { $0.offset == offset } }

    /// Cells of a data block; `tags`: each ends with an int16 and so many bytes of tags.
    static func cells(_ block: Block, tags: Bool = false) throws -> [[UInt8]] {
        var cells: [[UInt8]] = []
        var position = 0
        while position < block.body.count {
            var length = 8 + (try int(block.body, position, 4)) + (try int(block.body, position + 4, 4))
            if tags, position + length + 2 <= block.body.count {
                let end = position + length
                length += 2 + Int(block.body[end]) << 8 + Int(block.body[end + 1])
            }
            guard position + length <= block.body.count else { throw Failure("cell") }
            cells.append(Array(block.body[position..<(position + length)]))
            position += length
        }
        return cells
    }

    /// The root's entries, and what follows them.
    func root() throws -> (entries: [IndexEntry], rest: [UInt8]) {
        guard let block = block(at: Int(trailer[2] ?? 0)), block.magic == "IDXROOT2" else {
            throw Failure("no root")
        }
        var entries: [IndexEntry] = []
        var position = 0
        for _ in 0..<(trailer[5] ?? 0) {
            let offset = try Self.int(block.body, position, 8)
            let size = try Self.int(block.body, position + 8, 4)
            position += 12
            var length = Int(Int8(bitPattern: block.body[position]))
            position += 1
            if length < -112 {
                let count = -112 - length
                length = 0
                for _ in 0..<count {
                    length = length << 8 | Int(block.body[position])
                    position += 1
                }
            }
            entries.append(
                IndexEntry(offset: offset, size: size, key: Array(block.body[position..<(position + length)]))
            )
            position += length
        }
        return (entries, Array(block.body[position...]))
    }

    /// Entries of a leaf or intermediate block.
    static func inner(_ block: Block) throws -> [IndexEntry] {
        let count = try int(block.body, 0, 4)
        let base = 4 + 4 * (count + 1)
        var entries: [IndexEntry] = []
        for index in 0..<count {
            let start = base + (try int(block.body, 4 + 4 * index, 4))
            let end = base + (try int(block.body, 8 + 4 * index, 4))
            entries.append(
                IndexEntry(
                    offset: try int(block.body, start, 8), size: try int(block.body, start + 8, 4),
                    key: Array(block.body[(start + 12)..<end])))
        }
        return entries
    }

    /// All data blocks in order, found through the index alone; every entry's size and first key are checked.
    func dataBlocks() throws -> [Block] {
        var level = try root().entries
        for _ in 1..<Swift.max(1, Int(trailer[8] ?? 1)) {
            var below: [IndexEntry] = []
            for entry in level {
                guard let block = block(at: entry.offset), block.size == entry.size else {
                    throw Failure("an index entry points nowhere")
                }
                guard ["IDXLEAF2", "IDXINTE2"].contains(block.magic) else { throw Failure(block.magic) }
                let inner = try Self.inner(block)
                guard inner.first?.key == entry.key else { throw Failure("first key of \(block.magic)") }
                below += inner
            }
            level = below
        }
        return try level.map { entry in
            guard let block = block(at: entry.offset), block.size == entry.size, block.magic == "DATABLK*"
            else { throw Failure("an index entry points nowhere") }
            guard let first = try Self.cells(block).first, let key = try? Self.key(first), key == entry.key
            else { throw Failure("first key of a data block") }
            return block
        }
    }

    static func key(_ cell: [UInt8]) throws -> [UInt8] { Array(cell[8..<(8 + (try int(cell, 0, 4)))]) }
}
