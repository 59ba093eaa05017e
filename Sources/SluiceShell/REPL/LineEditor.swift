import CReadline
import Glibc
import SluiceBase

/// The line that the user types, edited by GNU readline. Used by the main thread alone; there is one in a process.
final class LineEditor {
    enum Event: Equatable {
        case line(String)
        case endOfInput
        case interrupted
        /// SIGTERM or SIGHUP.
        case terminated(Int32)
        /// Nothing happened for a while.
        case tick
    }

    private var entered: Event?
    private let signals: ShellSignals
    /// Candidates for the word at a range of bytes of the line.
    var complete: (String, Range<Int>) -> [String] = { _, _ in [] }

    init(signals: ShellSignals) {
        self.signals = signals
        sluice_rl_setup(
            "sluice", Unmanaged.passUnretained(self).toOpaque(),
            { context, line in
                guard let context else { return }
                let editor = Unmanaged<LineEditor>.fromOpaque(context).takeUnretainedValue()
                editor.entered = line.map { .line(String(cString: $0)) } ?? .endOfInput
            },
            { context, line, start, end in
                guard let context, let line, start >= 0, end >= start else { return nil }
                let editor = Unmanaged<LineEditor>.fromOpaque(context).takeUnretainedValue()
                let found = editor.complete(String(cString: line), Int(start)..<Int(end))
                return found.isEmpty ? nil : strdup(found.joined(separator: "\n"))
            })
    }

    /// Shows the prompt and waits for a line. `onTick` is asked for messages every 200 ms; without it nothing wakes.
    func read(prompt: String, ticks: Bool, onTick: () -> String?) -> Event {
        entered = nil
        sluice_rl_begin(prompt)
        while true {
            var descriptors = [
                pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.wakeDescriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&descriptors, 2, ticks ? 200 : -1)
            if count < 0 && errno != EINTR {
                sluice_rl_end()
                return .endOfInput
            }
            if descriptors[1].revents != 0, let event = takeSignals() { return event }
            if descriptors[0].revents != 0 {
                sluice_rl_feed()
                if let event = entered { return event }
            }
            if ticks, let message = onTick() {
                sluice_rl_message(message)
                // What the prompt says may have changed with it.
                if sluice_rl_has_text() == 0 {
                    sluice_rl_end()
                    return .tick
                }
            }
        }
    }

    private func takeSignals() -> Event? {
        for number in signals.take() {
            switch number {
            case SIGINT:
                sluice_rl_discard_line()
                return .interrupted
            case SIGWINCH: sluice_rl_resize()
            default:
                sluice_rl_end()
                return .terminated(number)
            }
        }
        return nil
    }

    func addHistory(_ text: String) { sluice_rl_add_history(text) }
}
