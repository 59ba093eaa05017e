import Glibc

/// Runs a program of the machine and waits for it.
enum Subprocess {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct Output {
        var status: Int32
        var text: [UInt8]
        var errors: String
    }

    /// The program with its arguments; `input` goes to its standard input. It is killed when it takes longer.
    static func run(
        _ words: [String], input: [UInt8] = [], environment: [String: String] = [:], seconds: Int = 120
    ) throws -> Output {
        let base = "/tmp/sluice-run-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let files = ["in", "out", "err"].map { "\(base).\($0)" }
        defer { for file in files { unlink(file) } }
        try write(input, to: files[0])
        let process = try spawn(words, files: files, environment: environment)
        let status = try wait(for: process, seconds: seconds, words)
        let errors = String(decoding: read(files[2]), as: UTF8.self)
        return Output(status: status, text: read(files[1]), errors: errors)
    }

    /// As `run`, but anything other than success is an error.
    static func check(
        _ words: [String], input: [UInt8] = [], environment: [String: String] = [:], seconds: Int = 120
    ) throws -> String {
        let output = try run(words, input: input, environment: environment, seconds: seconds)
        guard output.status == 0 else {
            let text = String(decoding: output.text, as: UTF8.self)
            throw Failure(
                description:
                    "\(words.joined(separator: " ")): status \(output.status)\n\(text)\(output.errors)")
        }
        return String(decoding: output.text, as: UTF8.self)
    }

    /// Starts a program that outlives its starter; its output goes nowhere.
    static func detach(_ words: [String]) throws {
        _ = try spawn(
            ["/usr/bin/setsid"] + words, files: ["/dev/null", "/dev/null", "/dev/null"], environment: [:])
    }

    private static func spawn(_ words: [String], files: [String], environment: [String: String]) throws
        -> pid_t
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, files[0], O_RDONLY, 0)
        for (number, file) in [(Int32(1), files[1]), (2, files[2])] {
            posix_spawn_file_actions_addopen(&actions, number, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        for number in Int32(3)..<256 { posix_spawn_file_actions_addclose(&actions, number) }
        var values: [String] = environment.map { "\($0.key)=\($0.value)" }
        for name in ["PATH", "HOME", "JAVA_HOME", "LANG"] where environment[name] == nil {
            if let value = getenv(name) { values.append("\(name)=\(String(cString: value))") }
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = values.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var process = pid_t()
        let code = posix_spawnp(&process, words[0], &actions, nil, &arguments, &variables)
        guard code == 0 else { throw Failure(description: "\(words[0]): \(String(cString: strerror(code)))") }
        return process
    }

    private static func wait(for process: pid_t, seconds: Int, _ words: [String]) throws -> Int32 {
        var status: Int32 = 0
        for _ in 0..<seconds * 100 {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f) }
            usleep(10_000)
        }
        kill(process, SIGKILL)
        waitpid(process, &status, 0)
        throw Failure(description: "\(words.joined(separator: " ")) took more than \(seconds) s")
    }

    private static func write(_ bytes: [UInt8], to file: String) throws {
        guard let opened = fopen(file, "w") else { throw Failure(description: "\(file) cannot be written") }
        defer { fclose(opened) }
        _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, opened) }
    }

    static func read(_ file: String) -> [UInt8] {
        guard let opened = fopen(file, "r") else { return [] }
        defer { fclose(opened) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, opened), count > 0 { bytes += chunk[..<count] }
        return bytes
    }
}
