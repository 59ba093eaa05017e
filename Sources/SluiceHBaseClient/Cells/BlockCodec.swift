import CCompression

/// How blocks of bytes are packed: the cells of a call, and the blocks of HFiles. Each block is a whole stream of its
/// own: a gzip member, or zlib's format.
public enum BlockCodec: Sendable, Hashable {
    case gzip
    case zlib

    /// By the name of Hadoop's class, with or without its package; nil: none that is known here.
    public init?(className: String) {
        switch className.split(separator: ".").last {
        case "GzipCodec": self = .gzip
        case "DefaultCodec", "DeflateCodec": self = .zlib
        default: return nil
        }
    }

    /// The class that servers are asked to use.
    var className: String {
        "org.apache.hadoop.io.compress." + (self == .gzip ? "GzipCodec" : "DefaultCodec")
    }

    private static let level: Int32 = 6
    private var code: sluice_codec { self == .gzip ? SLUICE_GZIP : SLUICE_ZLIB }

    /// nil: there is no memory.
    func packed(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let stream = sluice_encoder_new(code, BlockCodec.level) else { return nil }
        defer { sluice_stream_free(stream) }
        let bound = sluice_zlib_bound(bytes.count)
        var isWhole = false
        let result = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
            var start = 0
            var status = SLUICE_STREAM_OK
            while status == SLUICE_STREAM_OK {
                var (used, made) = (0, 0)
                status = sluice_encode(
                    stream, bytes.baseAddress.map { $0 + start }, bytes.count - start, &used,
                    target.baseAddress.map { $0 + count }, bound - count, &made, 1)
                start += used
                count += made
                if used == 0, made == 0 { break }
            }
            isWhole = status == SLUICE_STREAM_END
        }
        return isWhole ? result : nil
    }

    /// nil: the bytes are damaged, or hold more than `limit` bytes. Room grows only as bytes come out.
    func unpacked(_ bytes: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        guard let stream = sluice_decoder_new(code) else { return nil }
        defer { sluice_stream_free(stream) }
        var result: [UInt8] = []
        var start = 0
        while true {
            // One byte beyond the limit tells a stream that is too long from one that just fits.
            let room = Swift.min(limit &+ 1 &- result.count, Swift.max(16_384, result.count, bytes.count))
            if room <= 0 { return nil }
            var (used, made) = (0, 0)
            var status = SLUICE_STREAM_CORRUPT
            let piece = [UInt8](unsafeUninitializedCapacity: room) { target, count in
                status = sluice_decode(
                    stream, bytes.baseAddress.map { $0 + start }, bytes.count - start, &used,
                    target.baseAddress, room, &made)
                count = made
            }
            start += used
            if result.isEmpty { result = piece } else { result.append(contentsOf: piece) }
            if status == SLUICE_STREAM_END {
                return start == bytes.count && result.count <= limit ? result : nil
            }
            guard status == SLUICE_STREAM_OK, made > 0 || used > 0 else { return nil }
        }
    }
}
