import Glibc
import SluiceBase

/// Reads a whole script.
enum TextFile {
    /// `-` is stdin.
    static func read(_ path: String) throws(SQLError) -> String {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count == 0 { break }
            if count > 0 {
                bytes += piece[..<count]
            } else if errno != EINTR {
                throw failure(path)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SQLError(.syntax, "file \"\(path)\" is not UTF-8 text")
        }
        return text
    }

    private static func failure(_ path: String) -> SQLError {
        let reason = strerror(errno).map { String(cString: $0).lowercased() } ?? "unknown reason"
        return SQLError(.connectorIO, "file \"\(path)\" cannot be read: \(reason)")
    }
}
