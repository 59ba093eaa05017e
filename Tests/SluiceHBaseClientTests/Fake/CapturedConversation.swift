import Glibc

/// Conversations with a real HBase, read from a folder of text files beside the checkout.
struct CapturedConversation {
    struct Frame {
        var isRequest: Bool
        var name: String
        var bytes: [UInt8]
        /// The title under which it stands.
        var title: String
    }

    var frames: [Frame] = []

    /// The folder with the captures; nil where there is none.
    static let folder: String? = {
        var path = #filePath
        for _ in 0..<4 { path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
        let candidate = path + "/../shared/servers/captures"
        return access(candidate, R_OK) == 0 ? candidate : nil
    }()

    init?(_ file: String) {
        guard let folder = Self.folder, let opened = fopen("\(folder)/\(file)", "r") else { return nil }
        defer { fclose(opened) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, opened), count > 0 { text += chunk[..<count] }
        var title = ""
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("## ") {
                title = String(line.dropFirst(3))
            } else if line.hasPrefix("> ") || line.hasPrefix("< ") {
                let name = line.dropFirst(2).prefix { $0 != "," }
                frames.append(
                    Frame(isRequest: line.hasPrefix(">"), name: String(name), bytes: [], title: title))
            } else if !line.hasPrefix("#"), !frames.isEmpty {
                frames[frames.count - 1].bytes += Self.bytes(ofHex: line)
            }
        }
    }

    private static func bytes(ofHex line: Substring) -> [UInt8] {
        var result: [UInt8] = []
        var high: Int?
        for character in line {
            guard let digit = character.hexDigitValue else { continue }
            if let first = high {
                result.append(UInt8(first * 16 + digit))
                high = nil
            } else {
                high = digit
            }
        }
        return result
    }
}
