import Glibc

/// Swift finds the words of the command line beside the environment, and finds none where a preloaded library has
/// moved that; the system has them, too.
func commandLine() -> [String] {
    let known = CommandLine.arguments
    if !known.isEmpty { return Array(known.dropFirst()) }
    guard let file = fopen("/proc/self/cmdline", "rb") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    let words = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    return words.dropFirst().map { String(decoding: $0, as: UTF8.self) }
}

/// Threads of clients may still be closing connections: `exit` would take OpenSSL and Kerberos down under them.
func end(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
}

end(Program.run(commandLine()))
