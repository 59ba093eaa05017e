import SluiceEngine

/// What a statement answered, as text.
package struct StatementAnswer {
    package struct Change: Sendable, Hashable {
        package var kind: String
        package var values: [String?]

        package init(kind: String, values: [String?]) {
            self.kind = kind
            self.values = values
        }

        package var isRetraction: Bool { kind == "-U" || kind == "-D" }
    }

    package var columns: [String] = []
    /// Of a query; empty for listings.
    package var types: [String] = []
    package var changes: [Change] = []
    package var notices: [String] = []
    package var warnings: [String] = []
    package var lateRows = 0
    package var skippedRows = 0
    package var droppedRows = 0

    init() {}

    init(_ listing: Listing) {
        columns = listing.columns
        changes = listing.rows.map { Change(kind: "+I", values: $0) }
    }

    /// The rows that are there in the end, in the order in which they came.
    package var rows: [[String?]] {
        var rows: [[String?]?] = []
        var places: [[String?]: [Int]] = [:]
        for change in changes {
            if change.isRetraction {
                guard let last = places[change.values]?.popLast() else { continue }
                rows[last] = nil
            } else {
                places[change.values, default: []].append(rows.count)
                rows.append(change.values)
            }
        }
        return rows.compactMap { $0 }
    }

    /// `a|NULL|(empty)`
    package var rowLines: [String] { rows.map { Self.line($0) } }
    /// `+U|a|NULL`
    package var changeLines: [String] { changes.map { Self.line([$0.kind] + $0.values) } }

    package static func line(_ values: [String?]) -> String {
        values.map { $0.map { $0.isEmpty ? "(empty)" : escaped($0) } ?? "NULL" }.joined(separator: "|")
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
    }
}
