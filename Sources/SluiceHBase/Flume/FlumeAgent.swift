import SluiceBase

/// One agent of a Flume configuration: its sources and sinks with their settings.
struct FlumeAgent {
    /// A source, interceptor or sink. Settings are taken out one by one, so that what is left over can be told.
    struct Part {
        var name: String
        private(set) var settings: [(key: String, value: String)]

        init(_ name: String, _ settings: [(key: String, value: String)]) {
            self.name = name
            self.settings = settings
        }

        /// Removes a setting; nil: it is not there.
        mutating func take(_ key: String) -> String? {
            guard let index = settings.firstIndex(where: { $0.key == key }) else { return nil }
            return settings.remove(at: index).value
        }

        mutating func takeList(_ key: String) -> [String] {
            FlumeAgent.words(take(key) ?? "")
        }

        /// The settings below a prefix, which are removed.
        mutating func part(_ prefix: String, _ name: String) -> Part {
            let inside = settings.filter { $0.key.hasPrefix(prefix) }
            settings.removeAll { $0.key.hasPrefix(prefix) }
            return Part(name, inside.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        }

        /// The last name of a class, or the short name of a type.
        static func shortType(_ type: String) -> String {
            String(type.split(whereSeparator: { $0 == "." || $0 == "$" }).last ?? "")
        }
    }

    var name: String
    var sources: [Part] = []
    var sinks: [Part] = []
    var channels: [Part] = []
    /// Settings of the agent that belong to nothing above, such as sink groups.
    var others: [String] = []

    /// - Parameter wanted: the agent's name; needed when the file describes several.
    init(_ text: String, wanted: String?) throws(SQLError) {
        let properties = try FlumeProperties(text)
        var agents: [String] = []
        for entry in properties.entries {
            let parts = entry.key.split(separator: ".", omittingEmptySubsequences: false)
            if parts.count == 2, parts[1] == "sinks" { agents.append(String(parts[0])) }
        }
        guard let found = wanted ?? agents.first else {
            throw SQLError(
                .connectorOption, "the file describes no Flume agent with sinks",
                hint: "a line AGENT.sinks = NAME … is missing")
        }
        guard agents.contains(found) else {
            throw SQLError(
                .connectorOption, "the file has no agent \"\(found)\"",
                hint: "its agents: \(agents.joined(separator: ", "))")
        }
        if wanted == nil && agents.count > 1 {
            throw SQLError(
                .connectorOption, "the file describes several agents: \(agents.joined(separator: ", "))",
                hint: "choose one with --agent")
        }
        name = found
        var all: [(key: String, value: String)] = []
        for entry in properties.entries where entry.key.hasPrefix(found + ".") {
            all.append((String(entry.key.dropFirst(found.utf8.count + 1)), entry.value))
        }
        var rest = Part(found, all)
        for source in rest.takeList("sources") { sources.append(rest.part("sources.\(source).", source)) }
        for sink in rest.takeList("sinks") { sinks.append(rest.part("sinks.\(sink).", sink)) }
        for channel in rest.takeList("channels") {
            channels.append(rest.part("channels.\(channel).", channel))
        }
        others = rest.settings.map { "\(found).\($0.key) = \($0.value)" }
    }

    static func words(_ text: String) -> [String] {
        text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "\t" }).map(String.init)
    }
}
