/// A JSON object on one line.
struct JSONLine {
    private var parts: [String] = []

    mutating func add(_ key: String, _ value: String) { addRaw(key, Self.quote(value)) }
    mutating func add(_ key: String, _ value: Int64) { addRaw(key, String(value)) }
    mutating func add(_ key: String, _ values: [String]) {
        addRaw(key, "[" + values.map { Self.quote($0) }.joined(separator: ",") + "]")
    }

    /// `json` is a JSON value.
    mutating func addRaw(_ key: String, _ json: String) { parts.append(Self.quote(key) + ":" + json) }

    var text: String { "{" + parts.joined(separator: ",") + "}" }

    private static func quote(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
