import Glibc
import SluiceColumns

/// Bytes to a file descriptor, in large pieces. A reader that has gone shows as `isClosed`.
public final class OutputStream {
    private let descriptor: Int32
    public private(set) var isClosed = false
    /// Why it was closed: the number of the system's error; EPIPE: the reader has gone.
    public private(set) var failure: Int32 = 0
    /// Called before bytes go out; takes a line of progress off the screen.
    var beforeWrite: (@Sendable () -> Void)?

    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// Writes everything; what is closed swallows silently.
    public func write(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        if !isClosed && bytes.count > 0 { beforeWrite?() }
        while !isClosed, let start = rest.baseAddress, rest.count > 0 {
            let count = Glibc.write(descriptor, start, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&poller, 1, -1)
            } else if errno != EINTR {
                failure = errno
                isClosed = true
            }
        }
    }

    public func write(_ text: String) {
        var copy = text
        copy.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    public var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Columns of the terminal; nil: not one, or it does not say.
    public var terminalWidth: Int? {
        guard isTerminal else { return nil }
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return getenv("COLUMNS").flatMap { Int(String(cString: $0)) }
    }
}
