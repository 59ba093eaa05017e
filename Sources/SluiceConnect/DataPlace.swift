/// A part of a table outside, such as a column family: what a table of changes captures and what a sink writes.
public struct DataPlace: Sendable, Hashable {
    /// Names of the store, such as servers that lead to it: places with one in common are in the same store.
    public var store: Set<String>
    public var table: String
    /// Nil: the whole table.
    public var part: String?

    public init(store: Set<String>, table: String, part: String? = nil) {
        self.store = store
        self.table = table
        self.part = part
    }

    public func overlaps(_ other: DataPlace) -> Bool {
        guard !store.isDisjoint(with: other.store), table == other.table else { return false }
        guard let part, let theirs = other.part else { return true }
        return part == theirs
    }

    /// `the family "f" of "t"`.
    public var description: String {
        guard let part else { return "\"\(table)\"" }
        return "the family \"\(part)\" of \"\(table)\""
    }
}
