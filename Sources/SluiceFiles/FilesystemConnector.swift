public import SluiceBase
import SluiceColumns
public import SluiceConnect

/// `filesystem`: files, directories and standard streams in any format.
public struct FilesystemConnector: Connector {
    public let names = ["filesystem"]
    public var metadata: [MetadataKey] {
        FileMetadata.allCases.map { MetadataKey($0.rawValue, $0.type, .read) }
    }
    private let disk: any Disk
    /// Names the files of a job.
    private let random: any Random
    private let formats: FormatRegistry

    public init(
        disk: any Disk = SystemDisk(), random: any Random = SystemRandom(), formats: FormatRegistry
    ) {
        self.random = random
        self.disk = disk
        self.formats = formats
    }

    public var options: [OptionSpec] {
        [
            OptionSpec(
                "path", .string, required: true,
                "a file, a directory or a pattern; '-' is standard input or output"),
            OptionSpec(
                "format", .string, required: true,
                "how rows are written: " + formats.names.joined(separator: ", ")),
            OptionSpec(
                "source.monitor-interval", .duration,
                "follow the path: look for new files and added rows this often"),
            OptionSpec("source.path.regex-pattern", .string, "read only files whose whole path matches"),
            OptionSpec(
                "sink.rolling-policy.file-size", .memory, default: "128 mb", "a part file ends at this size"),
            OptionSpec(
                "sink.rolling-policy.rollover-interval", .duration, default: "30 min",
                "a part file ends at this age"),
            OptionSpec(
                "sink.rolling-policy.check-interval", .duration, default: "1 min",
                "how often the age is looked at"),
        ]
    }

    public func validate(_ table: ResolvedTable) throws(SQLError) {
        let files = try FileTable(table, formats)
        try OptionCheck.check(table, options, format: files.format)
    }

    public func sourceTraits(_ table: ResolvedTable) throws(SQLError) -> SourceTraits? {
        let files = try FileTable(table, formats)
        return SourceTraits(
            isBounded: files.monitorMillis == nil, changelog: files.format.decodedChangelog)
    }

    public func makeSource(_ table: ResolvedTable, _ scan: ScanRequest) throws(SQLError) -> any Source {
        let files = try FileTable(table, formats)
        let physical = scan.projection.filter { table.columns[$0].metadataKey == nil }
        // Options and types of the format are checked before the job runs.
        _ = try files.format.makeDecoder(
            fields: files.physical, projection: physical.map { files.physicalIndex($0) }, files.options(.utc))
        return FileSource(table: files, scan: scan, disk: disk)
    }

    public func sinkTraits(_ table: ResolvedTable, input: ChangelogMode) throws(SQLError) -> SinkTraits? {
        SinkTraits(accepts: try FileTable(table, formats).format.encodedChangelog)
    }

    public func makeSink(_ table: ResolvedTable, _ request: SinkRequest) throws(SQLError) -> any Sink {
        let files = try FileTable(table, formats)
        if files.paths.isPattern {
            throw SQLError(
                .connectorOption, "path '\(files.paths.path)' is a pattern; a sink needs a directory")
        }
        if request.overwrite && files.paths.isStandardStream {
            throw SQLError(.unsupported, "INSERT OVERWRITE cannot write to standard output")
        }
        _ = try files.format.makeEncoder(fields: files.physical, files.options(.utc))
        return try FileSink(files, request, disk, random)
    }
}
