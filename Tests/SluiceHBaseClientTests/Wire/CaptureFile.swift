import Glibc

/// Recorded conversations with a real HBase, in folders of text files: `## title`, then per frame a line
/// `> name, N bytes` (client) or `< name, N bytes` (server) and its bytes as hex.
struct CaptureFile {
    struct Frame {
        var isFromClient: Bool
        var name: String
        var bytes: [UInt8]
    }

    var sections: [(title: String, frames: [Frame])] = []

    init(text: String) {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("## ") {
                sections.append((String(line.dropFirst(3)), []))
            } else if line.hasPrefix("> ") || line.hasPrefix("< ") {
                if sections.isEmpty { sections.append(("", [])) }
                let name = line.dropFirst(2).prefix { $0 != "," }
                let frame = Frame(isFromClient: line.hasPrefix(">"), name: String(name), bytes: [])
                sections[sections.count - 1].frames.append(frame)
            } else if let last = sections.indices.last, let frame = sections[last].frames.indices.last {
                sections[last].frames[frame].bytes += bytes(hex: String(line))
            }
        }
    }

    /// nil when the file does not exist.
    init?(path: String) {
        guard let bytes = fileBytes(path) else { return nil }
        self.init(text: String(decoding: bytes, as: UTF8.self))
    }

    func section(_ title: String) -> [Frame] { sections.first { $0.title.hasPrefix(title) }?.frames ?? [] }
}

/// Bytes of hex digits; other characters are passed over.
func bytes(hex text: String) -> [UInt8] {
    let digits = text.compactMap { $0.hexDigitValue.map { UInt8($0) } }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
        let text = String(byte, radix: 16)
        return text.count == 1 ? "0" + text : text
    }.joined()
}

func fileBytes(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        guard count > 0 else { return bytes }
        bytes += chunk[0..<count]
    }
}

/// Folders of the checkout and beside it.
enum TestFolders {
    /// The folder of this test target.
    static var target: String {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    }

    /// An optional folder with servers and captures beside the checkout, or the one of SLUICE_SERVERS.
    static var servers: String? {
        if let set = getenv("SLUICE_SERVERS") { return String(cString: set) }
        let root = target.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        let folder = (root.dropLast() + ["shared", "servers"]).joined(separator: "/")
        return access(folder, R_OK) == 0 ? folder : nil
    }

    static var captures: String? {
        guard let folder = servers.map({ $0 + "/captures" }) else { return nil }
        return access(folder + "/04-multi.txt", R_OK) == 0 ? folder : nil
    }
}

/// `withUnsafeBytes` whose closure may throw anything, also from inside an expectation.
func withRaw<Result>(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try bytes.withUnsafeBytes(body)
}
