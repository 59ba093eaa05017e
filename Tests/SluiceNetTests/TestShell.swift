import Glibc

/// Runs small scripts; what they print is thrown away.
enum TestShell {
    /// Exit status of a script.
    static func run(_ script: String, _ arguments: [String]) -> Int32 {
        guard let process = start(script, arguments) else { return -1 }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return status
    }

    /// A process that goes on.
    static func start(_ script: String, _ arguments: [String]) -> pid_t? {
        let words: [String] = ["sh", "-c", "exec >/dev/null 2>&1\n" + script, "sh"] + arguments
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        return posix_spawn(&process, "/bin/sh", nil, nil, pointers, environ) == 0 ? process : nil
    }
}
