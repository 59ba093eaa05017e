import SluiceTestSupport

/// A file of records, each ended by a blank line: what is expected, a statement, and for a query its rows.
///
///     statement ok
///     CREATE TABLE …
///
///     statement error SLC-2004
///     SELECT …
///
///     query            rows as a set; `query ordered` in order; `query types` with the columns' types first
///     SELECT …
///     ----
///     1|a
struct LogicFile {
    enum Expectation: Equatable {
        case ok
        case error(String)
        case query(isOrdered: Bool, showsTypes: Bool)
    }

    struct Record {
        /// Comments and blank lines before the record.
        var before: [String]
        var head: String
        var expectation: Expectation
        var statement: String
        var rows: [String]
        /// Of the head, from 1.
        var line: Int
    }

    var records: [Record] = []
    private var after: [String] = []

    init(_ text: String, name: String) throws {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        if lines.last == "" { lines.removeLast() }
        var before: [String] = []
        while let line = lines.first {
            if line.isEmpty || line.hasPrefix("#") {
                before.append(line)
                lines.removeFirst()
                continue
            }
            let start = lines.startIndex + 1
            lines.removeFirst()
            let body = lines.prefix { !$0.isEmpty }
            lines.removeFirst(body.count)
            let split = body.firstIndex(of: "----")
            records.append(
                Record(
                    before: before, head: line, expectation: try Self.expectation(line, "\(name):\(start)"),
                    statement: body[..<(split ?? body.endIndex)].joined(separator: "\n"),
                    rows: split.map { Array(body[($0 + 1)...]) } ?? [], line: start))
            before = []
        }
        after = before
    }

    private static func expectation(_ line: String, _ place: String) throws -> Expectation {
        let words = line.split(separator: " ").map(String.init)
        if words == ["statement", "ok"] { return .ok }
        if words.count == 3, words[0] == "statement", words[1] == "error" { return .error(words[2]) }
        let options = words.dropFirst()
        guard words.first == "query", options.allSatisfy({ $0 == "ordered" || $0 == "types" }) else {
            throw TextFileError("\(place): \"\(line)\" is no head of a record")
        }
        return .query(isOrdered: options.contains("ordered"), showsTypes: options.contains("types"))
    }

    var text: String {
        var lines: [String] = []
        for record in records {
            lines += record.before + [record.head, record.statement]
            if case .query = record.expectation { lines += ["----"] + record.rows }
        }
        return (lines + after).joined(separator: "\n") + "\n"
    }
}
