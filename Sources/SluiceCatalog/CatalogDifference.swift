public import SluiceBase

/// One thing in which two catalogs differ.
public struct CatalogDifference: Sendable, Equatable {
    public enum Change: String, Sendable {
        /// Only in the second.
        case added
        /// Only in the first.
        case removed
        case changed
    }

    public var change: Change
    /// `table`, `database` and so on.
    public var kind: String
    public var name: String
    /// The defining statements, secrets masked, line by line: `-` the first's, `+` the second's, a blank both.
    public var lines: [String]

    /// All differences, by kind and name. A secret that differs is a difference, though its text stays masked.
    public static func between(
        _ first: any Catalog, _ second: any Catalog
    ) throws(SQLError) -> [CatalogDifference] {
        let old = try Snapshot(first)
        let new = try Snapshot(second)
        var found: [CatalogDifference] = []
        for key in Set(old.items.keys).union(new.items.keys).sorted() {
            let before = old.items[key]
            let after = new.items[key]
            guard before?.full != after?.full, let item = after ?? before else { continue }
            let change: Change = before == nil ? .added : (after == nil ? .removed : .changed)
            found.append(
                CatalogDifference(
                    change: change, kind: item.kind, name: item.name,
                    lines: LineDifference.lines(before?.shown ?? [], after?.shown ?? [])))
        }
        return found
    }

    /// Everything in a catalog by a key that sorts containers first.
    private struct Snapshot {
        struct Item {
            var kind: String
            var name: String
            var full: String
            var shown: [String]
        }

        var items: [String: Item] = [:]

        init(_ catalog: any Catalog) throws(SQLError) {
            let open = DefinitionWriter(redaction: nil)
            let masked = DefinitionWriter(redaction: Redaction())
            for entry in try catalog.catalogs() {
                add("1", "catalog", entry.name, open.statement(entry), masked.statement(entry))
                for database in try catalog.databases(in: entry.name) {
                    let name = database.name.description
                    add("2", "database", name, open.statement(database), masked.statement(database))
                    for space in Namespace.allCases {
                        for object in try catalog.objects(space, in: database.name) {
                            add(
                                "3", object.kind.rawValue, object.name.description, open.statement(object),
                                masked.statement(object))
                        }
                    }
                }
            }
        }

        private mutating func add(
            _ rank: String, _ kind: String, _ name: String, _ full: String, _ shown: String
        ) {
            items["\(rank) \(name) \(kind)"] = Item(
                kind: kind, name: name, full: full,
                shown: shown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        }
    }
}

/// The difference of two short texts by lines (longest common subsequence).
enum LineDifference {
    static func lines(_ old: [String], _ new: [String]) -> [String] {
        // lengths[i][j]: common lines of old[i...] and new[j...]
        var lengths = [[Int]](repeating: [Int](repeating: 0, count: new.count + 1), count: old.count + 1)
        for i in old.indices.reversed() {
            for j in new.indices.reversed() {
                let same = old[i] == new[j]
                lengths[i][j] =
                    same ? lengths[i + 1][j + 1] + 1 : Swift.max(lengths[i + 1][j], lengths[i][j + 1])
            }
        }
        var out: [String] = []
        var i = 0
        var j = 0
        while i < old.count || j < new.count {
            if i < old.count && j < new.count && old[i] == new[j] {
                out.append("  " + old[i])
                i += 1
                j += 1
            } else if j >= new.count || (i < old.count && lengths[i + 1][j] >= lengths[i][j + 1]) {
                out.append("- " + old[i])
                i += 1
            } else {
                out.append("+ " + new[j])
                j += 1
            }
        }
        return out
    }
}
