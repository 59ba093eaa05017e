import Glibc
import Testing

/// What Package.swift says of the Swift targets, read as text.
struct PackageDescription {
    /// By target, the C targets left out.
    var dependencies: [String: Set<String>] = [:]
    private let root: String

    init(file: String = #filePath) throws {
        // …/Tests/ArchitectureTests/PackageDescription.swift
        root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let text = Self.withoutComments(try readText(root + "/Package.swift"))
        let starts =
            text.ranges(of: "module(\"").map(\.lowerBound)
            + text.ranges(of: ".executableTarget(").map(\.lowerBound)
        for start in starts { read(call: Self.call(text[start...])) }
    }

    /// The text from the opening bracket to its closing one.
    private static func call(_ text: Substring) -> Substring {
        var depth = 0
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" {
                depth -= 1
                if depth == 0 { return text[...index] }
            }
        }
        return text
    }

    /// The first text in quotes is the name, those between square brackets are the dependencies.
    private mutating func read(call: Substring) {
        let pieces = call.split(separator: "\"", omittingEmptySubsequences: false)
        guard pieces.count > 1 else { return }
        let name = String(pieces[1])
        guard let open = call.firstIndex(of: "["), let close = call.firstIndex(of: "]") else {
            dependencies[name] = []
            return
        }
        let list = call[open...close].split(separator: "\"", omittingEmptySubsequences: false)
        dependencies[name] = Set(stride(from: 1, to: list.count, by: 2).map { String(list[$0]) })
    }

    private static func withoutComments(_ text: String) -> String {
        text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
    }

    /// The Swift files of a target, in all its folders.
    func sources(of target: String) throws -> [SourceFile] {
        try Self.swiftFiles(in: root + "/Sources/" + target).map(SourceFile.init)
    }

    private static func swiftFiles(in folder: String) throws -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var found: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(".") { continue }
            if name.hasSuffix(".swift") {
                found.append(folder + "/" + name)
            } else if entry.pointee.d_type == UInt8(DT_DIR) {
                found += try swiftFiles(in: folder + "/" + name)
            }
        }
        return found
    }
}

/// One file of Swift, by lines.
struct SourceFile {
    let path: String
    private let lines: [Substring]

    init(_ path: String) throws {
        self.path = path
        lines = try readText(path).split(separator: "\n")
    }

    /// The modules of its import lines.
    var imports: [String] {
        lines.compactMap { line in
            let words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
            guard let place = words.firstIndex(of: "import"), place < 2, place + 1 < words.count else {
                return nil
            }
            if place == 1 && !["public", "package", "internal", "private", "fileprivate"].contains(words[0]) {
                return nil
            }
            return String(words[place + 1].prefix { $0 != "." })
        }
    }

    /// Whether the free function of that name is called, comments aside.
    func calls(_ function: String) -> Bool {
        for line in lines {
            if line.drop(while: { $0 == " " }).hasPrefix("//") { continue }
            for range in line.ranges(of: function + "(") {
                let before = line[..<range.lowerBound].last ?? " "
                let declares = line[..<range.lowerBound].hasSuffix("func ")
                if !before.isLetter && !before.isNumber && before != "." && before != "_" && !declares {
                    return true
                }
            }
        }
        return false
    }
}

func readText(_ path: String) throws -> String {
    let file = try #require(fopen(path, "r"), "\(path) cannot be read")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}
