import SluiceBase

/// What a serializer of an HBase sink makes of an event, as SQL: a row, and what is added to counters.
struct FlumeSerializer {
    struct Row {
        var key: String
        /// Families with their columns and expressions.
        var families: [(name: String, columns: [(name: String, expression: String)])]
        var condition: String?
    }

    struct Counter {
        var key: String
        var column: String
    }

    private(set) var row: Row?
    private(set) var counter: Counter?
    private(set) var notes: [String] = []

    /// - Parameter header: the expression of a header, or why there is none.
    init(
        _ type: String, _ settings: inout FlumeAgent.Part, family: String, sink: String, events: FlumeEvents
    ) throws(SQLError) {
        let short = FlumeAgent.Part.shortType(type)
        switch short {
        case "SimpleHbaseEventSerializer", "SimpleHBase2EventSerializer", "SimpleAsyncHbaseEventSerializer":
            simple(&settings, family)
        case "RegexHbaseEventSerializer", "RegexHBase2EventSerializer":
            try regular(&settings, family, sink, events)
        default:
            guard let columns = settings.take("columns") else {
                throw SQLError(
                    .unsupported, "sink \"\(sink)\" has the serializer \"\(type)\", which is code of its own",
                    hint:
                        "serializers that split the body need serializer.columns = a,b,c; else write the INSERT"
                )
            }
            try splitting(FlumeAgent.words(columns), type, &settings, family, sink, events)
        }
        for setting in settings.settings {
            notes.append("sink \(sink): serializer.\(setting.key) = \(setting.value) has no counterpart")
        }
    }

    private mutating func simple(_ settings: inout FlumeAgent.Part, _ family: String) {
        let prefix = FlumeImport.text(settings.take("rowPrefix") ?? "default")
        let suffix = settings.take("suffix") ?? "uuid"
        let column = settings.take("payloadColumn") ?? "pCol"
        if !column.isEmpty {
            let end: String
            switch suffix {
            case "timestamp": end = "CAST(UNIX_TIMESTAMP() * 1000 AS STRING)"
            case "random": end = "CAST(CAST(RAND() * 9.2e18 AS BIGINT) AS STRING)"
            case "nano": end = "CAST(CAST(RAND() * 9.2e18 AS BIGINT) AS STRING)"
            default: end = "UUID()"
            }
            notes.append(
                "suffix = \(suffix): an event that is read again becomes a second row; a key made of the event "
                    + "itself does not, as in 'default' || MD5(body)")
            row = Row(
                key: "\(prefix) || \(end)", families: [(family, [(column, "body")])], condition: nil)
        }
        count(&settings, row: "incRow", column: "iCol")
    }

    /// The counter of a serializer; an empty column means none.
    private mutating func count(_ settings: inout FlumeAgent.Part, row: String, column: String) {
        let key = settings.take("incrementRow") ?? row
        let name = settings.take("incrementColumn") ?? column
        if !name.isEmpty { counter = Counter(key: FlumeImport.text(key), column: name) }
    }

    private mutating func regular(
        _ settings: inout FlumeAgent.Part, _ family: String, _ sink: String, _ events: FlumeEvents
    ) throws(SQLError) {
        let pattern = settings.take("regex") ?? "(.*)"
        let ignoresCase = settings.take("regexIgnoreCase")?.lowercased() == "true"
        let names = FlumeAgent.words(settings.take("colNames") ?? "payload")
        let keyIndex = settings.take("rowKeyIndex").flatMap { Int($0) } ?? -1
        let deposits = settings.take("depositHeaders")?.lowercased() == "true"
        if let charset = settings.take("charset"), charset.uppercased() != "UTF-8" {
            notes.append("sink \(sink): serializer.charset = \(charset) has no counterpart")
        }
        let groups = Self.groupCount(pattern)
        guard groups == names.count else {
            throw SQLError(
                .connectorOption,
                "sink \"\(sink)\": serializer.regex has \(groups) group(s) for \(names.count) name(s) in "
                    + "serializer.colNames",
                hint: "with different numbers Flume's serializer drops every event")
        }
        let whole = FlumeImport.text("(?s\(ignoresCase ? "i" : ""))^(?:\(pattern))\\z")
        func group(_ index: Int) -> String { "REGEXP_EXTRACT(body, \(whole), \(index + 1))" }
        var key = "CAST(UNIX_TIMESTAMP() * 1000 AS STRING) || '-' || UUID()"
        if keyIndex >= 0 {
            guard keyIndex < names.count, names[keyIndex] == "ROW_KEY" else {
                throw SQLError(
                    .connectorOption,
                    "sink \"\(sink)\": column \(keyIndex) of serializer.colNames must be ROW_KEY")
            }
            key = group(keyIndex)
        } else {
            notes.append(
                "sink \(sink): row keys of time and chance; an event that is read again becomes a second row")
        }
        var columns: [(name: String, expression: String)] = []
        for (index, name) in names.enumerated() where index != keyIndex {
            columns.append((name, group(index)))
        }
        if deposits {
            for name in events.headerNames { columns.append((name, events.header(name) ?? "NULL")) }
            if events.headerNames.isEmpty {
                notes.append("sink \(sink): serializer.depositHeaders = true, but nothing sets headers here")
            }
        }
        row = Row(key: key, families: [(family, columns)], condition: "REGEXP(body, \(whole))")
    }

    /// How many groups a regular expression of Java captures.
    static func groupCount(_ pattern: String) -> Int {
        let bytes = Array(pattern.utf8)
        var count = 0
        var classes = 0
        var at = 0
        func starts(_ text: String, _ position: Int) -> Bool { bytes[position...].starts(with: text.utf8) }
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\\"):
                if starts("\\Q", at) {
                    while at < bytes.count, !starts("\\E", at) { at += 1 }
                }
                at += 1
            case UInt8(ascii: "["): classes += 1
            case UInt8(ascii: "]"): classes = max(0, classes - 1)
            case UInt8(ascii: "(") where classes == 0:
                let isNamed = starts("(?<", at) && !starts("(?<=", at) && !starts("(?<!", at)
                if isNamed || !starts("(?", at) { count += 1 }
            default: break
            }
            at += 1
        }
        return count
    }

    private mutating func splitting(
        _ columns: [String], _ type: String, _ settings: inout FlumeAgent.Part, _ family: String,
        _ sink: String, _ events: FlumeEvents
    ) throws(SQLError) {
        let delimiter = FlumeImport.text(settings.take("delimiter") ?? settings.take("separator") ?? ",")
        let header = settings.take("rowKeyHeader") ?? "rowKey"
        guard let key = events.header(header) else {
            throw SQLError(
                .unsupported,
                "sink \"\(sink)\" takes the row key from the header \"\(header)\", which nothing sets",
                hint: "an interceptor can set it; or read JSON events with headers: --input FILE.json")
        }
        notes.append(
            "sink \(sink): \(type) is taken to split the body and to take its row key from \(header)")
        var list: [(name: String, expression: String)] = []
        for (index, column) in columns.enumerated() {
            list.append((column, "SPLIT_INDEX(body, \(delimiter), \(index))"))
        }
        row = Row(key: key, families: [(family, list)], condition: nil)
        count(&settings, row: "totalEvents", column: "eventCount")
    }

    /// The headers that a serializer asks for by name.
    static func headers(_ part: FlumeAgent.Part) -> [String] {
        var sink = part
        var settings = sink.part("serializer.", part.name)
        guard settings.take("columns") != nil else { return [] }
        return [settings.take("rowKeyHeader") ?? "rowKey"]
    }
}
