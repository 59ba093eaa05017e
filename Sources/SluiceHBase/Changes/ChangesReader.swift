import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// What the edits of a table become: rows before and after, or a row for each edit. Used by one reader.
protocol ChangeShape: AnyObject {
    /// A row of the snapshot is read into it before `take`.
    var image: RowImage { get }
    /// The most output rows of one edit.
    var rowsPerEdit: Int { get }
    /// The rows that are there are of use, though they are no part of the output.
    var needsRows: Bool { get }
    /// Bulk loads are shown.
    var showsFiles: Bool { get }
    /// Bytes that it holds.
    var byteCount: Int { get }

    /// Takes `image` as a row of the snapshot.
    func take(_ key: UnsafeRawBufferPointer, isDelivered: Bool, regions: [String]) throws(JobError)

    /// Takes an edit that was not here before, of which `cells` are the cells.
    func apply(
        _ edit: RowEdit, _ cells: ArraySlice<CellEdit>, _ bytes: EditBytes, _ info: ChangeInfo,
        regions: [String]
    ) throws(JobError)
}

/// Reads the changes of a table: the rows that are there, if they are wanted, then the edits.
///
/// The feed is opened first, then the rows are read, then the edits: what was written while the rows were read comes
/// twice, and changes images once (H31). An edit that comes twice is shown once (C7).
final class ChangesReader<Shape: ChangeShape>: SplitReader {
    private enum Stage { case preparing, snapshot, edits, finished }

    private let layout: ChangesLayout
    private let start: ChangesStart
    private let feed: any ChangeFeed
    private let context: ConnectorContext
    private let finder: ColumnFinder
    private let assembler: ChangeAssembler
    private let shape: Shape
    private let block: CellBlock
    private var operations: OperationFinder
    private var window = EditWindow()
    private var stage = Stage.preparing
    private var snapshot: ChangesStart.Snapshot?
    private var reached: [UInt8]

    init(
        _ layout: ChangesLayout, _ start: ChangesStart, _ feed: any ChangeFeed, _ context: ConnectorContext,
        _ shape: (ChangesLayout, ChangeAssembler, ColumnFinder) -> Shape
    ) {
        self.layout = layout
        self.start = start
        self.feed = feed
        self.context = context
        finder = ColumnFinder(layout)
        assembler = ChangeAssembler(layout, context)
        self.shape = shape(layout, assembler, finder)
        operations = OperationFinder(familyCount: finder.familyCount)
        block = CellBlock(leafCount: layout.rows.codecs.count, keepsTimes: true)
        reached = feed.position()
    }

    func poll(maxRows: Int) throws(JobError) -> Polled {
        // A change may be no change, and a snapshot may be for the images only: then there is nothing to show yet.
        for _ in 0..<8 {
            switch stage {
            case .preparing:
                if let wakeUp = try feed.prepare() { return .wait(wakeUp) }
                snapshot = start.deliversSnapshot || shape.needsRows ? try start.snapshot() : nil
                stage = snapshot == nil ? .edits : .snapshot
            case .snapshot:
                if let wakeUp = try readSnapshot(maxRows) { return .wait(wakeUp) }
            case .edits:
                try feed.acknowledge(reached)
                switch try feed.poll(maxEdits: max(1, maxRows / shape.rowsPerEdit)) {
                case .wait(let wakeUp): return .wait(wakeUp)
                case .finished: stage = .finished
                case .edits(let batch):
                    try show(batch)
                    reached = feed.position()
                }
            case .finished: return .finished
            }
            if assembler.rowCount > 0 { return .rows(assembler.finish()) }
        }
        return .wait(.at(nanos: context.clock.monotonicNanos()))
    }

    private func readSnapshot(_ maxRows: Int) throws(JobError) -> WakeUp? {
        guard let snapshot else { return nil }
        block.removeAll()
        var isOver = false
        switch try snapshot.scan.read(maxRows: maxRows, into: block) {
        case .wait(let wakeUp): return wakeUp
        case .finished: isOver = true
        case .more: break
        }
        for row in 0..<block.rowCount {
            shape.image.read(block, row)
            try shape.take(block.key(row), isDelivered: start.deliversSnapshot, regions: window.regions)
        }
        if isOver {
            snapshot.scan.close()
            if let covered = snapshot.covered { feed.skip(to: covered) }
            self.snapshot = nil
            stage = .edits
        }
        return nil
    }

    private func show(_ batch: EditBatch) throws(JobError) {
        let numbers = batch.regions.map { window.number($0) }
        try batch.withBytes { (bytes) throws(JobError) in
            for edit in batch.edits {
                let region = numbers[edit.region]
                guard window.insert(region: region, sequence: edit.sequence, part: edit.part) else {
                    continue
                }
                guard edit.kind == .cells || shape.showsFiles else {
                    context.report(
                        .skippedRow(
                            table: layout.table.name,
                            reason: "files were loaded past the log: their rows are not among its changes"))
                    continue
                }
                var info = operations.find(edit, batch, bytes, finder)
                info.region = region
                try shape.apply(edit, batch.cells[edit.cells], bytes, info, regions: window.regions)
            }
        }
    }

    func position() -> [UInt8] { reached }

    var bufferedBytes: Int { shape.byteCount + block.capacity + feed.bufferedBytes + window.byteCount }

    func close() {
        snapshot?.scan.close()
        snapshot = nil
        feed.close()
    }
}

extension RowImage {
    /// Becomes a row of a scan.
    func read(_ block: CellBlock, _ row: Int) {
        removeAll()
        for leaf in leaves.indices {
            guard let value = block.value(row, leaf) else { continue }
            let time = block.time(row, leaf)
            set(leaf, time: time, value)
            info.timestamp = max(info.timestamp ?? time, time)
        }
    }

    /// Does to the row what a cell of an edit says; columns that are not declared do not count.
    func apply(_ cell: CellEdit, _ bytes: EditBytes, _ finder: ColumnFinder) {
        guard let family = finder.family(bytes[cell.family]) else { return }
        switch cell.type {
        case .deleteFamily: return deleteFamily(family, time: cell.timestamp)
        case .deleteFamilyVersion: return deleteFamilyVersion(family, time: cell.timestamp)
        case .put, .delete, .deleteColumn: break
        }
        guard let leaf = finder.leaf(family, bytes[cell.qualifier]) else { return }
        switch cell.type {
        case .put: put(leaf, time: cell.timestamp, bytes[cell.value])
        case .delete: deleteVersion(leaf, time: cell.timestamp)
        case .deleteColumn: deleteColumn(leaf, time: cell.timestamp)
        case .deleteFamily, .deleteFamilyVersion: break
        }
    }
}
