import Foundation
import SluiceTestSupport

/// A recorded case: a script, and the rows that Apache Flink gave for it.
struct ParityCase {
    enum Expectation {
        case table([[String?]], isOrdered: Bool)
        case changelog([[String?]], isOrdered: Bool)
        case error
    }

    let name: String
    let script: String
    let expectation: Expectation

    /// `path`: of the script.
    init(path: String, name: String, data: String) throws {
        self.name = name
        let text = try String(contentsOfFile: path, encoding: .utf8)
        script = text.replacing("@DATA@", with: data)
        var header: [String: String] = [:]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("-- "), let colon = line.firstIndex(of: ":") else { break }
            let key = line[line.index(line.startIndex, offsetBy: 3)..<colon]
            header[String(key)] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let expected = try String(contentsOfFile: path.dropLast(4) + ".expected", encoding: .utf8)
        switch header["result"] {
        case "error": expectation = .error
        case "changelog":
            expectation = .changelog(try Self.rows(expected), isOrdered: header["order"] != "any")
        default: expectation = .table(try Self.rows(expected), isOrdered: header["order"] == "exact")
        }
    }

    private static func rows(_ text: String) throws -> [[String?]] {
        try text.split(separator: "\n").map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            guard let cells = value as? [Any] else { throw TextFileError("\(line) is no row") }
            return cells.map { $0 as? String }
        }
    }

    /// nil: as recorded.
    func compare(_ answer: StatementAnswer) -> String? {
        switch expectation {
        case .error: return "expected an error, and it worked"
        case .table(let rows, let isOrdered): return RowComparison.difference(answer.rows, rows, isOrdered)
        case .changelog(let rows, let isOrdered):
            return RowComparison.difference(answer.changes.map { [$0.kind] + $0.values }, rows, isOrdered)
        }
    }
}

/// Rows are equal when their texts are; texts of DOUBLE may differ in their last digits.
enum RowComparison {
    /// nil: equal.
    static func difference(_ found: [[String?]], _ expected: [[String?]], _ isOrdered: Bool) -> String? {
        if found.count != expected.count { return "expected \(expected.count) rows, found \(found.count)" }
        if isOrdered {
            guard let at = found.indices.first(where: { !areEqual(found[$0], expected[$0]) }) else {
                return nil
            }
            return "row \(at + 1) is \(text(found[at])), expected \(text(expected[at]))"
        }
        var counts: [[String?]: Int] = [:]
        for row in expected { counts[row, default: 0] += 1 }
        var extra: [[String?]] = []
        for row in found {
            if let count = counts[row], count > 0 { counts[row] = count - 1 } else { extra.append(row) }
        }
        var missing = counts.flatMap { Array(repeating: $0.key, count: $0.value) }
        for row in extra {
            guard let near = missing.firstIndex(where: { areEqual(row, $0) }) else {
                return "unexpected \(text(row)), missing \(missing.first.map { text($0) } ?? "none")"
            }
            missing.remove(at: near)
        }
        return nil
    }

    private static func text(_ row: [String?]) -> String { row.map { $0 ?? "NULL" }.joined(separator: "|") }

    private static func areEqual(_ a: [String?], _ b: [String?]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { areEqual($0, $1) }
    }

    private static func areEqual(_ a: String?, _ b: String?) -> Bool {
        if a == b { return true }
        guard let a, let b, isFloating(a), isFloating(b), let x = Double(a), let y = Double(b) else {
            return false
        }
        return x == y || abs(x - y) <= 1e-12 * max(abs(x), abs(y))
    }

    /// The shortest text of a DOUBLE; a DECIMAL with a padded scale has another shape.
    private static func isFloating(_ text: String) -> Bool {
        if text.contains("E") || text.contains("e") { return true }
        guard let dot = text.firstIndex(of: ".") else { return false }
        let fraction = text[text.index(after: dot)...]
        return fraction == "0" || fraction.last.map { $0 != "0" } ?? false
    }
}
