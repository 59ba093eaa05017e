public import SluiceBase

/// Writes a Flume configuration as a job file: `CREATE TABLE` for what the agent's sources read and its HBase sinks
/// write, and one statement set that does what the sinks do. What has no counterpart is a comment that names it; a
/// source or sink that cannot be done at all is an error.
public struct FlumeImport {
    private let agent: FlumeAgent
    private let inputs: [String]
    private var lines: [String] = []
    private var inserts: [String] = []

    /// - Parameters:
    ///   - agent: its name; needed when the file describes several.
    ///   - inputs: `SOURCE=PATH`, or `PATH` for an agent with one source: read this instead.
    public init(_ text: String, agent: String? = nil, inputs: [String] = []) throws(SQLError) {
        self.agent = try FlumeAgent(text, wanted: agent)
        self.inputs = inputs
    }

    /// The job file.
    public func script() throws(SQLError) -> String {
        var copy = self
        return try copy.write()
    }

    private mutating func write() throws(SQLError) -> String {
        lines = ["-- The Flume agent \(Self.comment(agent.name)) as SQL."]
        try checkNames()
        for other in agent.others { note("no counterpart: \(other)") }
        for channel in agent.channels {
            let settings = channel.settings.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
            note("channel \(channel.name) is not needed, rows go straight to the tables: \(settings)")
        }
        var channels: [String: [FlumeAgent.Part]] = [:]
        for source in agent.sources {
            var copy = source
            for channel in copy.takeList("channels") { channels[channel, default: []].append(source) }
        }
        var written: Set<String> = []
        var done = 0
        for sink in agent.sinks {
            var copy = sink
            let type = copy.take("type") ?? ""
            let channel = copy.take("channel") ?? ""
            guard Self.isHBase(type) else {
                note("sink \(sink.name) has the type \(type), which has no counterpart")
                continue
            }
            guard let sources = channels[channel], !sources.isEmpty else {
                throw SQLError(
                    .connectorOption, "no source fills the channel \"\(channel)\" of sink \"\(sink.name)\"")
            }
            if !written.insert(channel).inserted {
                note(
                    "sink \(sink.name) shares the channel \(channel): in Flume each event goes to one of its sinks"
                )
            }
            let events = try self.events(sources, for: copy)
            try add(sink: &copy, isAsync: type.lowercased().contains("async"), events)
            done += 1
        }
        guard done > 0 else {
            throw SQLError(.unsupported, "the agent \"\(agent.name)\" has no HBase sink")
        }
        lines.append("\nEXECUTE STATEMENT SET BEGIN\n" + inserts.joined(separator: "\n") + "\nEND;")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Names that would mean the same table, and inputs that mean no source.
    private func checkNames() throws(SQLError) {
        for parts in [agent.sources, agent.sinks] {
            var known: [String: String] = [:]
            for part in parts {
                guard let other = known.updateValue(part.name, forKey: Self.identifier(part.name)) else {
                    continue
                }
                throw SQLError(
                    .unsupported,
                    "\"\(other)\" and \"\(part.name)\" would both become tables named "
                        + "\"\(Self.identifier(part.name))\"", hint: "rename one of them in the file")
            }
        }
        for (position, input) in inputs.enumerated() {
            let name = input.prefix { $0 != "=" }
            let names = name.utf8.count < input.utf8.count
            let isKnown =
                names
                ? agent.sources.contains { $0.name == name } : agent.sources.count == 1 && position == 0
            guard !isKnown else { continue }
            let list = agent.sources.map(\.name).joined(separator: ", ")
            throw SQLError(
                .connectorOption, "--input \(input) belongs to no source of the agent",
                hint: "write SOURCE=PATH, once for a source; there are: \(list)")
        }
    }

    private static func isHBase(_ type: String) -> Bool {
        ["hbase", "hbase2", "asynchbase", "hbasesink", "hbase2sink", "asynchbasesink"].contains(
            FlumeAgent.Part.shortType(type).lowercased())
    }

    private mutating func note(_ text: String) { lines.append("-- \(Self.comment(text))") }

    // MARK: Sources

    /// The sources of a sink, whose tables are written once.
    private mutating func events(
        _ sources: [FlumeAgent.Part], for sink: FlumeAgent.Part
    ) throws(SQLError) -> [FlumeEvents] {
        var list: [FlumeEvents] = []
        for source in sources {
            let events = try FlumeEvents(
                source, input: input(of: source.name), headers: wantedHeaders(source))
            if !lines.contains(where: { $0.contains("CREATE TABLE \(events.name)_events ") }) {
                for note in events.notes { self.note(note) }
                lines += [""] + events.tables
            }
            list.append(events)
        }
        return list
    }

    private func input(of source: String) -> String? {
        for input in inputs {
            if let equals = input.firstIndex(of: "="), input[..<equals] == source {
                return String(input[input.index(after: equals)...])
            }
        }
        guard agent.sources.count == 1, let only = inputs.first, !only.contains("=") else { return nil }
        return only
    }

    /// Of all sinks that the source feeds, so that one table serves them.
    private func wantedHeaders(_ source: FlumeAgent.Part) -> [String] {
        var copy = source
        let channels = Set(copy.takeList("channels"))
        var names: [String] = []
        for sink in agent.sinks {
            var part = sink
            guard channels.contains(part.take("channel") ?? "") else { continue }
            for header in FlumeSerializer.headers(sink) where !names.contains(header) { names.append(header) }
        }
        return names
    }

    // MARK: Sinks

    private mutating func add(
        sink: inout FlumeAgent.Part, isAsync: Bool, _ sources: [FlumeEvents]
    ) throws(SQLError) {
        guard let table = sink.take("table"), let family = sink.take("columnFamily") else {
            throw SQLError(.connectorOption, "sink \"\(sink.name)\" needs table and columnFamily")
        }
        let fallback =
            isAsync ? "SimpleAsyncHbaseEventSerializer" : "SimpleHbaseEventSerializer"
        let type = sink.take("serializer") ?? fallback
        let settings = sink.part("serializer.", sink.name)
        // The blog posts of Flume's time write the column beside the sink; the sink itself never read it.
        let options = self.options(&sink, table)
        let name = Self.identifier(sink.name)
        lines.append("")
        for setting in sink.settings {
            note("sink \(sink.name): \(setting.key) = \(setting.value) has no counterpart")
        }
        var isFirst = true
        for events in sources {
            var own = settings
            let serializer = try FlumeSerializer(
                type, &own, family: family, sink: sink.name, events: events)
            if isFirst {
                for text in serializer.notes { note(text) }
                declare(serializer, name, family, options)
                isFirst = false
            }
            insert(serializer, name, events)
        }
    }

    /// The options of the sink's tables.
    private mutating func options(_ sink: inout FlumeAgent.Part, _ table: String) -> [String] {
        var options = ["'connector' = 'hbase'", "'table-name' = \(Self.text(table))"]
        func add(_ key: String, _ value: String?) {
            if let value { options.append("'\(key)' = \(Self.text(value))") }
        }
        add("zookeeper.quorum", sink.take("zookeeperQuorum"))
        add("zookeeper.znode.parent", sink.take("znodeParent"))
        add("sink.batch.max-size", sink.take("batchSize") ?? "100")
        add("sink.request-timeout", sink.take("timeout").map { $0 + " ms" })
        if let principal = sink.take("kerberosPrincipal") {
            add("properties.hbase.security.authentication", "kerberos")
            add("properties.hbase.client.kerberos.principal", principal)
            add("properties.hbase.client.keytab.file", sink.take("kerberosKeytab"))
        }
        if let coalesces = sink.take("coalesceIncrements"), coalesces.lowercased() != "true" {
            note("sink \(sink.name): coalesceIncrements = \(coalesces): those of a batch are always added up")
        }
        if sink.take("enableWal")?.lowercased() == "false" {
            note("sink \(sink.name): enableWal = false has no counterpart; the log is always written")
        }
        return options
    }

    private mutating func declare(
        _ serializer: FlumeSerializer, _ name: String, _ family: String, _ options: [String]
    ) {
        if let row = serializer.row {
            let families = row.families.map { family in
                let fields = family.columns.map { "\(Self.quoted($0.name)) STRING" }.joined(separator: ", ")
                return "\(Self.quoted(family.name)) ROW<\(fields)>"
            }
            create(name + "_rows", families, options)
        }
        if let counter = serializer.counter {
            let column = "\(Self.quoted(family)) ROW<\(Self.quoted(counter.column)) BIGINT>"
            let mutation = "\(Self.text("sink.mutation.\(family).\(counter.column)")) = 'increment'"
            create(name + "_counts", [column], options + [mutation])
        }
    }

    private mutating func create(_ table: String, _ families: [String], _ options: [String]) {
        lines.append(
            "CREATE TABLE \(table) (id STRING, \(families.joined(separator: ", ")), PRIMARY KEY (id) NOT ENFORCED)\n"
                + "  WITH (\(options.joined(separator: ", ")));")
    }

    private mutating func insert(_ serializer: FlumeSerializer, _ name: String, _ events: FlumeEvents) {
        for relation in events.relations {
            let from = events.intercepted(relation)
            if let row = serializer.row {
                let families = row.families.map { family in
                    "ROW(\(family.columns.map(\.expression).joined(separator: ",\n           ")))"
                }
                var text = "  INSERT INTO \(name)_rows\n  SELECT \(row.key),\n"
                text += "         \(families.joined(separator: ", "))\n  FROM \(from)"
                if let condition = row.condition { text += "\n  WHERE \(condition)" }
                inserts.append(text + ";")
            }
            if let counter = serializer.counter {
                inserts.append(
                    "  INSERT INTO \(name)_counts\n  SELECT \(counter.key), ROW(CAST(1 AS BIGINT)) FROM \(from);"
                )
            }
        }
    }

    // MARK: Texts

    static func text(_ text: String) -> String {
        between("'", text)
    }

    static func quoted(_ name: String) -> String {
        between("`", name)
    }

    /// In quotes, those inside doubled. Scalar by scalar: a mark behind a quote would make another character of it.
    private static func between(_ quote: Unicode.Scalar, _ text: String) -> String {
        var out = String.UnicodeScalarView([quote])
        for scalar in text.unicodeScalars {
            out.append(scalar)
            if scalar == quote { out.append(quote) }
        }
        out.append(quote)
        return String(out)
    }

    /// A name that needs no quotes.
    static func identifier(_ name: String) -> String {
        var out = ""
        for scalar in name.unicodeScalars {
            let isPlain =
                (scalar.value < 128)
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            out.unicodeScalars.append(isPlain ? scalar : "_")
        }
        return out.first.map { $0.isNumber || $0 == "_" } ?? true ? "f" + out : out
    }

    /// One line, whatever the text holds.
    static func comment(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
