import Glibc

/// A program on a terminal of its own: what a user would type goes in, what the screen would get comes out.
public final class PseudoTerminal {
    private let main: Int32
    private var process: pid_t = 0
    /// Everything that was written since the start.
    public private(set) var screen = ""
    private var position = 0
    private var bytes: [UInt8] = []

    public init(
        _ arguments: [String] = [], in folder: TemporaryFolder, environment: [String: String] = [:],
        columns: UInt16 = 100,
        rows: UInt16 = 40
    ) throws {
        guard let path = Program.path else { throw Program.NotBuilt() }
        // What posix_openpt, unlockpt and ptsname do; the Glibc module hides them.
        main = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var locked: Int32 = 0
        var number: UInt32 = 0
        let unlock: UInt = 0x4004_5431
        let getNumber: UInt = 0x8004_5430
        guard main >= 0, ioctl(main, unlock, &locked) == 0, ioctl(main, getNumber, &number) == 0 else {
            throw Program.NotBuilt()
        }
        let name = "/dev/pts/\(number)"
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(main, UInt(TIOCSWINSZ), &size)
        _ = fcntl(main, F_SETFD, FD_CLOEXEC)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The first terminal that the leader of a session opens becomes the one that controls it.
        posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let newSession: Int16 = 0x80
        posix_spawnattr_setflags(&attributes, newSession)
        let words = CStrings([path] + arguments)
        let variables = CStrings(Program.environment(home: folder.path, environment))
        guard posix_spawn(&process, path, &actions, &attributes, words.pointers, variables.pointers) == 0
        else {
            throw Program.NotBuilt()
        }
    }

    deinit {
        if process > 0 {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        close(main)
    }

    public func type(_ text: String) {
        var copy = text
        copy.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = write(main, rest.baseAddress, rest.count)
                if count <= 0 { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    /// Waits until a text appears behind what was expected before; what came up to its end, nil: it did not appear.
    @discardableResult
    public func expect(_ text: String, seconds: Double = 20) -> String? {
        let wanted = Array(text.utf8)
        var left = Int(seconds * 1000)
        while true {
            if let end = find(wanted) {
                let found = String(decoding: bytes[position..<end], as: UTF8.self)
                position = end
                return found
            }
            if left <= 0 || !receive(milliseconds: 50) { return nil }
            left -= 50
        }
    }

    private func find(_ wanted: [UInt8]) -> Int? {
        guard bytes.count - position >= wanted.count else { return nil }
        for start in position...(bytes.count - wanted.count) where bytes[start...].starts(with: wanted) {
            return start + wanted.count
        }
        return nil
    }

    /// False: the terminal was closed.
    private func receive(milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: main, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, milliseconds) > 0 else { return true }
        var piece = [UInt8](repeating: 0, count: 4096)
        let count = read(main, &piece, piece.count)
        guard count > 0 else { return false }
        bytes += piece[..<count]
        screen = String(decoding: bytes, as: UTF8.self)
        return true
    }

    public func signal(_ number: Int32) { kill(process, number) }

    /// Whether the terminal reads whole lines and echoes them, as before the program took it over.
    public var isCanonical: Bool {
        var modes = termios()
        guard tcgetattr(main, &modes) == 0 else { return false }
        return modes.c_lflag & tcflag_t(ICANON) != 0 && modes.c_lflag & tcflag_t(ECHO) != 0
    }

    /// The exit code; nil: it still runs.
    public func wait(seconds: Double = 20) -> Int32? {
        for _ in 0..<Int(seconds * 50) {
            var status: Int32 = 0
            if waitpid(process, &status, WNOHANG) == process {
                process = 0
                while receive(milliseconds: 10), poll1() {}
                return Program.status(of: status)
            }
            if !receive(milliseconds: 20) { usleep(20_000) }
        }
        return nil
    }

    private func poll1() -> Bool {
        var descriptor = pollfd(fd: main, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 10) > 0
    }
}
