import Glibc
import SluiceBase
import SluiceColumns
import SluiceConnect

/// Cuts an input into pieces that hold whole rows: the row that the end of a piece cuts moves to the front of the
/// next.
///
/// A piece whose bytes a batch points into is left alone; one that nobody holds any more is used again.
struct PieceReader {
    static let pieceSize = 256 * 1024
    /// A longer row is refused.
    static let rowLimit = 256 * 1024 * 1024

    private(set) var piece = Buffer(byteCount: PieceReader.pieceSize)
    /// Bytes of the piece that are not decoded yet.
    private(set) var start = 0
    private(set) var count = 0
    private var pool: [Buffer] = []

    var byteCount: Int { pool.reduce(piece.byteCount) { $0 + $1.byteCount } }

    mutating func advance(_ bytes: Int) {
        start += bytes
        count -= bytes
    }

    mutating func reset() {
        start = 0
        count = 0
    }

    /// Reads more behind what is left. `.bytes`: there is more now.
    mutating func fill(_ input: any ByteInput) throws(JobError) -> InputResult {
        if start > 0 || piece.byteCount - count < PieceReader.pieceSize / 4 { try makeRoom() }
        let room = UnsafeMutableRawBufferPointer(
            start: piece.base + start + count, count: piece.byteCount - start - count)
        let result = try input.read(room)
        if case .bytes(let more) = result { count += more }
        return result
    }

    private mutating func makeRoom() throws(JobError) {
        var size = piece.byteCount
        if count > size / 2 {
            if size >= PieceReader.rowLimit {
                throw JobError(
                    SQLError(.malformedRow, "a row is longer than \(PieceReader.rowLimit >> 20) MiB"))
            }
            size *= 2
        }
        if size == piece.byteCount, isKnownUniquelyReferenced(&piece) {
            memmove(piece.base, piece.base + start, count)
            start = 0
            return
        }
        let fresh = take(size)
        fresh.base.copyMemory(from: piece.base + start, byteCount: count)
        if pool.count < 16 { pool.append(piece) }
        piece = fresh
        start = 0
    }

    /// A pooled piece of that size which no batch holds, or a new one.
    private mutating func take(_ size: Int) -> Buffer {
        for index in pool.indices where pool[index].byteCount == size {
            if isKnownUniquelyReferenced(&pool[index]) { return pool.remove(at: index) }
        }
        return Buffer(byteCount: size)
    }
}
