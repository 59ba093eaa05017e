import SluiceBase
import SluiceColumns
import SluiceConnect

/// What sources and sinks of a `filesystem` table share, worked out once from its options.
struct FileTable: Sendable {
    let table: ResolvedTable
    let paths: FilePaths
    let format: any Format
    let formatOptions: TableOptions
    /// nil: read once.
    let monitorMillis: Int64?
    let pathPattern: String?

    init(_ table: ResolvedTable, _ formats: FormatRegistry) throws(SQLError) {
        self.table = table
        paths = try FilePaths(try table.options.required("path", of: table.name))
        let name = try table.options.required("format", of: table.name)
        guard let format = formats.find(name) else {
            throw SQLError(
                .connectorOption, "unknown format '\(name)' of table \"\(table.name)\"",
                label: DidYouMean.label(name, in: formats.names),
                hint: "known formats: " + formats.names.joined(separator: ", "))
        }
        self.format = format
        formatOptions = FileTable.options(table.options, of: name)
        monitorMillis = try table.options.duration("source.monitor-interval")
        pathPattern = table.options["source.path.regex-pattern"]
        if !table.partitionKeys.isEmpty {
            throw SQLError(
                .unsupported,
                "table \"\(table.name)\" is partitioned, which connector filesystem does not support",
                hint: "remove PARTITIONED BY, or keep the partition in a column")
        }
    }

    /// Options of the format, its prefix taken off.
    private static func options(_ options: TableOptions, of format: String) -> TableOptions {
        let prefix = format + "."
        var entries: [TableOptions.Entry] = []
        for entry in options.entries where entry.key.hasPrefix(prefix) {
            entries.append(TableOptions.Entry(String(entry.key.dropFirst(prefix.count)), entry.value))
        }
        return TableOptions(entries)
    }

    func options(_ zone: TimeZoneRules) -> FormatOptions {
        FormatOptions(values: formatOptions, zone: zone, table: table.name)
    }

    /// Columns that the rows of a file hold.
    var physical: Schema {
        table.columns.filter { $0.metadataKey == nil }.map { Field($0.name, $0.type) }
    }

    /// The column's place among the physical ones.
    func physicalIndex(_ column: Int) -> Int {
        table.columns[..<column].filter { $0.metadataKey == nil }.count
    }
}
