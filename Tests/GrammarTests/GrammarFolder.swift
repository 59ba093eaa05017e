import Foundation

/// The folder `grammar` of the package.
enum GrammarFolder {
    static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: package.appendingPathComponent(path), encoding: .utf8)
    }

    static func words(_ list: String) throws -> [String] {
        try text("grammar/keywords/\(list).txt").split(separator: "\n").map(String.init)
    }

    static func grammar() throws -> Grammar {
        var grammar = Grammar()
        for file in ["sluice", "select", "expression", "ddl", "job", "show", "literal"] {
            try EBNFReader.read(try text("grammar/\(file).ebnf"), into: &grammar)
        }
        return grammar
    }

    /// The count from the environment, or a default.
    static func count(_ variable: String, default value: Int) -> Int {
        ProcessInfo.processInfo.environment[variable].flatMap(Int.init) ?? value
    }

    static var records: Bool { ProcessInfo.processInfo.environment["SLUICE_RECORD"] == "1" }
}
