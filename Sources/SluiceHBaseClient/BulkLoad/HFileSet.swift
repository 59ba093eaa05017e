public import SluiceBase

/// HFiles in a folder, one for every family and range of rows that sorted cells touch.
public final class HFileSet {
    /// A finished file.
    public struct File: Sendable {
        public var path: String
        public var family: [UInt8]
        /// Position in the ranges.
        public var range: Int
        public var summary: HFileWriter.Summary
    }

    public struct Settings: Sendable {
        public var folder: String
        var writers: FamilyFileSettings
        /// A file that has grown so far is followed by another one of its range.
        public var maxFileBytes: Int64 = 10 << 30

        /// Files of families without settings of their own.
        public init(folder: String, writer: HFileWriter.Settings, families: [FamilySchema] = []) {
            self.folder = folder
            writers = FamilyFileSettings(writer, families)
        }
    }

    private struct Open {
        var file: File
        let handle: any DiskFile
        let writer: HFileWriter
    }

    private let settings: Settings
    private let disk: any Disk
    private var random: RandomSource
    private let ranges: [RowRange]
    private var range = 0
    private var isInside = false
    private let isCancelled: @Sendable () -> Bool
    private var lastRow: [UInt8] = []
    /// Of the current range, one for every family.
    private var open: [Open] = []
    public private(set) var files: [File] = []

    /// `ranges`: ascending, without common rows. `isCancelled` is asked now and then; true ends the writing.
    public init(
        _ settings: Settings, ranges: [RowRange], disk: any Disk, random: RandomSource,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        self.isCancelled = isCancelled
        self.settings = settings
        self.ranges = ranges
        self.disk = disk
        self.random = random
    }

    /// Writes all cells, and closes the files. Cells outside of the ranges are left out with `skipsOthers`, else refused.
    public func write(_ cells: SortedCells, skipsOthers: Bool = false) throws(SQLError) {
        do throws(SQLError) {
            var count = 0
            while try cells.advance() {
                count &+= 1
                if count & 0xFFF == 0, isCancelled() { throw SQLError(.sinkFailed, "the load was given up") }
                try cells.withCell { (cell) throws(SQLError) in try append(cell, skipsOthers) }
            }
            try closeAll()
        } catch {
            discard()
            throw error
        }
    }

    private func append(_ bytes: UnsafeRawBufferPointer, _ skipsOthers: Bool) throws(SQLError) {
        guard let cell = StoredCell(bytes) else {
            throw SQLError(.internalError, "an HFile was given bytes that are no cell")
        }
        if !lastRow.elementsEqual(cell.row) {
            try moveRange(to: cell.row)
            lastRow.removeAll(keepingCapacity: true)
            lastRow.append(contentsOf: cell.row)
            while let full = open.firstIndex(where: { $0.writer.writtenBytes >= settings.maxFileBytes }) {
                try close(full)
            }
        }
        guard isInside else {
            if skipsOthers { return }
            throw SQLError(.sinkFailed, "the regions of the table have a gap: a row lies in none of them")
        }
        if let known = open.firstIndex(where: { $0.file.family.elementsEqual(cell.family) }) {
            try open[known].writer.append(bytes)
        } else {
            try start(Array(cell.family)).append(bytes)
        }
    }

    private func moveRange(to row: UnsafeRawBufferPointer) throws(SQLError) {
        var next = range
        while next < ranges.count, ranges[next].isBefore(row) { next += 1 }
        isInside = next < ranges.count && !ranges[next].startsAfter(row)
        guard next != range else { return }
        try closeAll()
        range = next
    }

    private func start(_ family: [UInt8]) throws(SQLError) -> HFileWriter {
        let folder = settings.folder + "/" + String(decoding: family, as: UTF8.self)
        do throws(DiskError) {
            try disk.makeDirectory(folder)
            try disk.allowEveryone(folder)
            let path = folder + "/" + nextName()
            let handle = try disk.open(path, .create)
            try disk.allowEveryone(path)
            let writer = HFileWriter(handle, settings.writers.settings(of: family))
            let nothing = HFileWriter.Summary(cells: 0, bytes: 0, indexLevels: 0, dataBlocks: 0)
            let file = File(path: path, family: family, range: range, summary: nothing)
            open.append(Open(file: file, handle: handle, writer: writer))
            return writer
        } catch {
            throw error.sqlError
        }
    }

    /// 32 hexadecimal digits, as HBase names its files.
    private func nextName() -> String {
        var name = ""
        for _ in 0..<2 {
            let digits = String(random.next(), radix: 16)
            name += String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        return name
    }

    private func closeAll() throws(SQLError) {
        while !open.isEmpty { try close(0) }
    }

    private func close(_ position: Int) throws(SQLError) {
        var ended = open.remove(at: position)
        defer { ended.handle.close() }
        files.append(ended.file)
        ended.file.summary = try ended.writer.finish()
        do throws(DiskError) { try ended.handle.sync() } catch { throw error.sqlError }
        files[files.count - 1] = ended.file
    }

    /// Removes the files that are still there.
    public func discard() {
        for entry in open {
            entry.handle.close()
            files.append(entry.file)
        }
        open = []
        for file in files { try? disk.remove(file.path) }
        for family in Set(files.map(\.family)) {
            try? disk.remove(settings.folder + "/" + String(decoding: family, as: UTF8.self))
        }
        files = []
        try? disk.remove(settings.folder)
    }
}
