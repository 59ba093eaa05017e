import Glibc

extension DiskError: CustomStringConvertible {
    public var isNotFound: Bool { code == ENOENT }
    public var isBrokenPipe: Bool { code == EPIPE }

    /// `cannot open "x": No such file or directory`.
    public var description: String { "cannot \(operation) \"\(path)\": \(reason)" }

    public var reason: String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }

    public var sqlError: SQLError { SQLError(.connectorIO, description) }
}
