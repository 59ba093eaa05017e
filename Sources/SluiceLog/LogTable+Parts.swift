import SluiceBase
import SluiceColumns
import SluiceConnect

/// Which columns stand in the key and which in the value of a record.
extension LogTable {
    private static func physical(_ table: ResolvedTable) -> [Int] {
        table.columns.indices.filter { table.columns[$0].metadataKey == nil }
    }

    /// Positions of `key.fields`; empty without a key format.
    static func keyColumns(_ table: ResolvedTable) throws(SQLError) -> [Int] {
        let names = table.options["key.fields"]?.split(separator: ";").map(String.init) ?? []
        guard table.options["key.format"] != nil else {
            if names.isEmpty { return [] }
            throw SQLError(
                .connectorOption, "table \"\(table.name)\" has 'key.fields' but no 'key.format'",
                hint: "add 'key.format' = 'json', or remove 'key.fields'")
        }
        if names.isEmpty {
            throw SQLError(
                .connectorOption, "table \"\(table.name)\" has 'key.format' but no 'key.fields'",
                hint: "add 'key.fields' = '…' with the key's columns, separated by ';'")
        }
        let prefix = table.options["key.fields-prefix"] ?? ""
        if !prefix.isEmpty, table.options["value.fields-include"]?.uppercased() != "EXCEPT_KEY" {
            throw SQLError(
                .connectorOption, "option 'key.fields-prefix' needs 'value.fields-include' = 'EXCEPT_KEY'")
        }
        let physical = physical(table)
        var found: [Int] = []
        for name in names {
            guard let column = physical.first(where: { table.columns[$0].name == name }) else {
                let known = physical.map { table.columns[$0].name }
                throw SQLError(
                    .connectorOption,
                    "option 'key.fields' names \"\(name)\", which is no column of \"\(table.name)\"",
                    label: DidYouMean.label(name, in: known))
            }
            guard name.hasPrefix(prefix) else {
                throw SQLError(
                    .connectorOption,
                    "key column \"\(name)\" of table \"\(table.name)\" does not begin with '\(prefix)', which is 'key.fields-prefix'"
                )
            }
            found.append(column)
        }
        return found
    }

    static func key(
        _ table: ResolvedTable, _ columns: [Int], _ formats: FormatRegistry
    ) throws(SQLError) -> Part? {
        guard let name = table.options["key.format"] else { return nil }
        let format = try format(name, "key.format", table, formats)
        guard format.encodedChangelog.isAppendOnly else {
            throw SQLError(
                .connectorOption, "option 'key.format' is '\(name)', which has changes; a key has none",
                hint: "use json, csv or raw")
        }
        let prefix = table.options["key.fields-prefix"] ?? ""
        let fields = columns.map { index in
            Field(String(table.columns[index].name.dropFirst(prefix.count)), table.columns[index].type)
        }
        let options = options(table.options, prefixes: ["key.\(name)."])
        return Part(format: format, options: options, columns: columns, fields: fields)
    }

    static func value(
        _ table: ResolvedTable, _ keyColumns: [Int], _ formats: FormatRegistry
    ) throws(SQLError) -> Part {
        let options = table.options
        if options["format"] != nil, options["value.format"] != nil {
            throw SQLError(
                .connectorOption, "table \"\(table.name)\" has both 'format' and 'value.format'",
                hint: "remove one of them")
        }
        let option = options["value.format"] == nil ? "format" : "value.format"
        let name = try options.required(option, of: table.name)
        let format = try format(name, option, table, formats)
        var columns = physical(table)
        if options["value.fields-include"]?.uppercased() == "EXCEPT_KEY" {
            columns.removeAll { keyColumns.contains($0) }
        }
        return Part(
            format: format, options: Self.options(options, prefixes: ["\(name).", "value.\(name)."]),
            columns: columns, fields: columns.map { Field(table.columns[$0].name, table.columns[$0].type) })
    }

    private static func format(
        _ name: String, _ option: String, _ table: ResolvedTable, _ formats: FormatRegistry
    ) throws(SQLError) -> any Format {
        if let format = formats.find(name) { return format }
        throw SQLError(
            .connectorOption,
            "option '\(option)' of table \"\(table.name)\" is '\(name)', which is no format",
            label: DidYouMean.label(name, in: formats.names),
            hint: "known formats: " + formats.names.joined(separator: ", "))
    }

    private static func options(_ options: TableOptions, prefixes: [String]) -> TableOptions {
        var entries: [TableOptions.Entry] = []
        for prefix in prefixes {
            for entry in options.entries where entry.key.hasPrefix(prefix) {
                entries.append(TableOptions.Entry(String(entry.key.dropFirst(prefix.count)), entry.value))
            }
        }
        return TableOptions(entries)
    }
}
