import SluiceBase
import SluiceConnect
import SluiceHBaseClient
import SluiceTableStore

/// A scan of one range of a cluster's table. One block is read ahead on the client's thread while the subtask
/// takes the rows of another.
final class ClusterScan: CellScan {
    /// Of all scans that are merged.
    private static let blockBytes = 2 << 20
    private static let smallestBlockBytes = 128 << 10

    private enum Answer: Sendable {
        case block(ScanBlock)
        case end
        case failed(HBaseError)
    }

    private let table: ClusterTable
    private let handle: ScanHandle
    private let waker: any Waker
    private let answer = Lock<Answer?>(nil)
    private var isAsked = false
    private var isOver = false
    private var block: ScanBlock?
    private var next = 0
    private var finder: LeafFinder

    /// - Parameters:
    ///   - versions: which the rows are made of; nil: the newest.
    ///   - scans: how many are read at the same time.
    init(
        _ table: ClusterTable, _ layout: RowLayout, _ range: ScanRange, filter: Filter?, limit: Int? = nil,
        meter: RegionMeter? = nil, versions: ScanOptions? = nil, of scans: Int = 1,
        _ context: ConnectorContext
    ) {
        self.table = table
        waker = context.waker
        finder = LeafFinder(layout)
        var read = layout.clusterRead
        read.cacheBlocks = false
        if let filter {
            var writer = ProtobufWriter(capacity: 256)
            filter.write(to: &writer)
            read.filter = writer.finish()
        }
        if let scan = versions, scan.minTimestamp > 0 || scan.maxTimestamp < .max {
            read.times = ReadSpec.Times(from: scan.minTimestamp, upTo: scan.maxTimestamp)
        }
        var spec = TableScanSpec(table: table.name, read: read)
        spec.startRow = range.start
        spec.includesStartRow = range.includesStart
        spec.stopRow = range.stop
        spec.includesStopRow = range.includesStop
        spec.limit = limit.map { Int64($0) }
        let share = max(Self.smallestBlockBytes, Self.blockBytes / max(1, scans))
        spec.blockBytes = min(share, table.cluster.scannerMaxResultSize)
        handle = table.client.scan(spec, meter: meter)
    }

    func read(maxRows: Int, into target: CellBlock) throws(JobError) -> ScanProgress {
        while block == nil {
            if isOver { return .finished }
            if !isAsked { ask() }
            guard let answer = takeAnswer() else { return .wait(.signal) }
            isAsked = false
            switch answer {
            case .failed(let error): throw table.failure(error)
            case .end: isOver = true
            case .block(let rows):
                ask()
                if !rows.isEmpty {
                    block = rows
                    next = 0
                }
            }
        }
        try copy(maxRows, to: target)
        return .more
    }

    private func takeAnswer() -> Answer? {
        answer.withLock { answer in
            let taken = answer
            answer = nil
            return taken
        }
    }

    private func ask() {
        isAsked = true
        let (answer, waker) = (answer, waker)
        handle.next { result in
            answer.withLock { answer in
                switch result {
                case .success(let block): answer = block.map { .block($0) } ?? .end
                case .failure(let error): answer = .failed(error)
                }
            }
            waker.wake()
        }
    }

    private func copy(_ maxRows: Int, to target: CellBlock) throws(JobError) {
        guard let rows = block else { return }
        let end = min(rows.count, next + maxRows)
        do {
            while next < end {
                var isFirst = true
                try rows.forEachCell(ofRow: next) { cell in
                    if isFirst {
                        isFirst = false
                        target.beginRow(key: cell.row)
                        finder.beginRow()
                    }
                    if let leaf = finder.leaf(cell.family, cell.qualifier) {
                        target.set(target.rowCount - 1, leaf, cell.value, time: cell.timestamp)
                    }
                }
                next += 1
            }
        } catch {
            throw JobError(
                SQLError(.connectorIO, "HBase table \"\(table.name)\": an answer to a scan cannot be read"),
                domain: .external)
        }
        if next >= rows.count { block = nil }
    }

    func close() { handle.cancel() }
}
