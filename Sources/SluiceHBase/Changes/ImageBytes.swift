/// A row image as bytes. What edit made it: operation (1), presence bits (1), sequence (8), region (4), write time (8),
/// timestamp (8). Then 1 if there are markers, else 0; per column its time (8) and length (4, -1 = no value), with markers
/// those of column and version (8 each); with markers those of each family (8 each); the values. Native byte order: it
/// never leaves the process.
enum ImageWriter {
    static func write(_ image: RowImage, to out: inout [UInt8]) {
        let info = image.info
        var bits: UInt8 = 0
        if info.sequence != nil { bits |= 1 }
        if info.writeTime != nil { bits |= 2 }
        if info.timestamp != nil { bits |= 4 }
        out.append(info.operation.rawValue)
        out.append(bits)
        append(info.sequence ?? 0, to: &out)
        append(Int32(truncatingIfNeeded: info.region), to: &out)
        append(info.writeTime ?? 0, to: &out)
        append(info.timestamp ?? 0, to: &out)
        let hasMarkers = image.hasMarkers
        out.append(hasMarkers ? 1 : 0)
        for leaf in image.leaves {
            append(leaf.time, to: &out)
            append(leaf.isPresent ? Int32(truncatingIfNeeded: leaf.count) : -1, to: &out)
            guard hasMarkers else { continue }
            append(leaf.columnMarker, to: &out)
            append(leaf.versionMarker, to: &out)
        }
        if hasMarkers {
            for family in image.families {
                append(family.marker, to: &out)
                append(family.versionMarker, to: &out)
            }
        }
        for leaf in image.leaves.indices where image.leaves[leaf].isPresent {
            image.withValue(leaf) { value in if let value { out.append(contentsOf: value) } }
        }
    }

    private static func append<Value: BitwiseCopyable>(_ value: Value, to out: inout [UInt8]) {
        withUnsafeBytes(of: value) { out.append(contentsOf: $0) }
    }
}

/// Reads what `ImageWriter` wrote.
struct ImageReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// - Parameter image: empty, and of the layout that was written.
    mutating func read(into image: RowImage) {
        var info = ChangeInfo()
        info.operation = ChangeOperation(rawValue: next(UInt8.self)) ?? .put
        let bits = next(UInt8.self)
        let (sequence, region) = (next(Int64.self), next(Int32.self))
        let (writeTime, timestamp) = (next(Int64.self), next(Int64.self))
        info.sequence = bits & 1 != 0 ? sequence : nil
        info.region = Int(region)
        info.writeTime = bits & 2 != 0 ? writeTime : nil
        info.timestamp = bits & 4 != 0 ? timestamp : nil
        image.info = info
        let hasMarkers = next(UInt8.self) != 0
        var values = offset + image.leaves.count * (hasMarkers ? 28 : 12)
        if hasMarkers { values += image.families.count * 16 }
        for leaf in image.leaves.indices {
            let (time, count) = (next(Int64.self), Int(next(Int32.self)))
            if count >= 0, values + count <= bytes.count {
                image.set(
                    leaf, time: time, UnsafeRawBufferPointer(rebasing: bytes[values..<(values + count)]))
                values += count
            }
            if hasMarkers { image.setMarkers(leaf, column: next(Int64.self), version: next(Int64.self)) }
        }
        guard hasMarkers else { return }
        for family in image.families.indices {
            image.setMarkers(family: family, next(Int64.self), version: next(Int64.self))
        }
    }

    private mutating func next<Value: BitwiseCopyable & FixedWidthInteger>(_ type: Value.Type) -> Value {
        guard offset + MemoryLayout<Value>.size <= bytes.count else { return 0 }
        defer { offset += MemoryLayout<Value>.size }
        return bytes.loadUnaligned(fromByteOffset: offset, as: type)
    }
}
