import Glibc
import SluiceBase
import SluiceColumns

/// Copies of records for decoders, whose strings point into them. A piece that no batch holds any more is used again.
struct PieceArena {
    static let pieceSize = 256 * 1024

    private var piece = Buffer(byteCount: PieceArena.pieceSize)
    private var used = 0
    private var pool: [Buffer] = []

    var byteCount: Int { pool.reduce(piece.byteCount) { $0 + $1.byteCount } }

    /// There is room for so many bytes behind the last ones.
    func fits(_ count: Int) -> Bool { count <= piece.byteCount - used }

    /// Where the copy begins. `asLine`: it ends with a line end; `spaces`: others become blanks.
    mutating func add(
        _ bytes: UnsafeRawBufferPointer, asLine: Bool, spaces: Bool
    ) -> (piece: Buffer, start: Int, count: Int) {
        let count = bytes.count + (asLine ? 1 : 0)
        if !fits(count) { next(count) }
        let start = used
        let to = piece.base + start
        if let from = bytes.baseAddress, bytes.count > 0 { memcpy(to, from, bytes.count) }
        if spaces {
            var rest = bytes.count
            while rest > 0, let found = memchr(to + (bytes.count - rest), 0x0A, rest) {
                found.storeBytes(of: 0x20, as: UInt8.self)
                rest = bytes.count - (UnsafeMutableRawPointer(found) - to) - 1
            }
        }
        if asLine { to.storeBytes(of: 0x0A, toByteOffset: bytes.count, as: UInt8.self) }
        used += count
        return (piece, start, count)
    }

    private mutating func next(_ size: Int) {
        // A large one is not kept.
        if piece.byteCount == PieceArena.pieceSize, pool.count < 16 { pool.append(piece) }
        used = 0
        if size > PieceArena.pieceSize {
            piece = Buffer(byteCount: size)
            return
        }
        for index in pool.indices where isKnownUniquelyReferenced(&pool[index]) {
            piece = pool.remove(at: index)
            return
        }
        piece = Buffer(byteCount: PieceArena.pieceSize)
    }

    /// Everything added so far is decoded and finished: a piece that no batch points into starts anew.
    mutating func reuse() {
        if isKnownUniquelyReferenced(&piece) { used = 0 }
    }
}
