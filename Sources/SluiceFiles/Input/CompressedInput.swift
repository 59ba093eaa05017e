import CCompression
import SluiceBase
import SluiceConnect

/// A gzip or zstd file, unpacked on the way. Members and frames follow each other.
final class CompressedInput: ByteInput {
    private let stream: OpaquePointer
    private let source: any ByteInput
    private let path: String
    private let packed: UnsafeMutableRawBufferPointer
    private var start = 0
    private var count = 0
    private var sourceEnded = false
    /// Between two members, where the file may end.
    private var atBoundary = true

    init(_ path: String, _ codec: sluice_codec, _ source: any ByteInput) throws(JobError) {
        guard let stream = sluice_decoder_new(codec) else {
            throw JobError(SQLError(.memoryBudget, "no memory to unpack \"\(path)\""))
        }
        self.stream = stream
        self.source = source
        self.path = path
        packed = .allocate(byteCount: 128 * 1024, alignment: 64)
    }

    deinit {
        sluice_stream_free(stream)
        packed.deallocate()
    }

    func read(_ into: UnsafeMutableRawBufferPointer) throws(JobError) -> InputResult {
        while true {
            if count == 0 && !sourceEnded {
                switch try source.read(packed) {
                case .bytes(let more): (start, count) = (0, more)
                case .end: sourceEnded = true
                case .wait(let wake): return .wait(wake)
                }
            }
            if count == 0 && atBoundary { return .end }
            var used = 0
            var made = 0
            let from = packed.baseAddress.map { UnsafeRawPointer($0 + start) }
            let status = sluice_decode(stream, from, count, &used, into.baseAddress, into.count, &made)
            start += used
            count -= used
            switch status {
            case SLUICE_STREAM_CORRUPT: throw failure("is damaged")
            case SLUICE_STREAM_NO_MEMORY: throw failure("needs more memory than there is")
            case SLUICE_STREAM_END: atBoundary = true
            default: if used > 0 || made > 0 { atBoundary = false }
            }
            if made > 0 { return .bytes(made) }
            if sourceEnded && count == 0 && !atBoundary { throw failure("ends in the middle") }
            if used == 0 && sourceEnded && status != SLUICE_STREAM_END { throw failure("is damaged") }
        }
    }

    private func failure(_ what: String) -> JobError {
        JobError(SQLError(.connectorIO, "compressed file \"\(path)\" \(what)"), domain: .external)
    }

    /// Reads and drops unpacked bytes.
    func skip(_ bytes: Int64) throws(JobError) {
        let waste = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)
        defer { waste.deallocate() }
        var left = bytes
        while left > 0 {
            let part = UnsafeMutableRawBufferPointer(
                rebasing: waste[..<Swift.min(waste.count, Int(clamping: left))])
            guard case .bytes(let count) = try read(part) else { return }
            left -= Int64(count)
        }
    }

    func close() { source.close() }
}
