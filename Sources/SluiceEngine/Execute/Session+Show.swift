import SluiceBase
import SluiceCatalog
import SluiceExpressions
import SluiceSyntax

/// The SHOW family.
extension Session {
    func show(_ show: Show, _ span: SourceSpan) throws(SQLError) -> StatementOutcome {
        do throws(SQLError) {
            if let listing = try catalogListing.show(show) { return StatementOutcome(.listing(listing)) }
            if let listing = try jobListing(show.kind) { return StatementOutcome(.listing(listing)) }
            if case .report(.regions, let name) = show.kind {
                return StatementOutcome(.listing(try hbaseRegions(name?.names)))
            }
        } catch {
            throw error.at(span)
        }
        let what: String
        switch show.kind {
        case .partitions: what = "SHOW PARTITIONS"
        case .createMaterializedTable: what = "SHOW CREATE MATERIALIZED TABLE"
        case .report(let report, _), .jobReport(let report, _): what = "SHOW " + report.rawValue
        default: what = "this SHOW statement"
        }
        throw SQLError(.unsupported, "\(what) is not supported yet", span: span)
    }

    var catalogListing: CatalogListing {
        CatalogListing(
            session: catalog, builtInFunctions: engine.functions.names + engine.aggregates.names,
            redaction: Redaction())
    }
}
