import CSQLite
import Glibc
import SluiceBase

/// The handle of libsqlite3, shared by a database and its statements, so that whichever goes last closes it.
final class SQLiteConnection {
    let handle: OpaquePointer
    let path: String
    let options: SQLiteOptions
    private let busy: BusyBackoff

    init(path: String, options: SQLiteOptions) throws(SQLError) {
        self.path = path
        self.options = options
        var flags: Int32 = SQLITE_OPEN_NOMUTEX
        switch options.access {
        case .readOnly: flags |= SQLITE_OPEN_READONLY
        case .readWrite: flags |= SQLITE_OPEN_READWRITE
        case .create: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let system = opened.map { sqlite3_system_errno($0) } ?? 0
            if let opened { sqlite3_close_v2(opened) }
            throw SQLiteFailure(code: code, systemError: system, text: "", statement: nil)
                .error(path: path, options: options)
        }
        handle = opened
        sqlite3_extended_result_codes(opened, 1)
        busy = BusyBackoff(timeoutMillis: options.busyTimeoutMillis)
        // The connection owns the backoff and closes the handle first, so the pointer cannot dangle.
        sqlite3_busy_handler(
            opened,
            { context, attempt in
                guard let context else { return 0 }
                return Unmanaged<BusyBackoff>.fromOpaque(context).takeUnretainedValue().wait(attempt) ? 1 : 0
            }, Unmanaged.passUnretained(busy).toOpaque())
    }

    deinit { sqlite3_close_v2(handle) }

    func check(_ code: Int32, statement: String? = nil) throws(SQLError) {
        guard code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE else { return }
        throw error(code, statement: statement)
    }

    func error(_ code: Int32, statement: String? = nil) -> SQLError {
        let text = sqlite3_errmsg(handle).map { String(cString: $0) } ?? ""
        let system = sqlite3_system_errno(handle)
        return SQLiteFailure(code: code, systemError: system, text: text, statement: statement)
            .error(path: path, options: options)
    }
}

/// Waits longer and longer for another process's lock, with jitter, until a deadline.
final class BusyBackoff {
    private let timeoutNanos: Int64
    private var deadline: Int64 = 0
    private var random: RandomSource
    private let clock = SystemClock()

    init(timeoutMillis: Int) {
        timeoutNanos = Int64(max(0, timeoutMillis)) &* 1_000_000
        random = RandomSource(seed: UInt64(truncatingIfNeeded: clock.monotonicNanos()) ^ UInt64(getpid()))
    }

    /// False when the deadline has passed.
    func wait(_ attempt: Int32) -> Bool {
        let now = clock.monotonicNanos()
        if attempt == 0 { deadline = now &+ timeoutNanos }
        guard now < deadline else { return false }
        // 0.2 ms doubling to 25.6 ms; half of it random, so that waiting processes do not march in step.
        let step: UInt64 = 200 << UInt64(min(7, max(0, attempt)))
        let micros: UInt64 = step / 2 + random.next() % (step / 2 + 1)
        let left = UInt64(max(0, deadline - now)) / 1000
        usleep(UInt32(min(micros, left + 1)))
        return true
    }
}
