import CCompression

/// Whole gzip streams, for compressed cell blocks.
enum FakeGzip {
    static func pack(_ bytes: [UInt8]) -> [UInt8] {
        run(bytes, sluice_encoder_new(SLUICE_GZIP, 1), packs: true) ?? []
    }

    static func unpack(_ bytes: [UInt8]) -> [UInt8]? {
        run(bytes, sluice_decoder_new(SLUICE_GZIP), packs: false)
    }

    private static func run(_ bytes: [UInt8], _ stream: OpaquePointer?, packs: Bool) -> [UInt8]? {
        guard let stream else { return nil }
        defer { sluice_stream_free(stream) }
        var result: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        var start = 0
        while true {
            var used = 0
            var made = 0
            let room = piece.count
            let status = bytes.withUnsafeBytes { source in
                piece.withUnsafeMutableBytes { target in
                    let from = source.baseAddress.map { $0 + start }
                    return packs
                        ? sluice_encode(
                            stream, from, source.count - start, &used, target.baseAddress, room, &made, 1)
                        : sluice_decode(
                            stream, from, source.count - start, &used, target.baseAddress, room, &made)
                }
            }
            start += used
            result += piece[..<made]
            if status == SLUICE_STREAM_END { return result }
            if status != SLUICE_STREAM_OK || used == 0 && made == 0 { return nil }
        }
    }
}
