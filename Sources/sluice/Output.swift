import Glibc

/// Writes to a file descriptor; a reader that has gone ends the process quietly with code 141.
struct Output {
    let descriptor: Int32

    static let standard = Output(descriptor: STDOUT_FILENO)
    static let errors = Output(descriptor: STDERR_FILENO)

    var isTerminal: Bool { isatty(descriptor) == 1 }

    func write(_ text: String) {
        var copy = text
        copy.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if errno == EPIPE {
                    _exit(141)
                } else if errno != EINTR && errno != EAGAIN {
                    // What cannot be written to the place of errors cannot be told either.
                    if descriptor == STDERR_FILENO { return }
                    let reason = String(cString: strerror(errno))
                    Output.errors.write("error: standard output cannot be written: \(reason)\n")
                    _exit(5)
                }
            }
        }
    }
}
