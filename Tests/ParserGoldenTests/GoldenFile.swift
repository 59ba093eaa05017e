import Foundation

/// A text file of cases: a statement, a line `----`, what must come out, a line `====`.
struct GoldenFile {
    struct Case {
        var input: String
        var expected: String
        /// Of the input's first line, from 1.
        var line: Int
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Cases")

    static func names() -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".sql.txt") }.sorted()
    }

    let name: String
    var cases: [Case] = []

    init(_ name: String) throws {
        self.name = name
        let text = try String(contentsOf: GoldenFile.folder.appendingPathComponent(name), encoding: .utf8)
        var input: [Substring] = []
        var expected: [Substring] = []
        var isInput = true
        var start = 1
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if line == "----", isInput {
                isInput = false
            } else if line == "====" {
                cases.append(
                    Case(
                        input: input.joined(separator: "\n"), expected: expected.joined(separator: "\n"),
                        line: start))
                (input, expected, isInput) = ([], [], true)
                start = index + 2
            } else if isInput {
                input.append(line)
            } else {
                expected.append(line)
            }
        }
    }

    func write() throws {
        var text = ""
        for item in cases { text += "\(item.input)\n----\n\(item.expected)\n====\n" }
        try text.write(to: GoldenFile.folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
}
