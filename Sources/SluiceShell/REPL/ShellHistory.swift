import Glibc
import SluiceBase

/// The statements of earlier sessions, one a line of a file that only its owner may read.
///
/// Line ends and backslashes are escaped, so that several shells can append at the same time. Secrets are masked.
struct ShellHistory {
    let path: String
    private var last: String?
    static let limit = 10_000

    init(path: String) { self.path = path }

    /// The entries of the file, oldest first.
    mutating func load() -> [String] {
        guard let text = try? TextFile.read(path, on: SystemDisk()) else { return [] }
        let lines = text.split(separator: "\n").suffix(Self.limit)
        let entries = lines.map { Self.unescaped($0) }
        last = entries.last
        if text.utf8.count > 4 * 1024 * 1024 { rewrite(entries) }
        return entries
    }

    /// Stores an entry; what may be recalled of it, nil: nothing, because it begins with a blank or is repeated.
    mutating func add(_ text: String) -> String? {
        guard let first = text.first, first != " " else { return nil }
        let shown = Redaction().shown(statement: text)
        guard shown != last else { return nil }
        last = shown
        append(Self.escaped(shown) + "\n")
        return shown
    }

    private func append(_ line: String) {
        makeFolder()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        fchmod(descriptor, 0o600)
        var copy = line
        copy.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
    }

    private func makeFolder() {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        var partial = ""
        for part in path[..<slash].split(separator: "/", omittingEmptySubsequences: false) {
            partial +=
                partial.isEmpty && part.isEmpty
                ? "/" : (partial.hasSuffix("/") || partial.isEmpty ? part : "/" + part)
            mkdir(partial, 0o700)
        }
    }

    /// Writes the newest entries anew beside the file and puts them in its place.
    private func rewrite(_ entries: [String]) {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let output = OutputStream(descriptor: descriptor)
        output.write(entries.suffix(Self.limit / 2).map { Self.escaped($0) + "\n" }.joined())
        close(descriptor)
        if output.isClosed { unlink(temporary) } else { rename(temporary, path) }
    }

    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    static func unescaped(_ line: some StringProtocol) -> String {
        var out = ""
        var isEscape = false
        for scalar in line.unicodeScalars {
            if isEscape {
                isEscape = false
                switch scalar {
                case "n": out += "\n"
                case "r": out += "\r"
                default: out.unicodeScalars.append(scalar)
                }
            } else if scalar == "\\" {
                isEscape = true
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
