import SluiceBase

/// Reads a partition in order and follows it: at the end `nextBatch` gives nil until there is more, also when another
/// process writes. Owned by one thread.
public final class LogReader {
    private let partition: LogPartition
    private var window: SegmentWindow?
    private var base: Int64 = 0
    private var position: Int64 = 0
    /// Of the batch at `position`.
    private var batchOffset: Int64 = 0
    /// The next record that is wanted; a batch may begin before it.
    public private(set) var offset: Int64
    /// Where it was seen that no later batch proves damage, and how long the file was then.
    private var harmless: (position: Int64, size: Int64)?

    init(_ partition: LogPartition, from offset: Int64) {
        self.partition = partition
        self.offset = offset
    }

    public var heldBytes: Int { window?.heldBytes ?? 0 }

    /// The next whole batch with records at or after `offset`, which moves behind it; the first may begin earlier.
    /// nil: there is none for now. Throws `outOfRange` when retention was faster.
    public func nextBatch() throws(LogError) -> LogBatch? {
        while true {
            guard let window = try opened() else { return nil }
            switch try window.batch(at: position, offset: batchOffset) {
            case .batch(let batch):
                position += Int64(batch.byteCount)
                batchOffset = batch.nextOffset
                if batchOffset <= offset { continue }
                offset = batchOffset
                return batch
            case .end:
                guard try goOn() else { return nil }
            case .incomplete(let reason):
                if try goOn() { continue }
                try check(window, reason)
                return nil
            }
        }
    }

    /// Goes to an offset that is kept, or the next one.
    public func seek(to offset: Int64) {
        self.offset = offset
        window = nil
    }

    public func close() { window = nil }

    private func opened() throws(LogError) -> SegmentWindow? {
        if let window { return window }
        return try find()
    }

    /// Opens the segment that holds `offset`. nil: nothing was ever written.
    private func find() throws(LogError) -> SegmentWindow? {
        let folder = partition.folder
        let bases = try folder.bases()
        guard let first = bases.first else {
            if offset > 0 { throw .outOfRange(offset: offset, kept: 0..<0) }
            return nil
        }
        let start = max(try folder.keptFrom(), first)
        guard offset >= start, let base = bases.last(where: { $0 <= offset }) else {
            throw .outOfRange(offset: offset, kept: start..<max(start, try partition.nextOffset()))
        }
        guard let found = try segment(base) else {
            // Removed since it was listed.
            throw .outOfRange(offset: offset, kept: start..<max(start, try partition.nextOffset()))
        }
        let entry = base == bases.last ? nil : folder.storedIndex(base)?.entry(for: offset)
        self.base = base
        position = entry?.position ?? 0
        batchOffset = entry?.offset ?? base
        try skip(found)
        window = found
        return found
    }

    /// Along the heads to the batch of `offset`.
    private func skip(_ window: SegmentWindow) throws(LogError) {
        while batchOffset < offset {
            guard case .head(let head) = try window.head(at: position, offset: batchOffset),
                head.nextOffset <= offset
            else { return }
            position += Int64(head.byteCount)
            batchOffset = head.nextOffset
        }
    }

    /// To the next segment if there is one.
    private func goOn() throws(LogError) -> Bool {
        let folder = partition.folder
        if batchOffset > base, let found = try segment(batchOffset) {
            window = found
            base = batchOffset
            position = 0
            return true
        }
        // A segment that is gone with the one after it was removed under a slow reader: look where that leaves it.
        let own = folder.segment(base)
        guard try onDisk({ () throws(DiskError) in try folder.disk.status(own) }) == nil else { return false }
        window = nil
        return true
    }

    /// nil: there is none, or none any more.
    private func segment(_ base: Int64) throws(LogError) -> SegmentWindow? {
        do throws(LogError) { return try partition.folder.window(base) } catch {
            guard case .disk(let cause) = error, cause.isNotFound else { throw error }
            return nil
        }
    }

    /// Tells a batch that is being written from damage.
    private func check(_ window: SegmentWindow, _ reason: String) throws(LogError) {
        let folder = partition.folder
        let size = try onDisk { () throws(DiskError) in try folder.disk.status(window.path)?.size ?? 0 }
        if let harmless, harmless == (position, size) { return }
        let bases = try folder.bases()
        var isDamage = false
        if let last = bases.last, last > base { isDamage = true }
        if !isDamage { isDamage = try folder.isDamage(base, at: position, offset: batchOffset) }
        guard isDamage else {
            harmless = (position, size)
            return
        }
        // The writer may have cut and gone on in between.
        window.reload()
        if case .incomplete = try window.batch(at: position, offset: batchOffset), try !nextExists() {
            throw .damaged(file: window.path, position: position, reason: reason)
        }
    }

    private func nextExists() throws(LogError) -> Bool {
        if batchOffset == base { return false }
        let next = partition.folder.segment(batchOffset)
        return try onDisk { () throws(DiskError) in try partition.folder.disk.status(next) } != nil
    }
}
