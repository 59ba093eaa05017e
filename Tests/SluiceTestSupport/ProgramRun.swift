import Glibc

/// Runs the program that is tested, as users do.
public enum Program {
    /// The binary in the folder of the test bundle; nil: it has not been built.
    public static var path: String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        var candidates: [String] = []
        if count > 0 {
            let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if let slash = own.lastIndex(of: "/") { candidates.append(own[..<slash] + "/sluice") }
        }
        for argument in CommandLine.arguments {
            let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
            guard let bundle = parts.firstIndex(where: { $0.hasSuffix("PackageTests.xctest") }) else {
                continue
            }
            candidates.append(parts[..<bundle].joined(separator: "/") + "/sluice")
        }
        return candidates.first { access($0, X_OK) == 0 }
    }

    public struct NotBuilt: Error {
        public init() {}
    }

    /// How a run ended and what it wrote.
    public struct Result: Sendable {
        /// 128 + n for a process that signal n ended.
        public var status: Int32
        public var output: String
        public var errors: String
    }

    /// The exit code of a waited-for process.
    public static func status(of wait: Int32) -> Int32 {
        let signal = wait & 0x7F
        return signal == 0 ? (wait >> 8) & 0xFF : 128 + signal
    }

    /// The environment of a run: own home folder, nothing of the user's.
    public static func environment(home: String, _ extra: [String: String] = [:]) -> [String] {
        var values = [
            "PATH": "/usr/bin:/bin", "HOME": home, "SLUICE_HOME": home + "/sluice", "LANG": "C.UTF-8",
            "TZ": "UTC",
            "TERM": "xterm", "INPUTRC": "/dev/null",
        ]
        // A loader of checked builds may need its own variables.
        for name in ["LD_LIBRARY_PATH"] {
            if let value = getenv(name) { values[name] = String(cString: value) }
        }
        for (name, value) in extra { values[name] = value }
        return values.map { "\($0.key)=\($0.value)" }
    }
}

/// A folder that is removed with its owner.
public final class TemporaryFolder {
    public let path: String

    public init() {
        path = "/tmp/sluice-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        mkdir(path, 0o700)
    }

    deinit { system("rm -rf '\(path)'") }

    /// Writes a file; its path.
    @discardableResult
    public func write(_ name: String, _ text: String) -> String {
        let file = path + "/" + name
        if let handle = fopen(file, "w") {
            fputs(text, handle)
            fclose(handle)
        }
        return file
    }

    public func read(_ name: String) -> String {
        guard let handle = fopen(path + "/" + name, "r") else { return "" }
        defer { fclose(handle) }
        var out: [UInt8] = []
        while case let byte = fgetc(handle), byte != EOF { out.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: out, as: UTF8.self)
    }
}

/// One run of the program with pipes for its streams.
public final class ProgramRun {
    private var process: pid_t = 0
    private let folder: TemporaryFolder
    public let id: Int

    /// Starts `sluice` with the arguments; stdout and stderr go to files of the folder.
    public init(
        _ arguments: [String], input: String = "", in folder: TemporaryFolder,
        environment: [String: String] = [:],
        closesOutput: Bool = false, outputPath: String? = nil
    ) throws {
        guard let path = Program.path else { throw Program.NotBuilt() }
        self.folder = folder
        id = Int.random(in: 0 ... .max)
        folder.write("in-\(id)", input)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, folder.path + "/in-\(id)", O_RDONLY, 0)
        var ends: [Int32] = [-1, -1]
        if closesOutput {
            guard pipe(&ends) == 0 else { throw Program.NotBuilt() }
            close(ends[0])
            posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        } else {
            let target = outputPath ?? folder.path + "/out-\(id)"
            posix_spawn_file_actions_addopen(&actions, 1, target, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        posix_spawn_file_actions_addopen(
            &actions, 2, folder.path + "/err-\(id)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let words = CStrings([path] + arguments)
        let variables = CStrings(Program.environment(home: folder.path, environment))
        let code = posix_spawn(&process, path, &actions, nil, words.pointers, variables.pointers)
        if closesOutput { close(ends[1]) }
        guard code == 0 else { throw Program.NotBuilt() }
    }

    public func signal(_ number: Int32) { kill(process, number) }

    /// What was written to stdout so far.
    public var output: String { folder.read("out-\(id)") }
    public var errors: String { folder.read("err-\(id)") }

    /// Waits until stdout holds a text; false: not within the time.
    public func waitForOutput(_ text: String, seconds: Double = 20) -> Bool {
        for _ in 0..<Int(seconds * 50) {
            if output.contains(text) { return true }
            usleep(20_000)
        }
        return false
    }

    public func wait() -> Program.Result {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return Program.Result(status: Program.status(of: status), output: output, errors: errors)
    }
}

/// A list of C strings that ends with NULL.
final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        pointers = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() { (pointers + index).initialize(to: strdup(text)) }
        (pointers + texts.count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
