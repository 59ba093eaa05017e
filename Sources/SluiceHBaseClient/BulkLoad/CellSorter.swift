public import SluiceBase

/// Sorts cells, more of them than memory holds: full buffers are sorted and written to temporary files, which are merged
/// at the end. Of cells with equal keys the one added last is kept.
///
/// Used by one thread at a time; its files are removed by `discard` and with it.
public final class CellSorter {
    public struct Settings: Sendable {
        /// Bytes of cells held before they are written to a file.
        public var memory: Int
        /// Where the files go; made when the first one is written.
        public var folder: String
        /// Files merged at once.
        public var maxMergedFiles = 64

        public init(memory: Int, folder: String) {
            self.memory = memory
            self.folder = folder
        }
    }

    private let settings: Settings
    private let disk: any Disk
    private var buffer = CellBuffer()
    /// Oldest first.
    private var files: [String] = []
    private var nextNumber = 0
    public private(set) var cellCount: Int64 = 0

    public init(_ settings: Settings, disk: any Disk) {
        self.settings = settings
        self.disk = disk
    }

    deinit { discard() }

    public var fileCount: Int { files.count }
    /// Bytes in memory.
    public var bufferedBytes: Int { buffer.byteCount }

    /// Takes one cell: int32 key length, int32 value length, key, value.
    public func add(_ cell: UnsafeRawBufferPointer) throws(SQLError) {
        guard buffer.add(cell) else {
            throw SQLError(.internalError, "bytes that are no cell were to be sorted")
        }
        cellCount += 1
        if buffer.byteCount >= settings.memory { try spill() }
    }

    private func spill() throws(SQLError) {
        guard !buffer.isEmpty else { return }
        do throws(DiskError) { try disk.makeDirectory(settings.folder) } catch { throw error.sqlError }
        buffer.sort()
        try write(try sequence([.buffer(buffer)]))
        buffer.clear()
        while files.count >= settings.maxMergedFiles { try mergeOldest() }
    }

    private func sequence(_ sources: [SortedCells.Source]) throws(SQLError) -> SortedCells {
        do throws(DiskError) { return try SortedCells(sources) } catch { throw error.sqlError }
    }

    private func write(_ cells: SortedCells) throws(SQLError) {
        let path = "\(settings.folder)/run-\(nextNumber)"
        nextNumber += 1
        files.append(path)
        let file: any DiskFile
        do throws(DiskError) { file = try disk.open(path, .create) } catch { throw error.sqlError }
        defer { file.close() }
        let writer = CellFileWriter(file)
        while try cells.advance() {
            try cells.withCell { (cell) throws(SQLError) in try writer.append(cell) }
        }
        try writer.flush()
    }

    /// The oldest files become one, which stays the oldest.
    private func mergeOldest() throws(SQLError) {
        let old = files
        let cells = try open(old)
        files = []
        do throws(SQLError) {
            try write(cells)
        } catch {
            files = old + files
            throw error
        }
        for path in old { try? disk.remove(path) }
    }

    private func open(_ paths: [String]) throws(SQLError) -> SortedCells {
        var sources: [SortedCells.Source] = []
        for path in paths { sources.append(.file(try reader(path))) }
        return try sequence(sources)
    }

    private func reader(_ path: String) throws(SQLError) -> CellFileReader {
        do throws(DiskError) {
            return CellFileReader(try disk.open(path, .read), path: path)
        } catch {
            throw error.sqlError
        }
    }

    /// All cells in order. Nothing may be added while they are read; they can be read again.
    public func sorted() throws(SQLError) -> SortedCells { try CellSorter.sorted([self]) }

    /// The cells of several sorters as one sequence; of equal keys that of the last sorter is kept.
    public static func sorted(_ sorters: [CellSorter]) throws(SQLError) -> SortedCells {
        var sources: [SortedCells.Source] = []
        for sorter in sorters {
            for path in sorter.files { sources.append(.file(try sorter.reader(path))) }
            guard !sorter.buffer.isEmpty else { continue }
            sorter.buffer.sort()
            sources.append(.buffer(sorter.buffer))
        }
        do throws(DiskError) { return try SortedCells(sources) } catch { throw error.sqlError }
    }

    /// Removes the files. What was added is gone.
    public func discard() {
        for path in files { try? disk.remove(path) }
        if nextNumber > 0 { try? disk.remove(settings.folder) }
        files = []
        nextNumber = 0
        buffer.clear()
        cellCount = 0
    }
}
