import Glibc
import SluiceShell

/// The one thread that waits for SIGINT, SIGTERM and SIGHUP; all others block them.
enum SignalThread {
    static func start(_ control: RunControl) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let box = Unmanaged.passRetained(Box(control))
        var thread = pthread_t()
        let failed = pthread_create(&thread, nil, { SignalThread.loop($0) }, box.toOpaque())
        if failed == 0 { pthread_detach(thread) } else { box.release() }
    }

    private final class Box {
        let control: RunControl
        init(_ control: RunControl) { self.control = control }
    }

    private static func loop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        let control = Unmanaged<Box>.fromOpaque(context).takeRetainedValue().control
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, number) }
        var count = 0
        while true {
            var number: Int32 = 0
            guard sigwait(&set, &number) == 0 else { continue }
            count += 1
            // The third request ends the process where it stands.
            if count > 2 { _exit(128 + number) }
            if control.stop(number) {
                Output.errors.write("stopping: what was read is being finished (again to stop now)\n")
            }
        }
    }
}
