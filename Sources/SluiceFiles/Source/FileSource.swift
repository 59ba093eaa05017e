import SluiceBase
import SluiceColumns
import SluiceConnect

/// Rows of files. Bounded: a split for each file. With `source.monitor-interval`: one split that follows them all.
struct FileSource: Source {
    let table: FileTable
    let scan: ScanRequest
    let disk: any Disk

    /// The split of a monitored table.
    static let monitorID = "*"

    func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
        if table.paths.isStandardStream { return [SourceSplit(id: "-")] }
        if table.monitorMillis != nil { return [SourceSplit(id: FileSource.monitorID)] }
        return try FileSource.list(table, disk).map { SourceSplit(id: $0) }
    }

    /// The files that are there now.
    static func list(_ table: FileTable, _ disk: any Disk) throws(JobError) -> [String] {
        let matcher = try PathFilter(table)
        do throws(DiskError) {
            if let files = try table.paths.files(on: disk, accepts: matcher.accepts) { return files }
        } catch {
            throw JobError(error.sqlError, domain: .external)
        }
        if table.monitorMillis != nil { return [] }
        throw JobError(
            SQLError(
                .connectorIO, "path \"\(table.paths.path)\" of table \"\(table.table.name)\" does not exist"))
    }

    func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
        if split.id == FileSource.monitorID {
            return try MonitorReader(table, scan, disk, split, context)
        }
        return try FileReader(table, scan, disk, split, context)
    }
}

/// `source.path.regex-pattern`: the whole path must match.
struct PathFilter {
    private let pattern: Regex<AnyRegexOutput>?

    init(_ table: FileTable) throws(JobError) {
        guard let text = table.pathPattern else {
            pattern = nil
            return
        }
        do {
            pattern = try Regex(text)
        } catch {
            throw JobError(
                SQLError(
                    .connectorOption, "option 'source.path.regex-pattern' is '\(text)', which is no pattern"))
        }
    }

    func accepts(_ path: String) -> Bool {
        guard let pattern else { return true }
        return (try? pattern.wholeMatch(in: path)) != nil
    }
}
