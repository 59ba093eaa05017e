public import SluiceBase

/// Holds the WITH options of a table against what its connector and format know.
public enum OptionCheck {
    /// Keys that every connector takes.
    private static let common: [OptionSpec] = [
        OptionSpec("connector", .string, required: true, "the kind of table"),
        OptionSpec("property-version", .string, "accepted for portability; has no effect"),
        OptionSpec("scan.parallelism", .string, "accepted for portability; has no effect"),
        OptionSpec("sink.parallelism", .string, "accepted for portability; has no effect"),
        OptionSpec("scan.watermark.*", .string, "how watermarks are made"),
    ]

    /// Every key must be known and every value of its kind. `format`: the value of the option `format`, if the
    /// connector has one.
    public static func check(
        _ table: ResolvedTable, _ options: [OptionSpec], format: (any Format)? = nil
    ) throws(SQLError) {
        var specs = common + options
        if let format {
            for spec in format.options {
                var prefixed = spec
                prefixed.key = format.name + "." + spec.key
                specs.append(prefixed)
            }
        }
        for entry in table.options.entries {
            guard let spec = specs.first(where: { $0.matches(entry.key) }) else {
                let known = specs.map(\.key).filter { !$0.hasSuffix("*") }
                let label = DidYouMean.label(entry.key, in: known)
                throw SQLError(
                    .connectorOption, "unknown option '\(entry.key)' of table \"\(table.name)\"",
                    label: label,
                    hint: label == nil ? "known options: " + known.sorted().joined(separator: ", ") : nil)
            }
            try check(entry, spec, table.options)
        }
        for spec in specs where spec.isRequired {
            _ = try table.options.required(spec.key, of: table.name)
        }
    }

    private static func check(
        _ entry: TableOptions.Entry, _ spec: OptionSpec, _ options: TableOptions
    ) throws(SQLError) {
        switch spec.kind {
        case .string: break
        case .integer: _ = try options.int(entry.key, default: 0)
        case .boolean: _ = try options.bool(entry.key, default: false)
        case .duration: _ = try options.duration(entry.key)
        case .memory: _ = try options.memory(entry.key)
        case .choice(let choices):
            if choices.contains(where: { $0.lowercased() == entry.value.lowercased() }) { return }
            throw options.wrong(entry.key, entry.value, choices.joined(separator: " or "))
        }
    }
}
