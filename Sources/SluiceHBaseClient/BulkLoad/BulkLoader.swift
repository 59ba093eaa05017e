public import SluiceBase

/// Loads cells into a table as finished HFiles, past memory stores and logs: cells are sorted, cut into files at the
/// boundaries of the regions, and the files handed over, all families of a region at once.
///
/// Files have what the family's settings ask for, as far as `FamilyFileSettings` can. Nothing is visible before all
/// files are written. A region that has split meanwhile refuses its files; its rows are
/// cut again. What is loaded into one region is visible at once, what is loaded into several is not. Loading the same
/// cells again changes nothing. Blocks; used by one thread at a time.
public final class BulkLoader {
    public struct Settings: Sendable {
        /// The folder for files, as this machine sees it; the servers must be able to move them from there.
        public var folder: String
        /// The same folder as the servers see it, such as `file:/mnt/load` or `hdfs://name/load`.
        public var serverFolder: String
        /// Bytes of cells in memory while they are sorted, of all sorters together.
        public var memory = 256 << 20
        /// Files of one request and family; servers refuse more than 32.
        public var maxFilesPerRequest = 32
        /// How often refused rows are cut again, or files offered again.
        public var maxTries = 8
        public var writer: HFileWriter.Settings
        /// What else may be the cause where regions refuse files again and again; follows the other causes.
        public var refusalNote = ""

        public init(folder: String, serverFolder: String? = nil, createdMillis: Int64, task: String) {
            self.folder = folder
            self.serverFolder = serverFolder ?? "file:" + folder
            writer = HFileWriter.Settings(createdMillis: createdMillis, task: task)
        }
    }

    /// What was loaded.
    public struct Summary: Sendable, Hashable {
        public var cells: Int64 = 0
        public var files = 0
        public var bytes: Int64 = 0
        public var regions = 0
        /// What of the families' settings the files do not have.
        public var notices: [String] = []

        public init() {}
    }

    private let service: any BulkLoadService
    private let settings: Settings
    private let disk: any Disk
    private var random: RandomSource
    /// Of this load, below `settings.folder`.
    private let name: String
    private let pause: (_ tries: Int) -> Void
    private let isCancelled: @Sendable () -> Bool

    /// `pause`: waits a while before a refused file is offered again. `isCancelled`: asked while files are written and
    /// before they are handed over; true gives the load up, with nothing handed over from then on.
    public init(
        _ service: any BulkLoadService, _ settings: Settings, disk: any Disk, random: RandomSource,
        isCancelled: @escaping @Sendable () -> Bool = { false },
        pause: @escaping (_ tries: Int) -> Void
    ) {
        self.service = service
        self.settings = settings
        self.disk = disk
        self.random = random
        self.pause = pause
        self.isCancelled = isCancelled
        name = "load-" + String(self.random.next(), radix: 16)
    }

    private var folder: String { settings.folder + "/" + name }

    /// A sorter whose files lie beside those of the load. `part` tells sorters apart, of which there are `parts`.
    public func sorter(part: Int, of parts: Int) -> CellSorter {
        CellSorter(
            CellSorter.Settings(
                memory: settings.memory / Swift.max(1, parts), folder: "\(folder)/sort-\(part)"), disk: disk)
    }

    /// Gives up what a sorter holds. The last one takes the folder of the load with it.
    public func discard(_ sorter: CellSorter) {
        sorter.discard()
        try? disk.remove(folder)
    }

    /// Loads what the sorters hold, and discards it, however it ends.
    public func load(_ sorters: [CellSorter]) throws(SQLError) -> Summary {
        defer { for sorter in sorters { discard(sorter) } }
        guard sorters.contains(where: { $0.cellCount > 0 }) else { return Summary() }
        try makeFolder()
        var summary = Summary()
        let families = try hbase { () throws(HBaseError) in try service.families() }
        summary.notices = FamilyFileSettings(settings.writer, families).notices
        var token: String?
        defer {
            // The folder's contents were moved; what remains of it costs nothing.
            if let token { try? service.cleanUp(token: token) }
        }
        var open: [RowRange]?
        for attempt in 0..<settings.maxTries {
            let regions = try hbase { () throws(HBaseError) in try service.regions() }
            let ranges = BulkLoader.cut(regions, open)
            if open == ranges { pause(attempt) }
            let files = HFileSet(
                HFileSet.Settings(
                    folder: "\(folder)/\(attempt)", writer: settings.writer, families: families),
                ranges: ranges, disk: disk, random: RandomSource(seed: random.next()),
                isCancelled: isCancelled)
            defer { files.discard() }
            try files.write(try CellSorter.sorted(sorters), skipsOthers: open != nil)
            if isCancelled() { throw SQLError(.sinkFailed, "the load was given up") }
            let ready: String
            if let token {
                ready = token
            } else {
                ready = try hbase { () throws(HBaseError) in try service.prepare() }
                token = ready
            }
            let refused = try offer(files.files, ranges, ready, &summary)
            if refused.isEmpty { return summary }
            open = refused
        }
        throw SQLError(
            .sinkFailed,
            "\(open?.count ?? 0) region(s) refused the files of a bulk load \(settings.maxTries) times; "
                + "\(summary.regions) took theirs",
            hint:
                "the log of the region servers says why: a missing family, or files that they cannot read in "
                + settings.serverFolder + settings.refusalNote)
    }

    private func makeFolder() throws(SQLError) {
        do throws(DiskError) {
            try disk.makeDirectory(folder)
            try disk.allowEveryone(folder)
        } catch {
            throw error.sqlError
        }
    }

    /// The regions, or the parts of them that are still open.
    static func cut(_ regions: [RowRange], _ open: [RowRange]?) -> [RowRange] {
        guard let open else { return regions }
        return regions.flatMap { region in open.compactMap { region.intersection($0) } }
    }

    /// Hands the files over; the ranges whose files were refused.
    private func offer(
        _ files: [HFileSet.File], _ ranges: [RowRange], _ token: String, _ summary: inout Summary
    ) throws(SQLError) -> [RowRange] {
        let groups = requests(files, ranges)
        let answers = service.load(groups.map(\.request), token: token)
        var refused: [RowRange] = []
        var failure: HBaseError?
        for (group, answer) in zip(groups, answers) {
            switch answer {
            case .success(true):
                summary.regions += 1
                summary.files += group.files.count
                for file in group.files {
                    summary.cells += file.summary.cells
                    summary.bytes += file.summary.bytes
                }
            case .success(false): if refused.last != group.request.rows { refused.append(group.request.rows) }
            case .failure(let error): failure = failure ?? error
            }
        }
        if let failure {
            throw SQLError(
                .sinkFailed, "the files of a bulk load could not be handed over: \(failure)",
                notes: [SQLError.Note("\(summary.regions) of \(groups.count) requests had been carried out")],
                hint: "run the statement again: rows that are loaded twice are the same rows")
        }
        return refused
    }

    private struct Group {
        var request: BulkLoadRequest
        var files: [HFileSet.File]
    }

    /// Per range one request, or several where a family has too many files.
    private func requests(_ files: [HFileSet.File], _ ranges: [RowRange]) -> [Group] {
        var groups: [Group] = []
        var counts: [[UInt8]: Int] = [:]
        var last = -1
        for file in files where ranges.indices.contains(file.range) {
            if file.range != last || counts[file.family] == settings.maxFilesPerRequest {
                groups.append(Group(request: BulkLoadRequest(rows: ranges[file.range], files: []), files: []))
                counts = [:]
                last = file.range
            }
            counts[file.family, default: 0] += 1
            let path = settings.serverFolder + file.path.dropFirst(settings.folder.count)
            groups[groups.count - 1].request.files.append(
                BulkLoadHFileRequest.File(family: file.family, path: path))
            groups[groups.count - 1].files.append(file)
        }
        return groups
    }

    private func hbase<Value>(_ body: () throws(HBaseError) -> Value) throws(SQLError) -> Value {
        do throws(HBaseError) {
            return try body()
        } catch {
            throw SQLError(.sinkFailed, "the table cannot be loaded: \(error)")
        }
    }
}
