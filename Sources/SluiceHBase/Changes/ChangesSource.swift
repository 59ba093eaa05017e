import SluiceBase
import SluiceConnect
import SluiceTableStore

/// The changes of one HBase table: one split, so that they stay in order.
struct ChangesSource: Source {
    let store: TableStore
    let clusters: ClusterPool
    let layout: ChangesLayout

    func discoverSplits(_ context: ConnectorContext) throws(JobError) -> [SourceSplit] {
        [SourceSplit(id: layout.tableName.description)]
    }

    func open(_ split: SourceSplit, _ context: ConnectorContext) throws(JobError) -> any SplitReader {
        let start = ChangesStart(source: self, context: context)
        return reader(start, try open(split, context, start), context)
    }

    /// A reader of the wanted shape.
    func reader(
        _ start: ChangesStart, _ feed: any ChangeFeed, _ context: ConnectorContext
    ) -> any SplitReader {
        switch layout.options.shape {
        case .rows: return ChangesReader(layout, start, feed, context) { RowChanges($0, $1, $2) }
        case .edits: return ChangesReader(layout, start, feed, context) { EditChanges($0, $1, $2) }
        }
    }

    private func open(
        _ split: SourceSplit, _ context: ConnectorContext, _ start: ChangesStart
    ) throws(JobError) -> any ChangeFeed {
        let position: FeedStart = split.detail.isEmpty ? start.feedStart : .position(split.detail)
        return try capture().open(position, isBounded: layout.options.isBounded, context)
    }

    private func capture() throws(JobError) -> any ChangeCapture {
        do throws(SQLError) {
            return try ChangesSource.capture(layout, store, clusters)
        } catch {
            throw JobError(error, domain: .user)
        }
    }

    /// Where the edits of a table come from.
    static func capture(
        _ layout: ChangesLayout, _ store: TableStore, _ clusters: ClusterPool
    ) throws(SQLError) -> any ChangeCapture {
        guard let cluster = layout.rows.options.cluster else {
            return EmbeddedCapture(store: store, layout: layout)
        }
        return try PeerCapture(layout, cluster, clusters, folder: PeerCapture.folder(of: store))
    }
}

/// How reading begins: with a look at the rows that are there, or without.
struct ChangesStart {
    /// Rows of a table, some at a time, and what the feed need not repeat.
    struct Snapshot {
        var scan: any CellScan
        /// Nil: nothing is known of it.
        var covered: [UInt8]?
    }

    let source: ChangesSource
    let context: ConnectorContext

    private var layout: ChangesLayout { source.layout }

    var feedStart: FeedStart {
        switch layout.options.startup {
        case .initial, .latest: return .latest
        case .earliest: return .earliest
        case .timestamp(let millis): return .timestamp(millis)
        }
    }

    /// The rows of the snapshot are part of the output.
    var deliversSnapshot: Bool { layout.options.startup == .initial }

    /// A scan of the rows as they are, or as they were at the time from which changes are wanted; nil: the changes
    /// begin with the table.
    func snapshot() throws(JobError) -> Snapshot? {
        switch layout.options.startup {
        case .initial, .latest: return try snapshot(layout.rows)
        case .earliest: return nil
        case .timestamp(let millis):
            var old = try snapshot(asOf(millis))
            old.covered = nil
            return old
        }
    }

    private func asOf(_ millis: Int64) throws(JobError) -> RowLayout {
        do throws(SQLError) {
            return try layout.before(millis)
        } catch {
            throw JobError(error, domain: .user)
        }
    }

    private func snapshot(_ rows: RowLayout) throws(JobError) -> Snapshot {
        let ranges = RowKeyRange.ranges(rows, [])
        if let cluster = rows.options.cluster {
            let table = try ClusterTable(rows.options, cluster, source.clusters)
            let scans = ranges.map {
                ClusterScan(
                    table, rows, $0, filter: nil, versions: rows.options.scan, of: ranges.count, context)
            }
            return Snapshot(scan: merged(scans, rows), covered: nil)
        }
        let table = try rows.open(source.store)
        do throws(SQLError) {
            var scans: [EmbeddedScan] = []
            var covered: Int64?
            for range in ranges {
                let scan = try EmbeddedScan(table, range, rows.scanRead)
                scans.append(scan)
                // What the oldest of several scans sees, all of them see.
                covered = min(covered ?? .max, try scan.lastEdit())
            }
            return Snapshot(scan: merged(scans, rows), covered: covered.map { EmbeddedFeed.bytes($0) })
        } catch {
            throw JobError(error, domain: .external)
        }
    }

    private func merged(_ scans: [any CellScan], _ rows: RowLayout) -> any CellScan {
        if scans.count == 1 { return scans[0] }
        return MergedScan(scans, leafCount: rows.codecs.count, salt: rows.salt, keepsTimes: true)
    }
}
