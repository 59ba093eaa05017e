import Glibc
import Testing

/// The guide's example is the one that is compiled and tested here.
@Suite("H27 the developer guide")
struct DeveloperGuideTests {
    private func text(_ path: String) throws -> String {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
            separator: "/")
        let file = try #require(fopen(root + "/" + path, "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("H27 its example is the connector of this folder, word for word")
    func example() throws {
        let guide = try text("Sources/SluiceConnect/README.md")
        let example = try text("Tests/ConnectorConformanceTests/ShelfConnector.swift")
        #expect(guide.contains("```swift\n" + example + "```\n"))
    }

    @Test("H27 it names every requirement of the protocols")
    func requirements() throws {
        let guide = try text("Sources/SluiceConnect/README.md")
        for file in ["Connector", "Source", "Sink", "LookupSource"] {
            let source = try text("Sources/SluiceConnect/\(file).swift")
            for line in source.split(separator: "\n") where line.hasPrefix("    func ") {
                let name = line.dropFirst(9).prefix { $0 != "(" }
                #expect(guide.contains("`\(name)`"), "\(file).\(name)")
            }
        }
    }
}
