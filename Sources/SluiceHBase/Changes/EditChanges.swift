import SluiceBase
import SluiceColumns
import SluiceConnect
import SluiceTableStore

/// The changes of a table one by one (`'changelog.mode' = 'edits'`): one inserted row for each edit, with what it wrote;
/// columns that it did not touch are NULL. Keeps no rows.
final class EditChanges: ChangeShape {
    private let finder: ColumnFinder
    private let assembler: ChangeAssembler
    let image: RowImage
    let showsFiles: Bool
    private let listsDeleted: Bool
    private let listsFiles: Bool

    init(_ layout: ChangesLayout, _ assembler: ChangeAssembler, _ finder: ColumnFinder) {
        self.assembler = assembler
        self.finder = finder
        image = RowImage(layout)
        listsDeleted = layout.has(.deletedColumns)
        listsFiles = layout.has(.bulkLoadFiles)
        // A bulk load has no row: its key is empty, which only texts and bytes can be.
        let key = layout.rows.table.columns[layout.rows.schema.rowKey].type.kind
        showsFiles = listsFiles && (key.isCharacter || key.isBinary)
    }

    var rowsPerEdit: Int { 1 }
    var needsRows: Bool { false }
    var byteCount: Int { 0 }

    func take(_ key: UnsafeRawBufferPointer, isDelivered: Bool, regions: [String]) throws(JobError) {
        if isDelivered { try assembler.append(.insert, key: key, image, regions: regions) }
    }

    func apply(
        _ edit: RowEdit, _ cells: ArraySlice<CellEdit>, _ bytes: EditBytes, _ info: ChangeInfo,
        regions: [String]
    ) throws(JobError) {
        image.removeAll()
        if edit.kind == .cells { for cell in cells { image.apply(cell, bytes, finder) } }
        image.info = info
        list(edit, cells, bytes)
        try assembler.append(.insert, key: bytes[edit.row], image, regions: regions)
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
}
