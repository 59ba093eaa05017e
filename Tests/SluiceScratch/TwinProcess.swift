package import Glibc

/// This test program once more, as a process of its own that runs one of the tests until it is killed. The test is
/// meant to run there only: it is enabled by the variable that it is started with.
package struct TwinProcess {
    package let id: pid_t

    /// - Parameter test: the name of the test's function.
    package init(running test: String, variable: String, value: String) throws {
        var arguments: [UnsafeMutablePointer<CChar>?] = Self.ownArguments.map { strdup($0) }
        arguments += [strdup("--filter"), strdup(test), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("\(variable)=\(value)")]
        for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] {
            if let value = getenv(name) { environment.append(strdup("\(name)=\(String(cString: value))")) }
        }
        environment.append(nil)
        defer { for text in arguments + environment { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var child: pid_t = 0
        guard posix_spawn(&child, "/proc/self/exe", &actions, nil, &arguments, &environment) == 0 else {
            throw ScratchError(description: "the test program cannot be started again")
        }
        id = child
    }

    /// Those of this process without its choice of tests.
    private static var ownArguments: [String] {
        var kept: [String] = []
        var skipsNext = false
        for argument in CommandLine.arguments {
            if skipsNext {
                skipsNext = false
            } else if argument == "--filter" || argument == "--skip" {
                skipsNext = true
            } else {
                kept.append(argument)
            }
        }
        return kept
    }

    /// Without warning. False: it had ended by itself.
    package func killNow() -> Bool {
        kill(id, SIGKILL)
        var status: Int32 = 0
        waitpid(id, &status, 0)
        return status == SIGKILL
    }
}
