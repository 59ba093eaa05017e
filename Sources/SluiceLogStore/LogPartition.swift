public import SluiceBase

/// A partition in a folder of its own: records with ascending offsets in segment files, written to and read by any
/// number of threads and processes.
///
/// Several writers are allowed, since jobs share a topic: each holds the folder's lock file for the time of one
/// append (about two microseconds where nobody else writes) and looks whether the end is where it left it. Whoever
/// finds bytes behind the last whole batch while holding the lock knows that their writer died, and cuts them.
/// Readers take no lock: they stop before what is not whole.
///
/// What `append` wrote survives the end of the process; after `sync` it survives the end of the machine.
public final class LogPartition: Sendable {
    public let path: String
    public let settings: LogSettings
    let folder: SegmentFolder
    let clock: any Clock
    private let state: Lock<State>

    struct State {
        var lock: (any DiskLock)?
        var tail: LogTail?
        /// What was appended here and not made durable yet.
        var isDirty = false
        /// `sync` failed: the system may have dropped what it could not write, so nothing can be promised any more.
        var failure: LogError?
        /// The last segment as far as it was found whole for `bounds`.
        var seen: (base: Int64, index: SegmentIndex)?
        var nextRetention: Int64 = .min
    }

    /// Makes nothing: the folder appears with the first append.
    public init(disk: any Disk, path: String, settings: LogSettings = LogSettings(), clock: any Clock) {
        self.path = path
        self.settings = settings
        self.clock = clock
        folder = SegmentFolder(disk: disk, path: path)
        state = Lock(State())
    }

    // MARK: Writing

    /// Appends the records as one batch and gives their offsets. nil: another process is writing and `waits` is
    /// false.
    public func append(_ batch: LogBatchBuilder, waits: Bool = true) throws(LogError) -> Range<Int64>? {
        guard !batch.isEmpty else { throw .invalid("a batch without records cannot be appended") }
        batch.prepare()
        return try locked(waits: waits) { (state) throws(LogError) in
            // First, so that nobody takes its failure for one of the append.
            try retainNowAndThen(&state)
            var tail = try current(&state)
            if tail.index.size >= settings.segmentBytes { tail = try roll(tail, &state) }
            let (head, bytes) = batch.seal(
                baseOffset: tail.index.nextOffset, durableBelow: tail.durableBelow)
            // Until the write has come back whole nobody knows where the end is.
            state.tail = nil
            try onDisk { () throws(DiskError) in try tail.file.write(bytes) }
            tail.index.add(head)
            state.tail = tail
            state.isDirty = true
            return head.baseOffset..<head.nextOffset
        }
    }

    /// Appends and makes durable. At least one record; gives their offsets.
    @discardableResult
    public func append(_ records: [LogRecord], sync isDurable: Bool = true) throws(LogError) -> Range<Int64> {
        let batch = LogBatchBuilder()
        for record in records { try batch.append(record) }
        guard let offsets = try append(batch) else { return 0..<0 }
        if isDurable { try sync() }
        return offsets
    }

    /// Makes everything durable that this object appended; with `others`, whatever anybody appended. After an error
    /// nothing of it is certain, and the object refuses to go on.
    public func sync(others: Bool = false) throws(LogError) {
        if !others, try syncKnownTail() != nil { return }
        // The end is unknown after a failed write, and another process may have moved it: find it first.
        _ = try locked(waits: true) { (state) throws(LogError) in
            try sync(try current(&state), &state)
        }
    }

    /// nil: the end is not known.
    private func syncKnownTail() throws(LogError) -> Void? {
        try state.withLock { (state: inout State) throws(LogError) -> Void? in
            if let failure = state.failure { throw failure }
            guard state.isDirty else { return () }
            guard let tail = state.tail else { return nil }
            return try sync(tail, &state)
        }
    }

    private func sync(_ tail: LogTail, _ state: inout State) throws(LogError) {
        try syncFile(tail, &state)
        var synced = tail
        synced.durableBelow = max(tail.durableBelow, tail.index.nextOffset)
        state.tail = synced
        state.isDirty = false
    }

    func syncFile(_ tail: LogTail, _ state: inout State) throws(LogError) {
        do throws(LogError) {
            try onDisk { () throws(DiskError) in try tail.file.sync() }
        } catch {
            state.failure = error
            throw error
        }
    }

    /// Finds the end, and cuts what a dead writer left behind it.
    func settle() throws(LogError) {
        _ = try locked(waits: true) { (state) throws(LogError) in _ = try current(&state) }
    }

    /// Gives file and lock back; they are opened again when needed.
    public func close() {
        state.withLock { state in
            state.tail?.file.close()
            state.tail = nil
            state.lock?.close()
            state.lock = nil
        }
    }

    // MARK: Lock

    /// nil: another process has the lock and `waits` is false.
    func locked<Result>(
        waits: Bool, _ body: (inout State) throws(LogError) -> Result
    ) throws(LogError) -> Result? {
        try state.withLock { (state: inout State) throws(LogError) -> Result? in
            let lock = try onDisk { () throws(DiskError) -> any DiskLock in
                if let lock = state.lock { return lock }
                try folder.disk.makeDurableDirectory(path)
                return try folder.disk.lockFile(folder.lock)
            }
            state.lock = lock
            if let failure = state.failure { throw failure }
            guard try onDisk({ () throws(DiskError) in try lock.acquire(waits: waits) }) else { return nil }
            defer { lock.release() }
            return try body(&state)
        }
    }

    /// What this object knows of the end of a segment; nil: nothing.
    func knownIndex(of base: Int64) -> SegmentIndex? {
        state.withLock { state in
            if let tail = state.tail, tail.base == base { return tail.index }
            return state.seen.flatMap { $0.base == base ? $0.index : nil }
        }
    }

    func remember(_ index: SegmentIndex, of base: Int64) { state.withLock { $0.seen = (base, index) } }
}
