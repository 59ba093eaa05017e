import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// The changes of a table one by one (`'changelog.mode' = 'edits'`): one inserted row for each edit, with what it wrote;
/// columns that it did not touch are NULL. Keeps no rows.
final class EditsReader: SplitReader {
    private enum Stage { case preparing, snapshot, edits, finished }

    private let layout: ChangesLayout
    private let start: ChangesStart
    private let feed: any ChangeFeed
    private let context: ConnectorContext
    private let finder: ColumnFinder
    private let assembler: ChangeAssembler
    private let image: RowImage
    private let block: CellBlock
    private let listsDeleted: Bool
    private let listsFiles: Bool
    private var operations: OperationFinder
    private var window = EditWindow()
    private var stage = Stage.preparing
    private var snapshot: ChangesStart.Snapshot?
    private var reached: [UInt8]

    init(
        _ layout: ChangesLayout, _ start: ChangesStart, _ feed: any ChangeFeed, _ context: ConnectorContext
    ) {
        self.layout = layout
        self.start = start
        self.feed = feed
        self.context = context
        finder = ColumnFinder(layout)
        assembler = ChangeAssembler(layout, context)
        image = RowImage(layout)
        operations = OperationFinder(familyCount: finder.familyCount)
        block = CellBlock(leafCount: layout.rows.codecs.count, keepsTimes: true)
        listsDeleted = layout.has(.deletedColumns)
        listsFiles = layout.has(.bulkLoadFiles)
        reached = feed.position()
    }

    func poll(maxRows: Int) throws(JobError) -> Polled {
        for _ in 0..<8 {
            switch stage {
            case .preparing:
                if let wakeUp = try feed.prepare() { return .wait(wakeUp) }
                snapshot = start.deliversSnapshot ? try start.snapshot() : nil
                stage = snapshot == nil ? .edits : .snapshot
            case .snapshot:
                if let wakeUp = try readSnapshot(maxRows) { return .wait(wakeUp) }
            case .edits:
                try feed.acknowledge(reached)
                switch try feed.poll(maxEdits: maxRows) {
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
            image.removeAll()
            for leaf in image.leaves.indices {
                guard let value = block.value(row, leaf) else { continue }
                let time = block.time(row, leaf)
                image.set(leaf, time: time, value)
                image.info.timestamp = max(image.info.timestamp ?? time, time)
            }
            try assembler.append(.insert, key: block.key(row), image, regions: window.regions)
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
                if edit.kind == .bulkLoad && !canShowFiles {
                    context.report(
                        .skippedRow(
                            table: layout.table.name,
                            reason: "files were loaded past the log: their rows are not among its changes"))
                    continue
                }
                image.removeAll()
                let cells = batch.cells[edit.cells]
                if edit.kind == .cells { for cell in cells { image.apply(cell, bytes, finder) } }
                image.info = operations.find(edit, batch, bytes, finder)
                image.info.region = region
                list(edit, cells, bytes)
                try assembler.append(.insert, key: bytes[edit.row], image, regions: window.regions)
            }
        }
    }

    /// A bulk load has no row: its key is empty, which only texts and bytes can be.
    private var canShowFiles: Bool {
        let kind = layout.rows.table.columns[layout.rows.schema.rowKey].type.kind
        return listsFiles && (kind.isCharacter || kind.isBinary)
    }

    private func list(_ edit: RowEdit, _ cells: ArraySlice<CellEdit>, _ bytes: EditBytes) {
        if listsDeleted {
            assembler.deletedColumns.removeAll(keepingCapacity: true)
            for cell in cells where edit.kind == .cells && cell.type != .put {
                var name = [UInt8](bytes[cell.family])
                if cell.type == .delete || cell.type == .deleteColumn {
                    name.append(0x3A)
                    name.append(contentsOf: bytes[cell.qualifier])
                }
                assembler.deletedColumns.append(name)
            }
        }
        if listsFiles {
            assembler.files.removeAll(keepingCapacity: true)
            for cell in cells where edit.kind == .bulkLoad {
                assembler.files.append([UInt8](bytes[cell.value]))
            }
        }
    }

    func position() -> [UInt8] { reached }

    var bufferedBytes: Int { block.capacity + feed.bufferedBytes + window.byteCount }

    func close() {
        snapshot?.scan.close()
        snapshot = nil
        feed.close()
    }
}
