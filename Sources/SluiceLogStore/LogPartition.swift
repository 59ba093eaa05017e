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

    private struct State {
        var lock: (any DiskLock)?
        var tail: Tail?
        /// What was appended here and not made durable yet.
        var isDirty = false
        /// `sync` failed: the system may have dropped what it could not write, so nothing can be promised any more.
        var failure: LogError?
        /// The last segment as far as it was walked for `bounds`.
        var seen: (base: Int64, index: SegmentIndex)?
        var nextRetention: Int64 = .min
    }

    /// The end of the log as this object left it.
    private struct Tail {
        var base: Int64
        var index: SegmentIndex
        var file: any DiskFile
        /// Everything below is durable.
        var durableBelow: Int64
    }

    static let retentionNanos: Int64 = 30_000_000_000

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
            try retainNowAndThen(&state)
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
        if others { state.withLock { $0.isDirty = true } }
        if let isDone = try syncKnownTail(), isDone { return }
        // The end is unknown after a failed write: find it, then make it durable.
        _ = try locked(waits: true) { (state) throws(LogError) in
            try sync(try current(&state), &state)
        }
    }

    /// nil: the end is not known.
    private func syncKnownTail() throws(LogError) -> Bool? {
        try state.withLock { (state: inout State) throws(LogError) -> Bool? in
            if let failure = state.failure { throw failure }
            guard state.isDirty else { return true }
            guard let tail = state.tail else { return nil }
            try sync(tail, &state)
            return true
        }
    }

    private func sync(_ tail: Tail, _ state: inout State) throws(LogError) {
        do throws(LogError) {
            try onDisk { () throws(DiskError) in try tail.file.sync() }
        } catch {
            state.failure = error
            throw error
        }
        var synced = tail
        synced.durableBelow = max(tail.durableBelow, tail.index.nextOffset)
        state.tail = synced
        state.isDirty = false
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

    // MARK: Looking

    /// The offsets that are kept; the upper bound is the next one to be given.
    public func bounds() throws(LogError) -> Range<Int64> {
        guard let last = try folder.bases().last else { return 0..<0 }
        let end = try end(of: last)
        return min(try firstOffset(), end)..<end
    }

    /// The offset that the next record gets. Batches that a running writer has not finished do not count.
    public func nextOffset() throws(LogError) -> Int64 { try bounds().upperBound }

    func firstOffset() throws(LogError) -> Int64 {
        max(try folder.keptFrom(), try folder.bases().first ?? 0)
    }

    /// Walks from where this object was last.
    private func end(of base: Int64) throws(LogError) -> Int64 {
        let known: SegmentIndex? = state.withLock { state in
            if let tail = state.tail, tail.base == base { return tail.index }
            return state.seen.flatMap { $0.base == base ? $0.index : nil }
        }
        let index = try folder.walk(base, from: known ?? SegmentIndex(baseOffset: base)).index
        state.withLock { $0.seen = (base, index) }
        return index.nextOffset
    }

    /// Reads from an offset on, which must be kept or be the next one.
    public func reader(from offset: Int64) throws(LogError) -> LogReader {
        let kept = try bounds()
        guard offset >= kept.lowerBound, offset <= kept.upperBound else {
            throw .outOfRange(offset: offset, kept: kept)
        }
        return LogReader(self, from: offset)
    }

    /// Reads from an offset on without a look whether it is kept; the reader finds out.
    public func follow(from offset: Int64) -> LogReader { LogReader(self, from: offset) }

    /// At most about `maxBytes` of records from `offset` on, but at least one where there is one.
    public func read(from offset: Int64, maxBytes: Int = 1 << 20) throws(LogError) -> [LogRecord] {
        let reader = try reader(from: offset)
        var found: [LogRecord] = []
        var bytes = 0
        while bytes < maxBytes, let batch = try reader.nextBatch() {
            var records = batch.records
            while let record = try records.next() {
                if record.offset >= offset { found.append(record.record) }
            }
            bytes += batch.byteCount
        }
        return found
    }

    // MARK: Lock and end

    /// nil: another process has the lock and `waits` is false.
    private func locked<Result>(
        waits: Bool, _ body: (inout State) throws(LogError) -> Result
    ) throws(LogError) -> Result? {
        try state.withLock { (state: inout State) throws(LogError) -> Result? in
            let lock = try onDisk { () throws(DiskError) -> any DiskLock in
                if let lock = state.lock { return lock }
                try folder.disk.makeDirectory(path)
                return try folder.disk.lockFile(folder.lock)
            }
            state.lock = lock
            if let failure = state.failure { throw failure }
            guard try onDisk({ () throws(DiskError) in try lock.acquire(waits: waits) }) else { return nil }
            defer { lock.release() }
            return try body(&state)
        }
    }

    func withLock<Result>(_ body: () throws(LogError) -> Result) throws(LogError) -> Result? {
        try locked(waits: true) { (_) throws(LogError) in try body() }
    }

    /// The end, looked up again if somebody else wrote.
    private func current(_ state: inout State) throws(LogError) -> Tail {
        if let tail = state.tail {
            let size = try status(folder.segment(tail.base))?.size
            var isLast = true
            if tail.index.nextOffset > tail.base {
                isLast = try status(folder.segment(tail.index.nextOffset)) == nil
            }
            if size == tail.index.size, isLast { return tail }
            tail.file.close()
        }
        let tail = try recover(state.tail, &state)
        state.tail = tail
        return tail
    }

    private func status(_ file: String) throws(LogError) -> DiskStatus? {
        try onDisk { () throws(DiskError) in try folder.disk.status(file) }
    }

    /// Finds the end and cuts what a dead writer left behind it. The lock is held.
    private func recover(_ known: Tail?, _ state: inout State) throws(LogError) -> Tail {
        let bases = try folder.bases()
        guard let base = bases.last else { return try begin(0) }
        if bases.count > 1 { try finishIndex(bases[bases.count - 2]) }
        let start = known.flatMap { $0.base == base ? $0.index : nil } ?? SegmentIndex(baseOffset: base)
        var walk = try folder.walk(base, from: start, durableBelow: max(known?.durableBelow ?? 0, base))
        try checkBodies(base, &walk)
        state.seen = nil
        let file = folder.segment(base)
        let size = try status(file)?.size ?? 0
        if let fault = walk.fault, size > walk.index.size {
            if try folder.isDamage(base, at: walk.index.size, offset: walk.index.nextOffset) {
                throw .damaged(file: file, position: walk.index.size, reason: fault)
            }
        }
        let end = walk.index.size
        return try onDisk { () throws(DiskError) in
            if size > end { try folder.disk.truncate(file, to: end) }
            return Tail(
                base: base, index: walk.index, file: try folder.disk.open(file, .append),
                durableBelow: walk.durableBelow)
        }
    }

    /// After the machine stopped, heads may be there without their bodies; not below what was durable.
    private func checkBodies(_ base: Int64, _ walk: inout SegmentFolder.Walk) throws(LogError) {
        let whole = walk.index
        let window = try folder.window(base)
        var index = SegmentIndex(baseOffset: base)
        if let entry = whole.entry(for: max(walk.durableBelow, base)) {
            index = whole.cut(to: entry)
        }
        while index.size < whole.size {
            guard case .head(let head) = try window.head(at: index.size, offset: index.nextOffset) else {
                break
            }
            if head.nextOffset > walk.durableBelow {
                let found = try window.batch(at: index.size, offset: index.nextOffset)
                if case .incomplete(let reason) = found { walk.fault = reason }
                guard case .batch = found else { break }
            }
            index.add(head)
        }
        if index.size < whole.size { walk.index = index }
    }

    // MARK: Segments

    /// Ends a segment. Its bytes are durable, then its index, then the next file: a stop in between leaves a segment
    /// without index, which is made again.
    private func roll(_ tail: Tail, _ state: inout State) throws(LogError) -> Tail {
        state.tail = nil
        try onDisk { () throws(DiskError) in try tail.file.sync() }
        tail.file.close()
        try folder.replace(folder.index(tail.base), with: tail.index.encoded)
        let fresh = try begin(tail.index.nextOffset)
        state.tail = fresh
        return fresh
    }

    private func begin(_ base: Int64) throws(LogError) -> Tail {
        try onDisk { () throws(DiskError) in
            let file = try folder.disk.open(folder.segment(base), .append)
            try folder.disk.syncDirectory(path)
            return Tail(
                base: base, index: SegmentIndex(baseOffset: base), file: file, durableBelow: base)
        }
    }

    private func finishIndex(_ base: Int64) throws(LogError) {
        if folder.storedIndex(base) != nil { return }
        let walk = try folder.walk(base, from: SegmentIndex(baseOffset: base))
        try folder.replace(folder.index(base), with: walk.index.encoded)
    }

    // MARK: Retention

    /// Removes what is too old or too much, as the settings say. Gives the number of removed segments.
    @discardableResult
    public func retain() throws(LogError) -> Int {
        try locked(waits: true) { (state) throws(LogError) in try retain(&state) } ?? 0
    }

    private func retainNowAndThen(_ state: inout State) throws(LogError) {
        guard settings.retentionMillis != nil || settings.retentionBytes != nil else { return }
        let now = clock.monotonicNanos()
        guard now >= state.nextRetention else { return }
        state.nextRetention = now &+ LogPartition.retentionNanos
        _ = try retain(&state)
    }

    private func retain(_ state: inout State) throws(LogError) -> Int {
        let tail = try current(&state)
        let oldest = settings.retentionMillis.map { clock.nowMicros() &- $0 &* 1000 }
        if let oldest, tail.index.size > 0, try isUnchanged(tail.base, since: oldest) {
            _ = try roll(tail, &state)
        }
        let bases = try folder.bases()
        var total: Int64 = 0
        for base in bases { total &+= try status(folder.segment(base))?.size ?? 0 }
        var keep = bases.first ?? 0
        for (base, next) in zip(bases, bases.dropFirst()) {
            let size = try status(folder.segment(base))?.size ?? 0
            let isTooMuch = settings.retentionBytes.map { total > $0 } ?? false
            var isTooOld = false
            if !isTooMuch, let oldest { isTooOld = try isUnchanged(base, since: oldest) }
            guard isTooMuch || isTooOld else { break }
            total -= size
            keep = next
        }
        return try remove(below: keep)
    }

    /// The times of records may be those of events long ago: what counts is when the file was last added to.
    private func isUnchanged(_ base: Int64, since micros: Int64) throws(LogError) -> Bool {
        guard let status = try status(folder.segment(base)) else { return false }
        return status.modified < micros
    }

    /// Records below `offset` are kept no longer; files go when all of their records do. Offsets go on.
    public func trim(below offset: Int64) throws(LogError) {
        _ = try locked(waits: true) { (state) throws(LogError) in
            let tail = try current(&state)
            let end = tail.index.nextOffset
            guard offset >= 0, offset <= end else {
                throw .outOfRange(offset: offset, kept: try firstOffset()..<end)
            }
            guard offset > (try firstOffset()) else { return }
            if offset == end, tail.index.size > 0 { _ = try roll(tail, &state) }
            _ = try remove(below: offset)
        }
    }

    /// The new start is durable before the first file goes, and the oldest file goes first: whatever a stop leaves is
    /// a log that begins later.
    private func remove(below offset: Int64) throws(LogError) -> Int {
        if offset > (try folder.keptFrom()), offset > 0 { try folder.setKeptFrom(offset) }
        let bases = try folder.bases()
        var removed = 0
        for (base, next) in zip(bases, bases.dropFirst()) where next <= offset {
            try onDisk { () throws(DiskError) in
                if try folder.disk.status(folder.index(base)) != nil {
                    try folder.disk.remove(folder.index(base))
                }
                try folder.disk.remove(folder.segment(base))
            }
            removed += 1
        }
        return removed
    }
}
