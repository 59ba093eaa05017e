import SluiceBase
import SluiceColumns
import SluiceSyntax

/// The tables of a FROM clause, each with its range of columns in the plan's output.
struct Scope {
    struct Table {
        /// The alias, or the table's own name; nil for a derived table without alias.
        var name: String?
        /// The parts of a qualified name that has no alias, `[catalog, database, table]`.
        var path: [String]
        var columns: Range<Int>
    }

    var tables: [Table] = []
    var fields: [PlanField] = []
    /// Columns that USING or NATURAL merged: found unqualified under this position only.
    var hidden: Set<Int> = []
    /// The columns of `*` in their order; nil: all as they stand. USING and NATURAL bring merged ones to the front.
    private var star: [Int]?
    /// The columns that hold the values of scalar sub-queries and OVER calls, by their place in the text.
    private(set) var scalars: [SourceSpan: Int] = [:]
    /// The columns of a sub-query, which hide outer ones of the same name.
    var innermost: Range<Int>?

    init() {}

    init(plan: LogicalPlan, name: String?, path: [String] = []) {
        fields = plan.fields
        tables = [Table(name: name, path: path, columns: 0..<plan.fields.count)]
    }

    /// The columns of both, side by side.
    func joined(_ other: Scope) -> Scope {
        var result = self
        let shift = fields.count
        for table in other.tables {
            var moved = table
            moved.columns = (table.columns.lowerBound + shift)..<(table.columns.upperBound + shift)
            result.tables.append(moved)
        }
        result.fields += other.fields
        result.hidden.formUnion(other.hidden.map { $0 + shift })
        if star != nil || other.star != nil {
            result.star = starColumns + other.starColumns.map { $0 + shift }
        }
        return result
    }

    /// What `*` stands for.
    var starColumns: [Int] { star ?? Array(fields.indices) }

    /// `*` shows each pair as one column, `shown`, before all others.
    mutating func merge(_ pairs: [(left: Int, right: Int, shown: Int)]) {
        var gone: Set<Int> = []
        for pair in pairs { gone.formUnion([pair.left, pair.right, pair.shown]) }
        star = pairs.map(\.shown) + starColumns.filter { !gone.contains($0) }
    }

    /// A column behind the others that no name finds: the value of the sub-query or OVER call at `span`.
    mutating func append(_ scalar: PlanField, at span: SourceSpan) {
        star = starColumns
        hidden.insert(fields.count)
        scalars[span] = fields.count
        fields.append(scalar)
    }

    /// Items of the select list behind the columns; their names stand back behind those of columns.
    mutating func append(aliases: [PlanField]) {
        star = starColumns
        let known = Set(fields.map(\.name))
        for alias in aliases {
            if known.contains(alias.name) { hidden.insert(fields.count) }
            fields.append(alias)
        }
    }

    /// The expression at `span` has the same value as the one that `column` was made for.
    mutating func share(_ column: Int, at span: SourceSpan) { scalars[span] = column }

    /// What a path of names means: a column and the names of fields inside it.
    struct Resolution {
        var column: Int
        var rest: [Identifier]
    }

    func resolve(_ path: [Identifier], span: SourceSpan) throws(SQLError) -> Resolution {
        guard let first = path.first else { throw unknown(path, span) }
        var best: [Resolution] = []
        if path.count >= 2 { best = qualified(path) }
        if best.isEmpty {
            for index in fields.indices where fields[index].name == first.name && !hidden.contains(index) {
                best.append(Resolution(column: index, rest: Array(path.dropFirst())))
            }
        }
        if best.count > 1, let innermost {
            let own = best.filter { innermost.contains($0.column) }
            if !own.isEmpty { best = own }
        }
        guard let found = best.first else { throw unknown(path, span) }
        if best.count > 1 {
            throw SQLError(
                .ambiguousName, "column \"\(first.name)\" is ambiguous", span: span,
                hint: "write the table before it, as in " + candidates(best))
        }
        return found
    }

    private func qualified(_ path: [Identifier]) -> [Resolution] {
        var found: [Resolution] = []
        for table in tables {
            guard let used = prefixLength(of: table, in: path), used < path.count else { continue }
            for index in table.columns where fields[index].name == path[used].name {
                found.append(Resolution(column: index, rest: Array(path.dropFirst(used + 1))))
            }
        }
        return found
    }

    /// How many leading parts of the path name the table.
    func prefixLength(of table: Table, in path: [Identifier]) -> Int? {
        if let name = table.name, path.first?.name == name { return 1 }
        guard table.path.count > 1, path.count > 1 else { return nil }
        for length in 2...3 where length <= path.count && length <= table.path.count {
            if path.prefix(length).map(\.name) == Array(table.path.suffix(length)) { return length }
        }
        return nil
    }

    private func candidates(_ found: [Resolution]) -> String {
        var texts: [String] = []
        for resolution in found {
            for table in tables where table.columns.contains(resolution.column) {
                texts.append((table.name.map { $0 + "." } ?? "") + fields[resolution.column].name)
            }
        }
        return texts.joined(separator: " or ")
    }

    private func unknown(_ path: [Identifier], _ span: SourceSpan) -> SQLError {
        let name = path.map(\.name).joined(separator: ".")
        let last = path.last?.name ?? ""
        if path.count > 1, let first = path.first,
            !tables.contains(where: { $0.name == first.name }),
            !fields.contains(where: { $0.name == first.name })
        {
            let known = tables.compactMap(\.name)
            let near = DidYouMean.nearest(first.name, in: known)
            return SQLError(
                .unknownTable, "table \"\(first.name)\" is not in the FROM clause", span: span,
                label: near.map { "did you mean \"\($0)\"?" })
        }
        let near = DidYouMean.nearest(last, in: fields.map(\.name))
        var notes: [SQLError.Note] = []
        for table in tables {
            guard let tableName = table.name else { continue }
            let names = table.columns.prefix(12).map { fields[$0].name }.joined(separator: ", ")
            notes.append(SQLError.Note("\(tableName) has: \(names)\(table.columns.count > 12 ? ", …" : "")"))
        }
        return SQLError(
            .unknownColumn, "column \"\(name)\" does not exist", span: span,
            label: near.map { "did you mean \"\($0)\"?" }, notes: Array(notes.prefix(2)))
    }
}
