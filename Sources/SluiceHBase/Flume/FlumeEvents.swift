import SluiceBase

/// The events of one source as SQL: tables that read them, and what its interceptors do to body and headers.
struct FlumeEvents {
    /// CREATE TABLE statements, with comments.
    private(set) var tables: [String] = []
    /// Where the events come from, joined by UNION ALL.
    private(set) var relations: [String] = []
    private var body = "body"
    private var conditions: [String] = []
    /// Headers that interceptors make, by name, as expressions over the body that was read; nothing else has headers
    /// unless events are JSON.
    private var headers: [String: String] = [:]
    private(set) var notes: [String] = []
    let name: String
    private let isJSON: Bool

    /// - Parameter input: a file, folder or pattern to read instead of the source, as JSON events when it ends so.
    init(_ part: FlumeAgent.Part, input: String?, headers wanted: [String]) throws(SQLError) {
        var source = part
        name = FlumeImport.identifier(part.name)
        isJSON = input.map { $0.hasSuffix("json") || $0.hasSuffix("jsonl") } ?? false
        let type = source.take("type") ?? ""
        _ = source.take("channels")
        let interceptors = source.takeList("interceptors").map { source.part("interceptors.\($0).", $0) }
        if let input {
            let folder = "--input instead of source \(part.name), which has type \(type)"
            addFile(input, monitored: false, pattern: nil, wanted, folder)
            source = FlumeAgent.Part(part.name, [])
        } else {
            try read(FlumeAgent.Part.shortType(type), type, &source)
        }
        for interceptor in interceptors { apply(interceptor) }
        for setting in source.settings {
            notes.append("source \(part.name): \(setting.key) = \(setting.value) has no counterpart")
        }
    }

    /// The expression of a header over `relation`; nil: nothing sets it.
    func header(_ name: String) -> String? {
        if let expression = headers[name] { return isRewritten ? Self.column(name) : expression }
        return isJSON ? "headers." + FlumeImport.quoted(name) : nil
    }

    /// What interceptors set, in a fixed order.
    var headerNames: [String] { headers.keys.sorted() }

    /// An interceptor changes the body, from which others have made headers before.
    private var isRewritten: Bool { body != "body" }

    private static func column(_ header: String) -> String { FlumeImport.quoted("header_" + header) }

    /// The events of a relation as the sinks see them.
    func intercepted(_ relation: String) -> String {
        if !isRewritten && conditions.isEmpty { return relation }
        var columns =
            isJSON && tables.contains { $0.contains("TABLE \(relation) (headers ") } ? ["headers"] : []
        if isRewritten {
            for name in headerNames { columns.append("\(headers[name] ?? "NULL") AS \(Self.column(name))") }
        }
        columns.append(isRewritten ? "\(body) AS body" : "body")
        let condition = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return "(SELECT \(columns.joined(separator: ", ")) FROM \(relation)\(condition))"
    }

    // MARK: Sources

    private mutating func read(
        _ short: String, _ type: String, _ source: inout FlumeAgent.Part
    ) throws(SQLError) {
        switch short.lowercased() {
        case "exec", "execsource": try readCommand(&source)
        case "spooldir", "spooldirectorysource": try readFolder(&source)
        case "taildir", "taildirsource": try readGroups(&source)
        case "netcat", "netcatsource", "netcatudp", "netcatudpsource", "syslogtcp", "syslogtcpsource":
            let place =
                "\(source.take("bind") ?? source.take("host") ?? "0.0.0.0") \(source.take("port") ?? "")"
            addFile(
                "-", monitored: false, pattern: nil, [],
                "source \(source.name) (\(type)) listens on a socket; pipe its lines in: "
                    + "nc -lk \(place) | sluice run JOB.sql")
        case "seq", "sequencegeneratorsource": try readSequence(&source)
        default:
            throw SQLError(
                .unsupported, "source \"\(source.name)\" has the type \"\(type)\", which cannot be read here",
                hint: "write its events to a file and name it with --input FILE: lines, or JSON objects with "
                    + "headers and body in a file that ends in .json or .jsonl")
        }
    }

    private mutating func readCommand(_ source: inout FlumeAgent.Part) throws(SQLError) {
        let command = source.take("command") ?? ""
        var words = FlumeAgent.words(command)
        let program = words.isEmpty ? "" : words.removeFirst()
        let isTail = program == "tail" || program.hasSuffix("/tail")
        let isCat = program == "cat" || program.hasSuffix("/cat")
        var files: [String] = []
        var follows = false
        var at = 0
        while at < words.count {
            switch words[at] {
            case "-f", "-F", "--follow", "--follow=name", "--retry": follows = true
            case "-n": at += 1
            default: if !words[at].hasPrefix("-") && !words[at].hasPrefix("+") { files.append(words[at]) }
            }
            at += 1
        }
        let isPlain = !command.contains { "|;&><`$\"'\\*?[".contains($0) }
        guard isTail || isCat, isPlain, files.count == 1, let file = files.first else {
            throw SQLError(
                .unsupported,
                "source \"\(source.name)\" runs the command \"\(command)\", which cannot be read here",
                hint: "tail -F FILE and cat FILE can; or name a file with its lines: --input FILE")
        }
        var note = "source \(source.name): \(command)"
        if isTail { note += "; the file is read from its start" }
        addFile(file, monitored: follows, pattern: nil, [], note)
    }

    private mutating func readFolder(_ source: inout FlumeAgent.Part) throws(SQLError) {
        guard let folder = source.take("spoolDir") else {
            throw SQLError(.connectorOption, "source \"\(source.name)\" has no spoolDir")
        }
        let include = source.take("includePattern")
        if let type = source.take("deserializer"), FlumeAgent.Part.shortType(type).uppercased() != "LINE" {
            notes.append("source \(source.name): deserializer \(type) has no counterpart; lines are read")
        }
        addFile(
            folder, monitored: true, pattern: include.map { ".*/" + $0 }, [],
            "source \(source.name): files stay in the folder and keep their names")
    }

    private mutating func readGroups(_ source: inout FlumeAgent.Part) throws(SQLError) {
        let groups = source.takeList("filegroups")
        guard !groups.isEmpty else {
            throw SQLError(.connectorOption, "source \"\(source.name)\" has no filegroups")
        }
        for group in groups {
            guard let path = source.take("filegroups.\(group)") else {
                throw SQLError(
                    .connectorOption, "source \"\(source.name)\" has no filegroups.\(group)")
            }
            let base =
                path.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
            let isPattern = base.contains { "*+?[](){}|^$\\".contains($0) }
            let folder = String(path.dropLast(base.count + 1))
            addFile(
                isPattern ? folder : path, monitored: true, pattern: isPattern ? ".*/" + base : nil, [],
                "source \(source.name), file group \(group); files are read from their start")
            let fixed = source.part("headers.\(group).", group)
            for (key, value) in fixed.settings {
                if groups.count == 1 {
                    headers[key] = FlumeImport.text(value)
                } else {
                    notes.append(
                        "source \(source.name): header \(key) = \(value) of one group has no counterpart")
                }
            }
        }
    }

    private mutating func readSequence(_ source: inout FlumeAgent.Part) throws(SQLError) {
        let given = source.take("totalEvents") ?? String(Int64.max)
        guard let total = Int64(given), total > 0 else {
            throw SQLError(
                .connectorOption, "source \"\(source.name)\": totalEvents = \(given) is no number from 1 on")
        }
        let table = name + "_events"
        var options = "'connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '0',\n"
        options += "        'fields.n.end' = '\(total - 1)'"
        tables.append("CREATE TABLE \(table) (n BIGINT, body AS CAST(n AS STRING))\n  WITH (\(options));")
        relations.append(table)
    }

    private mutating func addFile(
        _ path: String, monitored: Bool, pattern: String?, _ wanted: [String], _ note: String
    ) {
        let suffix = relations.isEmpty ? "" : "_\(relations.count + 1)"
        let table = name + "_events" + suffix
        var columns = "body STRING"
        if isJSON {
            let fields = wanted.map { FlumeImport.quoted($0) + " STRING" }.joined(separator: ", ")
            if !wanted.isEmpty { columns = "headers ROW<\(fields)>, body STRING" }
        }
        var options = "'connector' = 'filesystem', 'path' = \(FlumeImport.text(path)), 'format' = "
        options += isJSON ? "'json'" : "'raw'"
        if monitored { options += ",\n        'source.monitor-interval' = '1 s'" }
        if let pattern { options += ",\n        'source.path.regex-pattern' = \(FlumeImport.text(pattern))" }
        tables.append(
            "-- \(FlumeImport.comment(note))\nCREATE TABLE \(table) (\(columns))\n  WITH (\(options));")
        relations.append(table)
    }

    // MARK: Interceptors

    private mutating func apply(_ part: FlumeAgent.Part) {
        var interceptor = part
        let type = interceptor.take("type") ?? ""
        var short = FlumeAgent.Part.shortType(type).lowercased()
        // A builder class is named within the interceptor's.
        if short == "builder" {
            short = FlumeAgent.Part.shortType(String(type.dropLast("$Builder".count))).lowercased()
        }
        switch short {
        case "timestamp", "timestampinterceptor":
            headers[interceptor.take("headerName") ?? "timestamp"] = "CAST(UNIX_TIMESTAMP() * 1000 AS STRING)"
            notes.append("interceptor \(part.name): the time of reading has seconds here")
        case "static", "staticinterceptor":
            headers[interceptor.take("key") ?? "key"] = FlumeImport.text(interceptor.take("value") ?? "value")
        case "uuid", "uuidinterceptor":
            headers[interceptor.take("headerName") ?? "id"] = "UUID()"
        case "regex_extractor", "regexextractorinterceptor":
            let regex = FlumeImport.text(interceptor.take("regex") ?? "")
            for (index, key) in interceptor.takeList("serializers").enumerated() {
                var serializer = interceptor.part("serializers.\(key).", key)
                let header = serializer.take("name") ?? key
                headers[header] = "REGEXP_EXTRACT(\(body), \(regex), \(index + 1))"
                if let type = serializer.take("type"), type != "default" {
                    notes.append(
                        "interceptor \(part.name): serializer \(type) has no counterpart; texts are kept")
                }
            }
        case "regex_filter", "regexfilteringinterceptor":
            let test = "REGEXP(\(body), \(FlumeImport.text(interceptor.take("regex") ?? ".*")))"
            let excludes = interceptor.take("excludeEvents")?.lowercased() == "true"
            conditions.append(excludes ? "NOT \(test)" : test)
        case "search_replace", "searchandreplaceinterceptor":
            guard let replacement = Self.literal(interceptor.take("replaceString") ?? "") else {
                notes.append(
                    "interceptor \(part.name): a replaceString with groups of the pattern has no counterpart")
                return
            }
            let pattern = FlumeImport.text(interceptor.take("searchPattern") ?? "")
            body = "REGEXP_REPLACE(\(body), \(pattern), \(FlumeImport.text(replacement)))"
        default:
            notes.append("interceptor \(part.name) (\(type)) has no counterpart")
            return
        }
        for setting in interceptor.settings {
            notes.append("interceptor \(part.name): \(setting.key) = \(setting.value) has no counterpart")
        }
    }

    /// What Java's `Matcher.replaceAll` would put in, where it is the same for every match; nil: it names groups.
    private static func literal(_ replacement: String) -> String? {
        var out = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in replacement.unicodeScalars {
            if !isEscaped && scalar == "$" { return nil }
            if !isEscaped && scalar == "\\" {
                isEscaped = true
                continue
            }
            isEscaped = false
            out.append(scalar)
        }
        return String(out)
    }
}
