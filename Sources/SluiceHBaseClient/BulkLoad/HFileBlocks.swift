import SluiceBase

/// What a block of an HFile holds; its first eight bytes say so.
enum HFileBlockKind: Int, CaseIterable {
    case data, leafIndex, intermediateIndex, rootIndex, fileInfo, bloomChunk, bloomMeta

    var magic: StaticString {
        switch self {
        case .data: return "DATABLK*"
        case .leafIndex: return "IDXLEAF2"
        case .intermediateIndex: return "IDXINTE2"
        case .rootIndex: return "IDXROOT2"
        case .fileInfo: return "FILEINF2"
        case .bloomChunk: return "BLMFBLK2"
        case .bloomMeta: return "BLMFMET2"
        }
    }
}

/// Where a block lies in its file.
struct HFileBlockPlace {
    var offset: Int64
    /// Bytes with header and checksums.
    var size: Int32
}

/// A block under construction: room for the header, then the body.
struct HFileBlockBuffer {
    static let headerSize = 33

    var bytes: [UInt8] = Array(repeating: 0, count: headerSize)

    var bodyCount: Int { bytes.count - HFileBlockBuffer.headerSize }

    mutating func clear() { bytes.removeLast(bodyCount) }

    mutating func append(_ part: UnsafeRawBufferPointer) { bytes.append(contentsOf: part) }

    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// Writes the blocks of one HFile one after the other, each with its header and one CRC-32C for every started 16 KiB
/// of what is stored; all of them packed where the file is.
final class HFileBlockOutput {
    private static let bytesPerChecksum = 16 * 1024
    private static let checksumKind: UInt8 = 2

    private let file: any DiskFile
    private let codec: BlockCodec?
    private(set) var offset: Int64 = 0
    /// Headers and bodies without checksums.
    private(set) var uncompressedBytes: Int64 = 0
    private var previous: [Int64] = Array(repeating: -1, count: HFileBlockKind.allCases.count)

    init(_ file: any DiskFile, _ codec: BlockCodec? = nil) {
        self.file = file
        self.codec = codec
    }

    func write(_ kind: HFileBlockKind, _ block: inout HFileBlockBuffer) throws(SQLError) -> HFileBlockPlace {
        let plain = block.bytes.count
        if let codec { try pack(&block, codec) }
        let stored = block.bytes.count
        let checksums = (stored + HFileBlockOutput.bytesPerChecksum - 1) / HFileBlockOutput.bytesPerChecksum
        let total = stored + 4 * checksums
        guard let size = Int32(exactly: total) else {
            throw SQLError(.unsupported, "a block of an HFile would have \(total) bytes")
        }
        fillHeader(kind, &block, size, plainBody: plain - HFileBlockBuffer.headerSize)
        var checks: [UInt32] = []
        block.bytes.span.bytes.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = Swift.min(bytes.count, start + HFileBlockOutput.bytesPerChecksum)
                checks.append(CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[start..<end])))
                start = end
            }
        }
        for check in checks { block.append(check) }
        let place = HFileBlockPlace(offset: offset, size: size)
        try writeRaw(block.bytes)
        previous[kind.rawValue] = place.offset
        uncompressedBytes += Int64(plain)
        block.clear()
        return place
    }

    private func pack(_ block: inout HFileBlockBuffer, _ codec: BlockCodec) throws(SQLError) {
        let packed = block.bytes.withUnsafeBytes { bytes in
            codec.packed(UnsafeRawBufferPointer(rebasing: bytes[HFileBlockBuffer.headerSize...]))
        }
        guard let packed else { throw SQLError(.memoryBudget, "no memory to pack a block of an HFile") }
        block.clear()
        block.bytes.append(contentsOf: packed)
    }

    private func fillHeader(
        _ kind: HFileBlockKind, _ block: inout HFileBlockBuffer, _ size: Int32, plainBody: Int
    ) {
        var header = HFileBlockBuffer()
        header.bytes.removeAll(keepingCapacity: true)
        header.append(
            UnsafeRawBufferPointer(start: kind.magic.utf8Start, count: kind.magic.utf8CodeUnitCount))
        header.append(size - Int32(HFileBlockBuffer.headerSize))
        header.append(Int32(plainBody))
        header.append(previous[kind.rawValue])
        header.append(HFileBlockOutput.checksumKind)
        header.append(Int32(HFileBlockOutput.bytesPerChecksum))
        header.append(Int32(block.bytes.count))
        for (index, byte) in header.bytes.enumerated() { block.bytes[index] = byte }
    }

    func writeRaw(_ bytes: [UInt8]) throws(SQLError) {
        do throws(DiskError) {
            try bytes.span.bytes.withUnsafeBytes { (raw) throws(DiskError) in try file.write(raw) }
        } catch {
            throw error.sqlError
        }
        offset += Int64(bytes.count)
    }
}
