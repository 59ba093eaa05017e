import CCompression
import SluiceBase
import SluiceConnect

/// Opens a file, unpacking it by its extension.
enum InputOpener {
    static func isCompressed(_ path: String) -> Bool { codec(path) != nil }

    private static func codec(_ path: String) -> sluice_codec? {
        if path.hasSuffix(".gz") || path.hasSuffix(".gzip") { return SLUICE_GZIP }
        if path.hasSuffix(".zst") || path.hasSuffix(".zstd") { return SLUICE_ZSTD }
        return nil
    }

    /// `offset` counts unpacked bytes.
    static func open(_ path: String, on disk: any Disk, at offset: Int64) throws(JobError) -> any ByteInput {
        guard let codec = codec(path) else { return try FileInput(path, on: disk, at: offset) }
        let input = try CompressedInput(path, codec, try FileInput(path, on: disk))
        try input.skip(offset)
        return input
    }
}
