import Glibc
import SluiceBase
import SluiceHBaseClient
import SluiceLogStore

/// The records of a spool. The key tells the kind: 1 the last or only piece of an entry, 2 a piece with more to come
/// (an int32 number of the piece follows the kind), 3 what the window knows of a region.
enum SpoolRecord {
    enum Kind: UInt8 {
        case entry = 1
        case piece = 2
        case state = 3
    }

    /// Larger entries are cut: a batch of the log is bounded.
    static let pieceBytes = 16 << 20

    private static func key(_ kind: Kind, _ piece: Int) -> [UInt8] {
        var key: [UInt8] = [kind.rawValue]
        withUnsafeBytes(of: Int32(truncatingIfNeeded: piece).bigEndian) { key.append(contentsOf: $0) }
        return key
    }

    /// `flush` is called when the batch is to go before the rest.
    static func append(
        _ entry: WALEntry, cutAt pieceBytes: Int, to builder: LogBatchBuilder,
        _ flush: () throws(LogError) -> Void
    ) throws(LogError) {
        let bytes = entry.encoded()
        var start = 0
        var piece = 0
        while bytes.count - start > pieceBytes {
            try append(.piece, piece, bytes[start..<start + pieceBytes], entry.writeTimeMillis, builder)
            try flush()
            start += pieceBytes
            piece += 1
        }
        try append(.entry, piece, bytes[start...], entry.writeTimeMillis, builder)
    }

    static func append(state: [UInt8], to builder: LogBatchBuilder) throws(LogError) {
        try append(.state, 0, state[...], 0, builder)
    }

    private static func append(
        _ kind: Kind, _ piece: Int, _ value: ArraySlice<UInt8>, _ time: Int64, _ builder: LogBatchBuilder
    ) throws(LogError) {
        try key(kind, piece).span.bytes.withUnsafeBytes { (key) throws(LogError) in
            try value.span.bytes.withUnsafeBytes { (value) throws(LogError) in
                try builder.append(timestamp: time, key: key, value: value)
            }
        }
    }

    /// nil: no record of this version.
    static func parse(_ key: UnsafeRawBufferPointer?) -> (kind: Kind, piece: Int)? {
        guard let key, key.count == 5, let kind = Kind(rawValue: key[0]) else { return nil }
        return (kind, Int(Int32(bigEndian: key.loadUnaligned(fromByteOffset: 1, as: Int32.self))))
    }
}

/// Waiting for another thread where there is nothing to be woken by.
enum SpoolPause {
    static func tenMilliseconds() { usleep(10_000) }
}
