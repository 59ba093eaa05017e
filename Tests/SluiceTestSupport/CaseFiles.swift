import Foundation

/// Why a case file cannot be used.
package struct TextFileError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// The text files beside a test's source.
package struct CaseFiles: Sendable {
    package let folder: String

    /// `source`: the `#filePath` of the test.
    package init(_ source: String, _ folder: String = "Cases") {
        let own = URL(fileURLWithPath: source).deletingLastPathComponent()
        self.folder = own.appendingPathComponent(folder).path
    }

    /// `SLUICE_RECORD=1`: what comes out becomes what is expected, and the run fails once.
    package static var records: Bool { ProcessInfo.processInfo.environment["SLUICE_RECORD"] == "1" }

    package func names(_ suffix: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(suffix) }.sorted()
    }

    package func read(_ name: String) throws -> String {
        try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    }

    package func write(_ text: String, to name: String) throws {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }

    /// The folder with Package.swift.
    package static var packageRoot: String {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }
}
