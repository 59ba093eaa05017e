import Glibc

/// Reads whole files of text.
public enum TextFile {
    /// The file's text, bytes that are no UTF-8 replaced; nil: it cannot be read, and `errno` says why.
    public static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return read(descriptor)
    }

    public static func read(_ descriptor: Int32) -> String? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                return nil
            }
            bytes.append(contentsOf: piece[0..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
