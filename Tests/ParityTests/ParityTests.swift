import Foundation
import SluiceBase
import SluiceTestSupport
import Testing

/// The recorded cases, where they are at hand: in `../shared/parity` beside the checkout, or where `SLUICE_PARITY` says.
///
/// The number of passes of each group must not fall below `Tests/Baselines/parity.txt`.
@Suite struct ParityTests {
    private static let baselines = CaseFiles(CaseFiles.packageRoot + "/Tests/x", "Baselines")

    private static let root: String? = {
        let given = ProcessInfo.processInfo.environment["SLUICE_PARITY"]
        let path = given ?? CaseFiles.packageRoot + "/../shared/parity"
        return FileManager.default.fileExists(atPath: path + "/cases") ? path : nil
    }()

    private static func baseline() throws -> [(group: String, count: Int)] {
        try baselines.read("parity.txt").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let count = Int(words[1]) else { return nil }
            return (String(words[0]), count)
        }
    }

    @Test("at least as many recorded cases pass as before")
    func parity() throws {
        guard let root = Self.root else {
            print("ParityTests: SKIPPED, there is no ../shared/parity and SLUICE_PARITY is not set")
            return
        }
        var recorded = ""
        for (group, count) in try Self.baseline() {
            let (passed, failures) = try Self.run(group, root)
            recorded += "\(group) \(passed)\n"
            print("ParityTests: \(group) \(passed) passed, \(failures.count) failed")
            for failure in failures { print("  " + failure) }
            if !CaseFiles.records {
                #expect(passed >= count, "\(group): \(failures.joined(separator: "\n"))")
            }
        }
        if CaseFiles.records {
            try Self.baselines.write(recorded, to: "parity.txt")
            Issue.record("the baseline was recorded; look at the difference and run again")
        }
    }

    private static func run(_ group: String, _ root: String) throws -> (passed: Int, failures: [String]) {
        let folder = root + "/cases/" + group
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasSuffix(".sql")
        }
        var failures: [String] = []
        for file in files.sorted() {
            let name = group + "/" + file.dropLast(4)
            let item = try ParityCase(path: folder + "/" + file, name: name, data: root + "/data")
            if let problem = try outcome(item) { failures.append("\(name): \(problem)") }
        }
        return (files.count - failures.count, failures)
    }

    /// nil: as recorded.
    private static func outcome(_ item: ParityCase) throws -> String? {
        let scratch = try ScratchHome()
        do throws(SQLError) {
            let session = try ScriptSession(scratch.home)
            session.timeoutMillis = 20_000
            guard let answer = try session.run(item.script).last else { return "the script is empty" }
            return item.compare(answer)
        } catch {
            if case .error = item.expectation { return nil }
            return "\(error.code): \(error.message)"
        }
    }
}
