import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// The changes of a table as rows before and after (`'changelog.mode' = 'rows'`): every row that is there is known, so
/// that -U and -D say exactly what +I or +U said before, and an aggregate, join or index over them stays exact.
final class RowChanges: ChangeShape {
    private let finder: ColumnFinder
    private let assembler: ChangeAssembler
    private let images = RowImages()
    private let before: RowImage
    private let after: RowImage
    private let hasMetadata: Bool

    init(_ layout: ChangesLayout, _ assembler: ChangeAssembler, _ finder: ColumnFinder) {
        self.assembler = assembler
        self.finder = finder
        before = RowImage(layout)
        after = RowImage(layout)
        hasMetadata = layout.hasMetadata
    }

    var image: RowImage { after }
    var rowsPerEdit: Int { 2 }
    var needsRows: Bool { true }
    var showsFiles: Bool { false }
    var byteCount: Int { images.byteCount }

    func take(_ key: UnsafeRawBufferPointer, isDelivered: Bool, regions: [String]) throws(JobError) {
        guard after.isPresent else { return }
        images.store(key, after)
        if isDelivered { try assembler.append(.insert, key: key, after, regions: regions) }
    }

    func apply(
        _ edit: RowEdit, _ cells: ArraySlice<CellEdit>, _ bytes: EditBytes, _ info: ChangeInfo,
        regions: [String]
    ) throws(JobError) {
        let key = bytes[edit.row]
        images.load(key, into: before)
        after.assign(before)
        for cell in cells { after.apply(cell, bytes, finder) }
        after.info = info
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
}
