import SluiceBase
import SluiceConnect

/// `'sink.mode' = 'bulk-load'`: where files are put for the region servers, and how much is sorted in memory.
struct BulkLoadOptions: Sendable, Hashable {
    /// As this machine sees it; nil where there is no cluster to put files for.
    let folder: String?
    /// As the servers see it; nil: the same.
    let serverFolder: String?
    let memory: Int

    static let specs: [OptionSpec] = [
        OptionSpec(
            "sink.mode", .choice(["upsert", "bulk-load"]), default: "upsert",
            "bulk-load: write sorted files and hand them to the regions, in a batch job and with inserts only; "
                + "each region's rows appear at once, those of several regions do not"
        ),
        OptionSpec(
            "sink.bulk-load.folder", .string,
            "a folder for files that the region servers can move them from, such as a shared mount"),
        OptionSpec(
            "sink.bulk-load.server-folder", .string,
            "the same folder as the servers name it, such as file:/mnt/load; default: file: and the folder"),
        OptionSpec(
            "sink.bulk-load.memory", .memory, default: "256mb", "rows sorted in memory; more go through files"
        ),
    ]

    /// Nil: rows are written one by one.
    static func read(_ options: TableOptions, _ cluster: ClusterOptions?) throws(SQLError) -> BulkLoadOptions?
    {
        guard options["sink.mode"]?.lowercased() == "bulk-load" else { return nil }
        let folder = options["sink.bulk-load.folder"]
        if cluster != nil {
            guard let folder, folder.hasPrefix("/"), folder != "/" else {
                throw SQLError(
                    .connectorOption,
                    "'sink.mode' = 'bulk-load' needs 'sink.bulk-load.folder', an absolute path",
                    hint: "name a folder on a file system that the region servers have, too")
            }
        }
        if let server = options["sink.bulk-load.server-folder"], cluster?.kerberos != nil {
            try refuseFilesWithTokens(server)
        }
        let memory = try options.memory("sink.bulk-load.memory") ?? (256 << 20)
        guard memory >= 1 << 20 else {
            throw options.wrong(
                "sink.bulk-load.memory", options["sink.bulk-load.memory"] ?? "", "1mb or more")
        }
        return BulkLoadOptions(
            folder: folder.map { trimmed($0) },
            serverFolder: options["sink.bulk-load.server-folder"].map { trimmed($0) },
            memory: Int(truncatingIfNeeded: memory))
    }

    /// Region servers read HDFS in the name of the user who loads, by a token that only a client of HDFS can get.
    private static func refuseFilesWithTokens(_ server: String) throws(SQLError) {
        let scheme = server.prefix { $0 != ":" }.lowercased()
        guard ["hdfs", "webhdfs", "swebhdfs", "viewfs"].contains(scheme) else { return }
        throw SQLError(
            .unsupported,
            "a bulk load through \"\(server)\" needs a delegation token of HDFS in a cluster with Kerberos, "
                + "which sluice cannot get",
            hint: "name a file: folder that is mounted here and at the region servers, or leave "
                + "'sink.mode' = 'bulk-load' out")
    }

    private static func trimmed(_ path: String) -> String {
        var path = path
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// What a load cannot carry is refused before anything runs.
    func check(_ schema: HBaseSchema, _ table: String) throws(SQLError) {
        if schema.hasIncrements {
            throw SQLError(
                .unsupported, "table \"\(table)\" has counters, which a bulk load cannot add to",
                hint: "leave 'sink.mode' = 'bulk-load' out")
        }
    }
}
