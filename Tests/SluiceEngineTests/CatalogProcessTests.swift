import Glibc
import SluiceCatalog
import SluiceCatalogStore
import Testing

/// Sixteen processes on one catalog file.
@Suite struct CatalogProcessTests {
    /// The program stands next to the test bundle.
    private func program() throws -> String {
        for argument in CommandLine.arguments {
            let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
            guard let bundle = parts.firstIndex(where: { $0.hasSuffix("PackageTests.xctest") }) else {
                continue
            }
            let path = parts[..<bundle].joined(separator: "/") + "/sluice"
            if access(path, X_OK) == 0 { return path }
        }
        throw ProcessError.noProgram
    }

    private enum ProcessError: Error { case noProgram }

    @Test("sixteen processes at once lose no change and leave no half of one")
    func processes() throws {
        let folder = "/tmp/sluice-processes-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let file = folder + "/new/catalog.db"
        defer { system("rm -r \(folder)") }
        let sluice = try "'\(program())' --catalog \(file) catalog"
        let script = """
            mkdir \(folder)
            for p in $(seq 16); do (
                for n in 1 2 3; do \(sluice) create database d_${p}_$n -q || echo failed; done
                \(sluice) create database shared --if-not-exists -q || echo failed
                \(sluice) drop database d_${p}_2 -q || echo failed
            ) & done
            wait
            """
        let pipe = try #require(popen(script, "r"))
        var failures = 0
        while case let byte = fgetc(pipe), byte != EOF { failures += byte == 10 ? 1 : 0 }
        #expect(pclose(pipe) == 0)
        #expect(failures == 0)
        let catalog = try SQLiteCatalog(path: file, access: .readOnly, principal: "reader")
        let names = Set(try catalog.databases(in: "default_catalog").map(\.name.database))
        var expected: Set<String> = ["default_database", "shared"]
        for process in 1...16 { expected.formUnion(["d_\(process)_1", "d_\(process)_3"]) }
        #expect(names == expected)
        #expect(try catalog.history().count == 16 * 4 + 1)
        #expect(try catalog.verify().isEmpty)
    }
}
