import SluiceBase
import SluiceCatalog
import SluicePlanner
import SluiceSyntax

/// The query of a view with every table name in full, so that it means the same from any current database. All else
/// stays as it was written.
struct ViewQuery {
    let catalog: SessionCatalog

    /// The columns of the view that `query` makes. It cannot stand on itself, directly or through other views.
    func fields(of query: Query, of view: QualifiedName, _ planner: Planner) throws(SQLError) -> [PlanField] {
        for name in TableNameCollector.names(in: query) where try catalog.qualify(name.names) == view {
            guard try catalog.object(.relation, view) != nil else { break }
            throw SQLError(.invalidDefinition, "view \"\(view)\" would read itself", span: name.span)
        }
        return try planner.fields(of: query, of: view)
    }

    /// `text` is the query's own, at the end of the statement.
    func expanded(_ query: Query, text: String, in statement: ParsedStatement) throws(SQLError) -> String {
        var out = Array(text.utf8)
        let offset = statement.span.lower + statement.text.utf8.count - out.count
        let names = TableNameCollector.names(in: query).sorted { $0.span.lower > $1.span.lower }
        for name in names {
            let lower = name.span.lower - offset
            let upper = name.span.upper - offset
            guard lower >= 0, lower < upper, upper <= out.count else { continue }
            do throws(SQLError) {
                out.replaceSubrange(lower..<upper, with: Array(try catalog.qualify(name.names).sql.utf8))
            } catch {
                throw error.at(name.span)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
