import Glibc
import SluiceBase

/// The thread that takes the signals of a shell: Ctrl-C ends what runs in the foreground, or clears the line.
///
/// All threads started later have the signals blocked, so `start` comes first.
final class ShellSignals: Sendable {
    private let control: RunControl
    private let pending = Lock<[Int32]>([])
    private let readEnd: Int32
    private let writeEnd: Int32

    private static let numbers = [SIGINT, SIGTERM, SIGHUP, SIGWINCH]

    /// nil: the system gives no pipe or thread.
    init?(_ control: RunControl) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
        self.control = control
        var set = Self.set
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let box = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let failed = pthread_create(&thread, nil, { ShellSignals.run($0) }, box.toOpaque())
        guard failed == 0 else {
            box.release()
            return nil
        }
        pthread_detach(thread)
    }

    private static var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        return set
    }

    private static func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        let own = Unmanaged<ShellSignals>.fromOpaque(context).takeRetainedValue()
        var set = Self.set
        while true {
            var number: Int32 = 0
            if sigwait(&set, &number) == 0 { own.arrived(number) }
        }
    }

    private func arrived(_ number: Int32) {
        if number == SIGINT && control.interrupt() { return }
        if number == SIGTERM || number == SIGHUP { _ = control.stop(number) }
        pending.withLock { $0.append(number) }
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Readable when signals are pending.
    var wakeDescriptor: Int32 { readEnd }

    /// The signals that arrived since the last call.
    func take() -> [Int32] {
        var bytes = [UInt8](repeating: 0, count: 64)
        while Glibc.read(readEnd, &bytes, bytes.count) > 0 {}
        return pending.withLock { numbers in
            let taken = numbers
            numbers = []
            return taken
        }
    }

    /// Forgets a Ctrl-C that came while nothing could be interrupted.
    func forgetInterrupts() { pending.withLock { $0.removeAll { $0 == SIGINT } } }
}
