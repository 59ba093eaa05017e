import SluiceBase

/// Writes cells one after the other, in pieces of 256 KiB.
final class CellFileWriter {
    private static let pieceSize = 256 * 1024

    private let file: any DiskFile
    private var piece: [UInt8] = []

    init(_ file: any DiskFile) { self.file = file }

    func append(_ cell: UnsafeRawBufferPointer) throws(SQLError) {
        piece.append(contentsOf: cell)
        if piece.count >= CellFileWriter.pieceSize { try flush() }
    }

    func flush() throws(SQLError) {
        let piece = piece
        do throws(DiskError) {
            try piece.span.bytes.withUnsafeBytes { (bytes) throws(DiskError) in try file.write(bytes) }
        } catch {
            throw error.sqlError
        }
        self.piece.removeAll(keepingCapacity: true)
    }
}

/// Reads what `CellFileWriter` wrote. The file is closed with its reader.
final class CellFileReader {
    private static let pieceSize = 256 * 1024

    private let file: any DiskFile
    private let path: String
    private var piece: [UInt8] = Array(repeating: 0, count: pieceSize)
    private var start = 0
    private var end = 0

    init(_ file: any DiskFile, path: String) {
        self.file = file
        self.path = path
    }

    deinit { file.close() }

    /// Copies the next cell; false: there is none.
    func next(_ target: inout [UInt8]) throws(DiskError) -> Bool {
        guard try fill(8) else { return false }
        guard let length = current({ StoredCell.length(of: $0) }), try fill(length) else {
            throw DiskError("read a cell of", path, code: 5)
        }
        current { target.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<length])) }
        start += length
        return true
    }

    private func current<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        piece.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
    }

    /// False: the file ends before so many bytes.
    private func fill(_ count: Int) throws(DiskError) -> Bool {
        if end - start >= count { return true }
        if start > 0 {
            piece.withUnsafeMutableBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                UnsafeMutableRawBufferPointer(rebasing: bytes[0..<(end - start)]).copyMemory(from: rest)
            }
            end -= start
            start = 0
        }
        if count > piece.count { piece.append(contentsOf: repeatElement(0, count: count - piece.count)) }
        while end < count {
            let from = end
            let answer = piece.withUnsafeMutableBytes { bytes in
                Result<Int, DiskError> { () throws(DiskError) -> Int in
                    try file.read(UnsafeMutableRawBufferPointer(rebasing: bytes[from...]))
                }
            }
            let read = try answer.get()
            if read == 0 { return false }
            end += read
        }
        return true
    }
}
