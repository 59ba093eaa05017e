import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// The changes of a table as rows before and after (`'changelog.mode' = 'rows'`): every row that is there is known, so
/// that -U and -D say exactly what +I or +U said before, and an aggregate, join or index over them stays exact.
///
/// The feed is opened first, then the rows are read, then the edits: what was written while the rows were read comes
/// twice and changes the images once (H31).
final class RowChangesReader: SplitReader {
    private enum Stage { case preparing, snapshot, edits, finished }

    private let layout: ChangesLayout
    private let start: ChangesStart
    private let feed: any ChangeFeed
    private let context: ConnectorContext
    private let finder: ColumnFinder
    private let assembler: ChangeAssembler
    private let images = RowImages()
    private let before: RowImage
    private let after: RowImage
    private let hasMetadata: Bool
    private var operations: OperationFinder
    private var window = EditWindow()
    private var stage = Stage.preparing
    private var snapshot: ChangesStart.Snapshot?
    private let block: CellBlock
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
        before = RowImage(layout)
        after = RowImage(layout)
        hasMetadata = layout.hasMetadata
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
                snapshot = try start.snapshot()
                stage = snapshot == nil ? .edits : .snapshot
            case .snapshot:
                if let wakeUp = try readSnapshot(maxRows) { return .wait(wakeUp) }
            case .edits:
                try feed.acknowledge(reached)
                switch try feed.poll(maxEdits: max(1, maxRows / 2)) {
                case .wait(let wakeUp): return .wait(wakeUp)
                case .finished: stage = .finished
                case .edits(let batch):
                    try apply(batch)
                    reached = feed.position()
                }
            case .finished: return .finished
            }
            if assembler.rowCount > 0 { return .rows(assembler.finish()) }
        }
        return .wait(.at(nanos: context.clock.monotonicNanos()))
    }

    // MARK: Snapshot

    private func readSnapshot(_ maxRows: Int) throws(JobError) -> WakeUp? {
        guard let snapshot else { return nil }
        block.removeAll()
        var isOver = false
        switch try snapshot.scan.read(maxRows: maxRows, into: block) {
        case .wait(let wakeUp): return wakeUp
        case .finished: isOver = true
        case .more: break
        }
        for row in 0..<block.rowCount { try take(row) }
        if isOver {
            snapshot.scan.close()
            if let covered = snapshot.covered { feed.skip(to: covered) }
            self.snapshot = nil
            stage = .edits
        }
        return nil
    }

    private func take(_ row: Int) throws(JobError) {
        after.removeAll()
        for leaf in after.leaves.indices {
            guard let value = block.value(row, leaf) else { continue }
            let time = block.time(row, leaf)
            after.set(leaf, time: time, value)
            after.info.timestamp = max(after.info.timestamp ?? time, time)
        }
        guard after.isPresent else { return }
        let key = block.key(row)
        images.store(key, after)
        if start.deliversSnapshot {
            try assembler.append(.insert, key: key, after, regions: window.regions)
        }
    }

    // MARK: Edits

    private func apply(_ batch: EditBatch) throws(JobError) {
        let numbers = batch.regions.map { window.number($0) }
        try batch.withBytes { (bytes) throws(JobError) in
            for edit in batch.edits {
                let region = numbers[edit.region]
                guard window.insert(region: region, sequence: edit.sequence, part: edit.part) else {
                    continue
                }
                guard edit.kind == .cells else {
                    context.report(
                        .skippedRow(
                            table: layout.table.name,
                            reason: "files were loaded past the log: their rows are not among its changes"))
                    continue
                }
                var info = operations.find(edit, batch, bytes, finder)
                info.region = region
                try change(bytes[edit.row], batch.cells[edit.cells], bytes, info)
            }
        }
    }

    private func change(
        _ key: UnsafeRawBufferPointer, _ cells: ArraySlice<CellEdit>, _ bytes: EditBytes, _ info: ChangeInfo
    ) throws(JobError) {
        images.load(key, into: before)
        after.assign(before)
        for cell in cells { after.apply(cell, bytes, finder) }
        after.info = info
        let regions = window.regions
        switch (before.isPresent, after.isPresent) {
        case (false, false): break
        case (false, true): try assembler.append(.insert, key: key, after, regions: regions)
        case (true, false): try assembler.append(.delete, key: key, before, regions: regions)
        case (true, true):
            if !hasMetadata && after.looksLike(before) { break }
            try assembler.append(.updateBefore, key: key, before, regions: regions)
            try assembler.append(.updateAfter, key: key, after, regions: regions)
        }
        images.store(key, after)
    }

    // MARK: The reader

    func position() -> [UInt8] { reached }

    var bufferedBytes: Int {
        images.byteCount + block.capacity + feed.bufferedBytes + window.byteCount
    }

    func close() {
        snapshot?.scan.close()
        snapshot = nil
        feed.close()
    }
}

extension RowImage {
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
